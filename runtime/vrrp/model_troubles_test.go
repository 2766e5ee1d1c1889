package vrrp_test

import "github.com/lbgit/lbgit/runtime/vrrp"

// trouble is something that goes wrong, or is put right again.
type trouble uint8

const (
	crash  trouble = iota // gone without a word; start is its end
	stop                  // shut down properly
	fault                 // the interface goes down, or comes back
	weight                // trackers change the priority, or change it back
	fail                  // addresses can not be set, or can again
	freeze                // stopped, or woken
	reload                // the configuration is given again
	kinds                 // how many there are
)

var troubleNames = [kinds]string{"crash or start", "stop", "fault", "weight", "broken", "freeze", "reload"}

func (t trouble) String() string { return troubleNames[t] }

// happens lets a trouble happen to router i.
func (w *world) happens(t trouble, i int) error {
	w.note("%d %s", i, t)
	w.disturbed()
	p := &w.peers[i]
	switch {
	case !p.up || t == crash && p.state.Role == vrrp.Init:
		return w.start(i)
	case t == crash:
		w.crash(i)
	case t == stop:
		return w.feed(i, vrrp.Shutdown{})
	case t == fault:
		return w.feed(i, vrrp.FaultChange{Bit: vrrp.FaultLink, On: p.state.Faults&vrrp.FaultLink == 0})
	case t == weight:
		p.moved = !p.moved
		return w.feed(i, vrrp.PriorityChange{Effective: w.total(i)})
	case t == fail:
		p.broken = !p.broken
	case t == freeze:
		p.frozen = !p.frozen
	case t == reload:
		return w.feed(i, vrrp.Reconfigured{})
	}
	return nil
}

// total is the base priority with trackers: 60 less for those of high
// priority, 60 more for the others, so that the order is turned round.
func (w *world) total(i int) int {
	base := int(w.configs[i].Priority)
	switch {
	case !w.peers[i].moved:
		return base
	case base > 100:
		return base - 60
	}
	return base + 60
}

// crash loses the state; what was on its way to the router is lost, too.
func (w *world) crash(i int) {
	p := &w.peers[i]
	p.up, p.frozen = false, false
	var rest []packet
	for _, a := range w.flight {
		if a.to != i {
			rest = append(rest, a)
		}
	}
	w.flight = rest
}

// start is a new process.  It finds the addresses of one that died as master.
func (w *world) start(i int) error {
	p := &w.peers[i]
	held := !p.up && p.state.Role == vrrp.Master
	p.up, p.moved, p.state, p.told, p.applied, p.zeros = true, false, vrrp.State{}, vrrp.Init, false, 0
	return w.feed(i, vrrp.Start{Held: held})
}
