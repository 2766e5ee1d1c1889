package vrrp

import "time"

// Member is one instance of a sync group.  Both pointers are the caller's; the
// state is stepped in place, so that a caller keeps one list of members for the
// life of the group.
type Member struct {
	Config *Config
	State  *State
}

// The words of a group to its members.
type (
	groupMaster struct{} // all agree
	groupBackup struct{} // another one gave way
	groupAssert struct{} // another one has answered a lower priority
	groupHeard  struct{} // another one has heard the successor
)

func (groupMaster) event() {}
func (groupBackup) event() {}
func (groupAssert) event() {}
func (groupHeard) event()  {}

// AppendGroup is Append for the member at of a sync group: what follows for
// the others is done in the same call (section 11 of the facts):
//
//   - it is MASTER only as a whole: a member whose time has come waits until
//     every other one is master or waits as well, then all speak at once;
//   - a member that gives way, or follows another master, takes all to BACKUP,
//     without priority 0 (fact 11.3);
//   - all announce their addresses when one has answered a lower priority;
//   - a member at fault takes all to FAULT, masters with priority 0 (fact
//     11.4), and none returns before the last fault of any is gone (fact 7.3).
//
// Failover, Lead and Shutdown are for all members, whoever they are fed to.  A
// member that was shut down counts no more.  Each member has its own deadline.
// Actions name their member.  A group of one is an instance by itself.
func AppendGroup(acts []Action, members []Member, now time.Duration, at int, ev Event) []Action {
	if at < 0 || at >= len(members) {
		return acts
	}
	g := group{members: members, now: now, acts: acts}
	switch ev := ev.(type) {
	case FaultChange:
		if len(members) > 1 {
			ev.Bit &^= FaultGroup // follows from the others
		}
		g.step(at, ev)
	case Shutdown:
		// Nothing follows from one for the others: an owner would claim for a
		// moment when the member at fault is gone first.
		for i := range members {
			g.feed(i, ev)
		}
	case Failover, Lead:
		for i := range members {
			g.step(i, ev)
		}
	case Regrouped:
		g.step(at, ev) // which may find a stall
		g.spreadFaults(-1)
		g.agree()
	default:
		g.step(at, ev)
	}
	return g.acts
}

// group is one call of AppendGroup under way.
type group struct {
	members []Member
	now     time.Duration
	acts    []Action
}

// feed steps one member and says whether it accepted another master's advert,
// or answered one.
func (g *group) feed(i int, ev Event) (followed, asserted bool) {
	m := machine{
		c: *g.members[i].Config, s: *g.members[i].State, now: g.now, acts: g.acts,
		member: i, grouped: len(g.members) > 1,
	}
	m.run(ev)
	*g.members[i].State, g.acts = m.s, m.acts
	return m.followed, m.asserted
}

// step feeds an event to one member and draws the conclusions for the others.
func (g *group) step(i int, ev Event) {
	s := g.members[i].State
	if early(s, g.now, ev) {
		return
	}
	before := *s
	followed, asserted := g.feed(i, ev)
	if len(g.members) == 1 {
		return
	}
	if asserted {
		g.announce(i)
	}
	if s.Role == Backup && (followed || before.Role == Master) {
		g.giveWay(i)
	}
	if s.Succeeded && !before.Succeeded {
		g.heard(i)
	}
	fell := -1
	if before.Role == Master && s.Role == Fault {
		fell = i
	}
	if own(s) != own(&before) || s.Releasing != before.Releasing {
		g.spreadFaults(fell)
		g.agree()
	} else if s.Wants && !before.Wants {
		g.agree()
	}
}

// own are the faults of a member itself.
func own(s *State) FaultBit {
	if s.Releasing {
		return 0
	}
	return s.Faults &^ FaultGroup
}

// giveWay takes all others to BACKUP: no master is left, and held addresses go.
// Those that hand over and have heard the successor do it in their own time;
// without one they would be masters again, and alone (a stall ends the
// hand-over of one member before that of another).
func (g *group) giveWay(i int) {
	for j := range g.members {
		s := g.members[j].State
		stays := s.LeaveAt == 0 || !s.Succeeded && !s.Releasing
		if j != i && (s.Role == Master && stays || s.Held) {
			g.feed(j, groupBackup{})
		}
	}
}

// announce has all other masters announce their addresses: a rival of one may
// have been one of all (fact 6.9).
func (g *group) announce(i int) {
	for j := range g.members {
		if s := g.members[j].State; j != i && s.Role == Master && s.LeaveAt == 0 {
			g.feed(j, groupAssert{})
		}
	}
}

// heard tells all that hand over that the successor is there: it takes the
// group as a whole.
func (g *group) heard(i int) {
	for j := range g.members {
		if s := g.members[j].State; j != i && s.LeaveAt != 0 && !s.Succeeded {
			g.feed(j, groupHeard{})
		}
	}
}

// spreadFaults sets FaultGroup for every member that has another at fault, and
// clears it for the rest.  A newcomer that waits for its trackers holds back
// the others but does not take a master down, unless it was one itself: fell.
func (g *group) spreadFaults(fell int) {
	for j := range g.members {
		s := g.members[j].State
		blocked, hard := false, fell >= 0 && fell != j
		for k := range g.members {
			if k != j {
				f := own(g.members[k].State)
				blocked = blocked || f != 0
				hard = hard || f&^FaultPending != 0
			}
		}
		switch has := s.Faults&FaultGroup != 0; {
		case blocked && !has && (hard || s.Role != Master):
			g.feed(j, FaultChange{FaultGroup, true})
		case !blocked && has:
			g.feed(j, FaultChange{FaultGroup, false})
		}
	}
}

// agree makes all of them master if none stands against it.
func (g *group) agree() {
	if len(g.members) < 2 {
		return
	}
	for j := range g.members {
		s := g.members[j].State
		if !s.Releasing && !s.Wants && (s.Role != Master || s.LeaveAt != 0) {
			return
		}
	}
	for j := range g.members {
		if s := g.members[j].State; s.Role == Backup && s.Wants {
			g.feed(j, groupMaster{})
		}
	}
}
