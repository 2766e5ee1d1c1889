package vrrp_test

import (
	"cmp"
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
	lawLeave    = "a leaving master is gone within an interval and 100 ms"
	lawGroup    = "a sync group has one role"
)

// feed steps one instance, with its sync group, carries out what is asked for,
// and looks at the laws that must hold at every moment.
func (w *world) feed(i int, ev vrrp.Event) error {
	if p := &w.peers[i]; !p.up || p.frozen {
		return nil
	}
	from, to := w.router(i)
	now := w.peers[i].local(w.now)
	var group []vrrp.Member
	var before [2]vrrp.State
	for k := from; k <= to; k++ {
		group = append(group, vrrp.Member{Config: &w.configs[k], State: &w.peers[k].state})
		before[k-from] = w.peers[k].state
	}
	acts := w.step(group, now, i-from, ev)
	if a, ok := ev.(vrrp.Advert); !ok || a.Priority == 0 || len(acts) > 0 {
		w.note("%d %T%+v: %s, %v", i, ev, ev, w.peers[i].state.Role, acts)
	}
	for k := from; k <= to; k++ {
		if err := w.peers[k].obeys(w.configs[k], before[k-from], now, ev, k == i, actsOf(acts, k-from)); err != nil {
			return err
		}
	}
	if err := w.asleep(group, now); err != nil {
		return err
	}
	for _, a := range acts {
		w.carryOut(from+a.Member, a)
	}
	for k := from; k <= to; k++ {
		if err := w.masters(w.link(k), actsOf(acts, k-from)); err != nil {
			return err
		}
	}
	return agreed(group)
}

func actsOf(acts []vrrp.Action, member int) (list []vrrp.Action) {
	for _, a := range acts {
		if a.Member == member {
			list = append(list, a)
		}
	}
	return list
}

// asleep checks that nothing comes of a tick before the deadline.
func (w *world) asleep(group []vrrp.Member, now time.Duration) error {
	for k, m := range group {
		if was := *m.State; was.Deadline == 0 || now < was.Deadline {
			acts := w.step(group, now, k, vrrp.Tick{})
			if *m.State != was || len(acts) > 0 {
				return breaks(lawEarly, "in %s: %v", was.Role, acts)
			}
		}
	}
	return nil
}

// agreed looks at the roles of a sync group: all are master, or none, as soon
// as no member is leaving.
func agreed(group []vrrp.Member) error {
	if len(group) < 2 {
		return nil
	}
	a, b := group[0].State, group[1].State
	switch {
	case a.LeaveAt != 0 || b.LeaveAt != 0 || a.Releasing || b.Releasing || a.Role == vrrp.Init || b.Role == vrrp.Init:
		return nil
	case a.Role == vrrp.Master != (b.Role == vrrp.Master), a.Role == vrrp.Fault != (b.Role == vrrp.Fault):
		return breaks(lawGroup, "%s and %s", a.Role, b.Role)
	}
	return nil
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

// obeys looks at what one step did to an instance: the one that was fed, or
// another of its sync group.
func (p *peer) obeys(c vrrp.Config, before vrrp.State, now time.Duration, ev vrrp.Event, fed bool, acts []vrrp.Action) error {
	s := p.state
	if a, ok := ev.(vrrp.Applied); ok && fed && a.Role == vrrp.Master && p.told == vrrp.Master {
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
	if _, tick := ev.(vrrp.Tick); tick && fed && s.Deadline != 0 && s.Deadline <= now {
		return breaks(lawDeadline, "%s behind in %s", now-s.Deadline, s.Role)
	}
	if before.LeaveAt == 0 {
		p.leaveBy = now + cmp.Or(c.Interval, time.Second) + 100*time.Millisecond
	}
	if s.LeaveAt > p.leaveBy {
		return breaks(lawLeave, "%s too late", s.LeaveAt-p.leaveBy)
	}
	return nil
}

// says looks at one action.
func (p *peer) says(a vrrp.Action, before vrrp.State, ev vrrp.Event) error {
	switch a.Kind {
	case vrrp.Report:
		p.applied = p.applied && a.Role == p.told // a hand-over that came to nothing keeps them
		p.told = a.Role
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
	case (s.Role == vrrp.Master && s.LeaveAt == 0) != (s.AdvertAt != 0):
		return breaks(lawRole, "%s with advert timer %s", s.Role, s.AdvertAt)
	case s.LeaveAt != 0 && s.Role != vrrp.Master:
		return breaks(lawRole, "%s that hands over", s.Role)
	case s.Faults&vrrp.FaultApply != 0 && s.ElectAt == 0:
		return breaks(lawRole, "no retry after failed addresses")
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

// earliest checks the one deadline against the timers.  The other moments are
// looked at when adverts come.
func earliest(s *vrrp.State) error {
	var first time.Duration
	v := reflect.ValueOf(s).Elem()
	for _, f := range moments {
		if passes(f.Name) || f.Name == "Deadline" || f.Name == "PreemptAt" || f.Name == "RivalAt" {
			continue
		}
		if t := time.Duration(v.FieldByIndex(f.Index).Int()); t != 0 && (first == 0 || t < first) {
			first = t
		}
	}
	if first != s.Deadline {
		return breaks(lawRole, "%s: deadline %s, earliest timer %s", s.Role, s.Deadline, first)
	}
	return nil
}

// masters looks at all instances of a link together, after one of them has
// acted.  One that hands over is no master any more: lawLeave is about it.
func (w *world) masters(link int, acts []vrrp.Action) error {
	n, backups := 0, 0
	for k := range w.peers {
		switch p := &w.peers[k]; {
		case !p.up || p.frozen || w.link(k) != link || p.state.LeaveAt != 0:
		case p.state.Role == vrrp.Master:
			n++
		case p.state.Role == vrrp.Backup && p.state.NotBefore <= p.local(w.now):
			backups++
		}
	}
	two, released := &w.two[link], &w.released[link]
	switch {
	case n < 2:
		*two = 0
	case *two == 0:
		*two = w.now
	case w.now-*two > w.overlap:
		return breaks(lawOverlap, "for %s:%s", w.now-*two, w.show())
	}
	if *released != 0 && w.now-*released > w.handover() {
		return breaks(lawHandover, "not after %s:%s", w.now-*released, w.show())
	}
	if n > 0 {
		*released = 0
		return nil
	}
	for _, a := range acts {
		if a.Kind == vrrp.SendAdvert && a.Priority == 0 && backups > 0 && w.lostAt != w.now {
			*released = w.now
		}
	}
	return nil
}

// disturbed begins the laws about all routers anew.
func (w *world) disturbed() {
	w.released = [2]time.Duration{}
	for i, two := range w.two {
		if two != 0 {
			w.two[i] = w.now
		}
	}
}
