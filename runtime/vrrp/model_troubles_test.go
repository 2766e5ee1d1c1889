package vrrp_test

import "github.com/lbgit/lbgit/runtime/vrrp"

// trouble is something that goes wrong, or is put right again, or that an
// operator does.
type trouble uint8

const (
	crash    trouble = iota // gone without a word; start is its end
	stop                    // shut down properly
	fault                   // the interface of one instance goes down, or comes back
	weight                  // trackers change the priority, or change it back
	fail                    // addresses can not be set, or can again
	failover                // lbgit failover
	lead                    // the instance is to lead, or no longer
	freeze                  // stopped, or woken
	reload                  // the configuration is given again
	kinds                   // how many there are
)

var troubleNames = [kinds]string{"crash or start", "stop", "fault", "weight", "broken", "failover", "lead", "freeze", "reload"}

func (t trouble) String() string { return troubleNames[t] }

// happens lets a trouble happen to instance i, all but faults and reloads to
// its whole router.
func (w *world) happens(t trouble, i int) error {
	w.note("%d %s", i, t)
	w.disturbed()
	from, to := w.router(i)
	p := &w.peers[i]
	switch {
	case !p.up || t == crash && p.state.Role == vrrp.Init:
		return w.start(i)
	case t == crash:
		w.crash(i)
	case t == stop:
		return w.feed(i, vrrp.Shutdown{})
	case t == failover:
		return w.feed(i, vrrp.Failover{})
	case t == lead:
		return w.feed(i, vrrp.Lead{On: !p.state.Led})
	case t == fault:
		return w.feed(i, vrrp.FaultChange{Bit: vrrp.FaultLink, On: p.state.Faults&vrrp.FaultLink == 0})
	case t == reload:
		return w.feed(i, vrrp.Reconfigured{})
	}
	for k := from; k <= to; k++ {
		p := &w.peers[k]
		switch t {
		case weight:
			p.moved = !p.moved
			if err := w.feed(k, vrrp.PriorityChange{Effective: w.total(k)}); err != nil {
				return err
			}
		case fail:
			p.broken = !p.broken
		case freeze:
			p.frozen = !p.frozen
		}
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

// crash loses the state of a router; what was on its way to it is lost, too.
func (w *world) crash(i int) {
	from, to := w.router(i)
	for k := from; k <= to; k++ {
		w.peers[k].up, w.peers[k].frozen = false, false
	}
	var rest []packet
	for _, a := range w.flight {
		if a.to < from || a.to > to {
			rest = append(rest, a)
		}
	}
	w.flight = rest
}

// start is a new process.  It finds the addresses of one that died as master.
func (w *world) start(i int) error {
	from, to := w.router(i)
	var held [2]bool
	for k := from; k <= to; k++ {
		p := &w.peers[k]
		held[k-from] = !p.up && p.state.Role == vrrp.Master
		p.up, p.moved, p.state, p.told, p.applied, p.zeros = true, false, vrrp.State{}, vrrp.Init, false, 0
	}
	for k := from; k <= to; k++ {
		if err := w.feed(k, vrrp.Start{Held: held[k-from], Delay: w.startup}); err != nil {
			return err
		}
	}
	return nil
}
