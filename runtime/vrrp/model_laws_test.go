package vrrp_test

import (
	"fmt"
	"reflect"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

// broken is a law that does not hold.
type broken struct {
	law    string
	detail string
}

func (b *broken) Error() string { return b.law + ": " + b.detail }

func breaks(law, format string, args ...any) error {
	return &broken{law, fmt.Sprintf(format, args...)}
}

// The laws by name; the mutants are told apart by them.
const (
	lawRole     = "a role has its timers, faults and a report"
	lawDeadline = "a tick leaves no deadline behind it"
	lawEarly    = "a tick before the deadline changes nothing"
	lawAnnounce = "no announcement before the addresses are there"
	lawSpeak    = "only a master speaks"
	lawZero     = "priority 0 is said once"
	lawRange    = "an effective priority is 1..254, or an owner's"
	lawOverlap  = "two masters sort themselves out"
	lawHandover = "a released mastership is taken within the skew"
	lawOne      = "there is one master in the end"
	lawRight    = "the master is the one that may be"
	lawStay     = "an election ends"
	lawReturn   = "who comes back takes over only if it may"
)

// feed steps one router, carries out what it asks for, and looks at the laws
// that must hold at every moment.
func (w *world) feed(i int, ev vrrp.Event) error {
	p, c := &w.peers[i], w.configs[i]
	if !p.up || p.frozen {
		return nil
	}
	before, now := p.state, p.local(w.now)
	after, acts := w.step(c, before, now, ev)
	if _, tick := ev.(vrrp.Tick); !tick || len(acts) != 1 {
		w.note("%d %T%+v: %s, %v", i, ev, ev, after.Role, acts)
	}
	p.state = after
	if err := p.obeys(w.step, c, before, now, ev, acts); err != nil {
		return err
	}
	for _, a := range acts {
		w.carryOut(i, a)
	}
	return w.masters(i, acts)
}

func (w *world) carryOut(i int, a vrrp.Action) {
	switch a.Kind {
	case vrrp.SendAdvert:
		w.send(i, a.Priority)
	case vrrp.Report:
		var word vrrp.Event = vrrp.Applied{Role: a.Role}
		if w.peers[i].broken {
			word = vrrp.ApplyFailed{Role: a.Role}
		}
		if a.Role == vrrp.Master {
			w.flight = append(w.flight, packet{i, i, w.now + w.apply, word})
		}
	}
}

// obeys looks at one step of one router.
func (p *peer) obeys(step stepFunc, c vrrp.Config, before vrrp.State, now time.Duration, ev vrrp.Event, acts []vrrp.Action) error {
	s := p.state
	if a, ok := ev.(vrrp.Applied); ok && a.Role == vrrp.Master && p.told == vrrp.Master {
		p.applied = true
	}
	for _, a := range acts {
		if err := p.says(a, before, ev); err != nil {
			return err
		}
	}
	if err := p.consistent(c); err != nil {
		return fmt.Errorf("%w (after %T in %s)", err, ev, before.Role)
	}
	if _, tick := ev.(vrrp.Tick); tick && s.Deadline != 0 && s.Deadline <= now {
		return breaks(lawDeadline, "%s behind in %s", now-s.Deadline, s.Role)
	}
	if s.Deadline == 0 || now < s.Deadline {
		if next, acts := step(c, s, now, vrrp.Tick{}); next != s || len(acts) > 0 {
			return breaks(lawEarly, "in %s: %v", s.Role, acts)
		}
	}
	return nil
}

// says looks at one action.
func (p *peer) says(a vrrp.Action, before vrrp.State, ev vrrp.Event) error {
	switch a.Kind {
	case vrrp.Report:
		p.told = a.Role
		p.applied = false
	case vrrp.Announce:
		if !p.applied {
			return breaks(lawAnnounce, "%T in %s", ev, before.Role)
		}
	case vrrp.SendAdvert:
		if before.Role != vrrp.Master && p.state.Role != vrrp.Master {
			return breaks(lawSpeak, "priority %d from %s after %T in %s", a.Priority, p.state.Role, ev, before.Role)
		}
		if a.Priority > 0 {
			p.zeros = 0
		} else if p.zeros++; p.zeros > 1 {
			return breaks(lawZero, "%T in %s", ev, before.Role)
		}
	}
	return nil
}

// consistent looks at what a router remembers.
func (p *peer) consistent(c vrrp.Config) error {
	s := &p.state
	lives := s.Role == vrrp.Backup || s.Role == vrrp.Master
	switch {
	case lives && s.Deadline == 0:
		return breaks(lawRole, "%s would wait for ever", s.Role)
	case s.Role == vrrp.Master != (s.AdvertAt != 0):
		return breaks(lawRole, "%s with advert timer %s", s.Role, s.AdvertAt)
	case s.Role == vrrp.Backup && s.ElectAt == 0:
		return breaks(lawRole, "BACKUP does not listen")
	case s.Role != vrrp.Init && s.Role == vrrp.Fault != (s.Faults != 0):
		return breaks(lawRole, "%s with faults %s", s.Role, s.Faults)
	case s.Role != vrrp.Init && !s.Held && p.told != s.Role:
		return breaks(lawRole, "is %s, told %s", s.Role, p.told)
	case s.Role == vrrp.Init && p.told == vrrp.Master:
		return breaks(lawRole, "shut down without a report")
	case s.Role != vrrp.Init && (s.Priority == 0 || (s.Priority == vrrp.Owner) != (c.Priority == vrrp.Owner && !s.Yielded)):
		return breaks(lawRange, "%d of %d", s.Priority, c.Priority)
	case s.Role == vrrp.Init && s.Deadline != 0:
		return breaks(lawRole, "INIT waits for something")
	}
	return earliest(s)
}

// earliest checks the one deadline against the timers.  PreemptAt and RivalAt
// are looked at when adverts come.
func earliest(s *vrrp.State) error {
	var first time.Duration
	v := reflect.ValueOf(s).Elem()
	for _, f := range moments {
		switch name := v.Type().Field(f).Name; name {
		case "Deadline", "PreemptAt", "RivalAt":
		default:
			if t := time.Duration(v.Field(f).Int()); t != 0 && (first == 0 || t < first) {
				first = t
			}
		}
	}
	if first != s.Deadline {
		return breaks(lawRole, "%s: deadline %s, earliest timer %s", s.Role, s.Deadline, first)
	}
	return nil
}

// masters looks at all routers together, after router i has acted.
func (w *world) masters(i int, acts []vrrp.Action) error {
	n, backups := 0, 0
	for k := range w.peers {
		switch p := &w.peers[k]; {
		case !p.up || p.frozen:
		case p.state.Role == vrrp.Master:
			n++
		case p.state.Role == vrrp.Backup && k != i:
			backups++
		}
	}
	switch {
	case n < 2:
		w.two = 0
	case w.two == 0:
		w.two = w.now
	case w.now-w.two > w.overlap:
		return breaks(lawOverlap, "for %s:%s", w.now-w.two, w.show())
	}
	if w.released != 0 && w.now-w.released > w.handover() {
		return breaks(lawHandover, "not after %s:%s", w.now-w.released, w.show())
	}
	if n > 0 {
		w.released = 0
		return nil
	}
	for _, a := range acts {
		if a.Kind == vrrp.SendAdvert && a.Priority == 0 && backups > 0 {
			w.released = w.now
		}
	}
	return nil
}

// disturbed begins the laws about all routers anew.
func (w *world) disturbed() {
	w.released = 0
	if w.two != 0 {
		w.two = w.now
	}
}
