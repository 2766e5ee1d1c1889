package engine

import (
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// instance is one virtual router at work.
type instance struct {
	spec    Instance
	cfg     vrrp.Config // spec.Config with the source filled in
	state   vrrp.State
	started bool
	due     time.Duration // the deadline by which it stands in timers, at this index
	timers  *timers
	slot    int
	group   *group    // nil: not in a sync group
	at      int       // the place in it
	role    vrrp.Role // as last reported

	socket *socket     // hears
	sender sender      // speaks
	packet wire.Packet // what is sent, but for the priority
	frames []frame     // the same, to every destination
	number uint16      // IPv4 identification of the last advert
	expect wire.Expect // what is accepted
	checks bool        // only peers are believed
	hmac   *hmac       // nil: no trailers
	ah     *wire.AHKey // nil: no Authentication Header
	// The last sequences of AH that were sent, and heard of any other router
	// (fact 3.10).  The own one says nothing about theirs: a router that starts
	// believes the first that it hears.
	ahSent, ahHeard uint32
	heard           wire.Packet // the packet being judged; kept for its slice

	// warned are the complaints already logged about the present master (fact 4.8).
	warned  warnings
	sendErr error
	openErr error

	count Counters
	last  transition
	// lowerAt is when LowerHeard was last said.
	lowerAt time.Duration
}

// warnings are complaints, each made once.
type warnings struct {
	rejected            [wire.Rejects]bool
	addresses, interval bool
}

// first says whether a complaint is the first of its kind, and notes it.
func first(warned *bool) bool {
	was := *warned
	*warned = true
	return !was
}

// transition is how the present role came about.
type transition struct {
	at    time.Time
	cause vrrp.Cause
}

// configure replaces the set of instances.
func (e *Engine) configure(list []Instance) {
	if e.released {
		return
	}
	before, old := e.instances, map[Identity][]*instance{}
	for _, i := range before {
		id := i.spec.Identity()
		old[id] = append(old[id], i)
	}
	e.instances = nil
	seen := map[Identity][]*instance{}
	var fresh, changed, renamed []*instance
	for _, spec := range list {
		id := spec.Identity()
		i := take(old, id, spec.Name)
		if i == nil {
			i = &instance{}
			fresh = append(fresh, i)
			i.adopt(spec)
		} else {
			if i.spec.Name != spec.Name {
				renamed = append(renamed, i)
			}
			if i.adopt(spec) {
				changed = append(changed, i)
			}
		}
		e.instances = append(e.instances, i)
		e.setFault(i, vrrp.FaultDuplicate, slices.ContainsFunc(seen[id], func(o *instance) bool { return o.spec.clashes(&spec) })) // fact 2.20
		seen[id] = append(seen[id], i)
	}
	for _, i := range before {
		if slices.Contains(old[i.spec.Identity()], i) {
			e.remove(i)
		}
	}
	e.index()
	for _, i := range renamed {
		e.reintroduce(i)
	}
	e.regroup()
	for _, i := range changed {
		if i.started {
			e.step(i, vrrp.Reconfigured{})
		}
	}
	for _, i := range append(fresh, changed...) {
		e.watch(i)
		e.relink(i)
	}
	e.sweep()
}

// index notes the instances by name, and their addresses.
func (e *Engine) index() {
	e.names, e.virtuals = make(map[string]*instance, len(e.instances)), make(map[place]bool)
	for _, i := range e.instances {
		e.names[i.spec.Name] = i
		if i.cfg.Priority == vrrp.Owner {
			continue
		}
		for _, list := range [][]netip.Addr{i.spec.Advertised, i.spec.Excluded} {
			for _, a := range list {
				e.virtuals[place{i.spec.base(), a}] = true
			}
		}
	}
}

// place is an address of an interface.
type place struct {
	ifname string
	addr   netip.Addr
}

// take finds and removes the instance that has been this virtual router so
// far.  Unicast ones may share an identity; then the name decides, if it can.
func take(old map[Identity][]*instance, id Identity, name string) *instance {
	list := old[id]
	if len(list) == 0 {
		return nil
	}
	at := max(slices.IndexFunc(list, func(i *instance) bool { return i.spec.Name == name }), 0)
	i := list[at]
	old[id] = slices.Delete(list, at, at+1)
	return i
}

// remove ends an instance that left the configuration: priority 0 if it is
// master (fact 16.8), whose addresses the same pass removes, and INIT to say that it will not be heard of again.
func (e *Engine) remove(i *instance) {
	i.group = nil
	e.step(i, vrrp.Shutdown{Now: true})
	e.fact(i, vrrp.Init, CauseRemoved)
}

// reintroduce says the role again, under a new name: what was said under the old
// one may still be on its way, or another instance may have been called like
// this until now.
func (e *Engine) reintroduce(i *instance) {
	if i.role == vrrp.Init {
		return
	}
	last := i.last
	e.fact(i, i.role, last.cause)
	i.last = last
}

// step feeds one event and carries out what follows, for the other members of
// its sync group as well.
func (e *Engine) step(i *instance, ev vrrp.Event) {
	old := i.state
	e.acts = i.append(e.acts[:0], e, ev)
	for n := range e.acts {
		a := &e.acts[n]
		i := i.member(a)
		switch a.Kind {
		case vrrp.SendAdvert:
			e.send(i, a.Priority)
		case vrrp.Report:
			i.warned = warnings{}
			if i.role == vrrp.Fault && a.Role != vrrp.Fault && i.spec.Unicast && !e.opts.Observe {
				e.announces.push(round{i: i, source: true})
			}
			i.became(a.Role)
			e.fact(i, a.Role, a.Cause)
		case vrrp.Announce:
			if !e.opts.Observe {
				e.announces.push(round{i: i, why: a.Burst})
			}
		case vrrp.Rival:
			e.met(i, *a)
		}
	}
	e.remarks(i, &old, ev)
	if i.group == nil {
		e.schedule(i)
		return
	}
	for _, m := range i.group.members {
		e.schedule(m)
	}
}

// became counts a transition.
func (i *instance) became(r vrrp.Role) {
	switch {
	case i.role != vrrp.Master && r == vrrp.Master:
		i.count.BecameMaster++
	case i.role == vrrp.Master && r != vrrp.Master:
		i.count.ReleasedMaster++
	}
	i.role = r
}

// fact queues a role for the owner of the addresses, and a line for people.
func (e *Engine) fact(i *instance, r vrrp.Role, cause vrrp.Cause) {
	e.seq++
	f := Fact{Instance: i.spec.Name, Priority: i.state.Priority, Role: r, Would: r, Cause: cause, At: time.Now(), Seq: e.seq}
	if e.opts.Observe && r != vrrp.Init {
		f.Role = vrrp.Backup
	}
	i.last = transition{f.At, cause}
	e.facts.push(f)
	msg := "vrrp role"
	if e.opts.Observe {
		msg = "vrrp would take role"
	}
	e.log(slog.LevelInfo, msg, slog.String("instance", i.spec.Name), slog.String("role", r.String()),
		slog.String("cause", string(cause)), slog.Int("priority", int(i.state.Priority)))
}

// errNoSocket stands for sending without a socket: the interface is gone.
var errNoSocket = errors.New("no socket")

// send puts one advert on the wire.  A failure is logged when it begins, when
// it changes and when it ends; while the link is down it is no news (fact 6.17).
func (e *Engine) send(i *instance, priority uint8) {
	if e.opts.Observe {
		return
	}
	sent, err := i.put(priority, time.Now())
	if sent {
		i.count.Sent++
		if priority == 0 {
			i.count.PriorityZeroSent++
		}
	}
	if err != nil {
		i.count.SendErrors++
	}
	if !same(err, i.sendErr) {
		switch l := e.links[i.spec.transmit()]; {
		case err == nil:
			e.log(slog.LevelInfo, "vrrp sends again", slog.String("instance", i.spec.Name))
		case l != nil && l.info.usable():
			e.logError(i, "cannot send advert", err)
		}
		i.sendErr = err
	}
}

// same compares errors by what they say; errno values are equal in fact.
func same(a, b error) bool {
	if a == nil || b == nil {
		return a == b
	}
	return errors.Is(a, b) || a.Error() == b.Error()
}
