package vrrp_test

import (
	"cmp"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

// slack covers clocks that run at different rates and timers that fire late.
const slack = 102 // per cent

// longest are the longest interval, master-down time and preempt delay of all
// configurations.  A v3 backup may have learned any of the intervals.
func (w *world) longest() (interval, down, delay, late time.Duration) {
	for i := range w.configs {
		interval = max(interval, cmp.Or(w.configs[i].Interval, time.Second))
		delay = max(delay, w.configs[i].PreemptDelay)
		late = max(late, w.peers[i].late)
	}
	for _, c := range w.configs {
		down = max(down, c.MasterDown(1, interval))
	}
	return interval, down, delay, late
}

// handover is how long nobody may be master after priority 0: the link, the
// longest skew, and the link again for nothing at all.
func (w *world) handover() time.Duration {
	interval, _, _, late := w.longest()
	return (w.delay+w.configs[0].Skew(1, interval))*slack/100 + late
}

// bound is how long an election lasts at most once nothing disturbs it.  What
// is under way arrives (delay), the slowest backup's wait ends (down) and its
// claim arrives (delay).  With a preempt delay a weaker master is heard first
// (interval), respected for the delay, and waited for once more (down).  A
// router in FAULT after ApplyFailed first waits for its retry, one that starts
// for its delay, and one that hands over for a successor.
func (w *world) bound() time.Duration {
	interval, down, delay, late := w.longest()
	b := 2*w.delay + w.apply + down
	if delay > 0 {
		b += interval + delay + down
	}
	if w.configs[0].Priority == vrrp.Owner && w.configs[len(w.configs)-1].Priority == vrrp.Owner {
		b += 4 * interval // two owners sort themselves out first
	}
	if w.startup > 0 {
		b += w.startup + down
	}
	var retry time.Duration
	for i := range w.peers {
		if p := &w.peers[i]; p.up && p.state.Role == vrrp.Fault && p.state.Deadline != 0 {
			retry = max(retry, p.due(p.state.Deadline)-w.now+down)
		}
	}
	for i := range w.peers { // a hand-over that is under way
		if p := &w.peers[i]; p.state.LeaveAt != 0 {
			retry = max(retry, p.due(p.state.LeaveAt)-w.now+down)
		}
	}
	for _, a := range w.flight {
		if p := &w.peers[a.to]; a.ev == (vrrp.ApplyFailed{Role: vrrp.Master}) {
			retry = max(retry, min(down<<min(p.state.Failures, 8), time.Minute)+down)
		}
	}
	return (b+retry)*slack/100 + 4*late
}

// settles lets a world come to rest, and looks at the end of it.  A fault of a
// router's own may stay; addresses can be set again.
func (w *world) settles() error {
	w.disturbed()
	for i := range w.peers {
		w.peers[i].broken, w.peers[i].frozen = false, false
	}
	if err := w.run(w.bound()); err != nil {
		return err
	}
	for link := range w.two {
		if _, err := w.elected(link); err != nil {
			return err
		}
	}
	interval, down, _, _ := w.longest()
	roles := w.show()
	if err := w.run(down + 2*interval); err != nil {
		return err
	}
	if now := w.show(); now != roles {
		return breaks(lawStay, "was%s, is%s", roles, now)
	}
	return nil
}

// elected is the one master of a link, or -1 if nobody can be one.
func (w *world) elected(link int) (int, error) {
	m, able := -1, 0
	for i := range w.peers {
		p := &w.peers[i]
		if w.link(i) != link || !p.up || p.state.Role == vrrp.Init || p.state.Role == vrrp.Fault {
			continue
		}
		able++
		if p.state.Role == vrrp.Master {
			if m >= 0 {
				return 0, breaks(lawOne, "two:%s", w.show())
			}
			m = i
		}
	}
	if m < 0 && able > 0 {
		return 0, breaks(lawOne, "none:%s", w.show())
	}
	for i := range w.peers {
		p := &w.peers[i]
		if m >= 0 && i != m && w.link(i) == link && p.up && p.state.Role == vrrp.Backup && w.wants(i) && p.state.Priority > w.peers[m].state.Priority {
			return 0, breaks(lawRight, "%d should be:%s", i, w.show())
		}
	}
	return m, nil
}

// wants says that an instance takes over from a living master of lower priority.
func (w *world) wants(i int) bool {
	s := &w.peers[i].state
	return !s.StandsBack && (w.configs[i].Preempt || w.configs[i].Priority == vrrp.Owner || s.Led)
}

// returns restarts every backup, one after the other, and looks whether
// mastership moved only where it may.
func (w *world) returns() error {
	for i := range w.peers {
		m, err := w.elected(w.link(i))
		if err != nil {
			return err
		}
		if m < 0 || w.peers[i].state.Role != vrrp.Backup || !w.peers[i].up {
			continue
		}
		w.crash(i)
		if err := w.start(i); err != nil {
			return err
		}
		p := &w.peers[i].state
		may := w.wants(i) && p.Priority > w.peers[m].state.Priority || p.Priority == vrrp.Owner
		if err := w.settles(); err != nil {
			return err
		}
		if now, err := w.elected(w.link(i)); err != nil {
			return err
		} else if now != m && !may {
			return breaks(lawReturn, "%d took over from %d:%s", now, m, w.show())
		}
	}
	return nil
}
