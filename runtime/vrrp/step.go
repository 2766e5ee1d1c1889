package vrrp

import (
	"cmp"
	"time"
)

// Step feeds one event at the time now to an instance and returns its next
// state with the actions to carry out, in order.  It is total: any event in
// any state has an answer, and none panics.
func Step(c Config, s State, now time.Duration, ev Event) (State, []Action) {
	return Append(nil, c, s, now, ev)
}

// Append is Step for a caller with a buffer: the actions are appended to acts,
// and nothing is allocated if there is room.
func Append(acts []Action, c Config, s State, now time.Duration, ev Event) (State, []Action) {
	if early(&s, now, ev) {
		return s, acts
	}
	m := machine{c: c, s: s, now: now, acts: acts}
	m.run(ev)
	return m.s, m.acts
}

// early says that an event is a Tick with nothing due.
func early(s *State, now time.Duration, ev Event) bool {
	_, tick := ev.(Tick)
	return tick && (s.Deadline == 0 || now < s.Deadline)
}

// machine is one step under way.
type machine struct {
	c    Config
	s    State
	now  time.Duration
	acts []Action
	// member is the index in the sync group; grouped says that there are others.
	member  int
	grouped bool
	// followed and asserted say that another master was accepted, or answered,
	// in this step.
	followed, asserted bool
}

func (m *machine) run(ev Event) {
	m.s.Priority = m.c.effective(&m.s)
	m.checkStall()
	m.step(ev)
	m.s.rearm()
}

func (m *machine) act(a Action) {
	a.Member = m.member
	m.acts = append(m.acts, a)
}

func (m *machine) send(priority uint8) { m.act(Action{Kind: SendAdvert, Priority: priority}) }

func (m *machine) report(cause Cause) { m.act(Action{Kind: Report, Role: m.s.Role, Cause: cause}) }

func (m *machine) announce(b Burst) { m.act(Action{Kind: Announce, Burst: b}) }

func (m *machine) step(ev Event) {
	switch ev := ev.(type) {
	case Start:
		m.start(ev)
	case Tick:
		m.tick()
	case Advert:
		m.advert(ev)
	case PriorityChange:
		// The bound only keeps the sum of the next line from overflowing.
		m.s.Adjust = min(max(ev.Effective, -1<<20), 1<<20) - int(m.c.Priority)
		m.retime()
	case FaultChange:
		m.fault(ev.Bit, ev.On)
	case Applied:
		m.applied(ev.Role)
	case ApplyFailed:
		m.applyFailed(ev.Role)
	case Shutdown:
		m.shutdown(ev.Now)
	case Failover:
		m.failover()
	case Lead:
		m.lead(ev.On)
	case Reconfigured:
		m.reconfigured()
	case Regrouped:
		if !m.grouped {
			m.fault(FaultGroup, false)
		}
	case groupMaster:
		m.becomeMaster(cmp.Or(m.s.Last, CauseSilence))
	case groupBackup:
		m.becomeBackup()
		m.report(CauseGroup)
	case groupAssert:
		m.announceLower()
	case groupHeard:
		m.succeeded()
	}
}

// start leaves Init (RFC 9568 section 6.4.1).  An instance that is still
// handing over may be started as well: it keeps its addresses and listens.
func (m *machine) start(ev Start) {
	if m.s.Role != Init && !m.s.Releasing {
		return
	}
	// What was set while waiting to be started counts; everything else is new.
	m.s = State{Adjust: m.s.Adjust, Faults: m.s.Faults, Led: m.s.Led, StandsBack: m.s.StandsBack}
	m.s.Priority = m.c.effective(&m.s)
	if ev.Delay > 0 {
		m.s.NotBefore = later(m.now, ev.Delay)
	}
	switch {
	case m.s.Faults != 0:
		m.s.Role = Fault
		m.report(Cause(m.s.Faults.String()))
	case m.c.Priority == Owner && !m.s.StandsBack:
		m.elect(CauseOwner)
	case ev.Held:
		m.becomeBackup()
		m.s.Held, m.s.Last = true, CauseHeld
		m.s.ElectAt = later(max(m.now, m.s.NotBefore), m.c.interval()+m.skew())
	default:
		m.becomeBackup()
		// Silence before the end of the delay says nothing.
		m.s.ElectAt = later(max(m.now, m.s.NotBefore), m.s.Down)
		m.report(CauseStart)
	}
}

// tick handles every timer that is due.
func (m *machine) tick() {
	switch m.s.Role {
	case Backup:
		if m.due(m.s.ElectAt) {
			m.elect(cmp.Or(m.s.Last, CauseSilence))
		}
	case Master:
		if m.due(m.s.LeaveAt) {
			m.leave()
			return
		}
		if m.due(m.s.AdvertAt) {
			// Counted from now, not from the deadline (fact 5.8).
			m.send(m.s.Priority)
			m.s.AdvertAt = later(m.now, m.c.interval())
		}
		m.announceDue()
	case Fault:
		if m.due(m.s.ElectAt) {
			m.s.ElectAt = 0
			m.s.Faults &^= FaultApply
			m.leaveFault(CauseRetry)
		}
	case Init:
		m.s.AdvertAt, m.s.ElectAt, m.s.AnnounceAt, m.s.LowerAt, m.s.LeaveAt = 0, 0, 0, 0, 0
	}
}

func (m *machine) due(t time.Duration) bool { return t != 0 && t <= m.now }

func (m *machine) advert(a Advert) {
	// An own packet that came back through a loop of the network says nothing;
	// answering it would never end.
	if a.From.IsValid() && a.From == m.c.Source {
		return
	}
	switch {
	case m.s.Role == Backup:
		m.backupAdvert(a)
	case m.s.Role == Master && m.s.LeaveAt != 0:
		m.leavingAdvert(a)
	case m.s.Role == Master:
		m.masterAdvert(a)
	} // Init, Fault: fact 4.3
}

// checkStall makes an instance that was stopped for longer than a master-down
// time listen before it speaks: by now somebody else is master, and what it
// says is waiting unread in the socket.
func (m *machine) checkStall() {
	switch m.s.Role {
	case Master:
		at := m.s.AdvertAt
		if m.s.LeaveAt != 0 && !m.s.Releasing {
			at = m.s.LeaveAt
		}
		if at != 0 && m.now-at > m.s.Down {
			m.becomeBackup()
			m.report(CauseStalled)
		}
	case Backup:
		if m.s.ElectAt != 0 && m.now-m.s.ElectAt > m.s.Down {
			m.s.ElectAt = later(m.now, m.s.Down)
		}
	case Init, Fault:
	}
}

// reconfigured keeps the role and takes the new numbers.  A master says at
// once what it now is (fact 16.4), unless it is leaving.
func (m *machine) reconfigured() {
	if m.c.Priority != Owner {
		m.s.Yielded, m.s.RivalAt, m.s.Asserts = false, 0, 0
	}
	m.s.PreemptAt = 0 // fact 16.6
	m.retime()
	switch {
	case m.s.Role == Master && m.s.LeaveAt == 0:
		m.claim()
		m.send(m.s.Priority)
		m.s.AdvertAt = later(m.now, m.c.interval())
	case m.s.Role == Backup && m.c.Priority == Owner && !m.s.Yielded && !m.s.StandsBack:
		m.elect(CauseOwner)
	}
}

// retime takes a changed priority or interval into the running wait: the
// expiry moves by the difference of the two master-down times (fact 5.7).  A
// master is not moved; its next advert carries the priority (fact 8.6).
func (m *machine) retime() {
	m.s.Priority = m.c.effective(&m.s)
	if m.s.Role != Backup {
		return
	}
	if m.c.Version != 3 || !m.s.MasterAddr.IsValid() {
		m.s.MasterInterval = m.c.interval()
	}
	old := m.s.Down
	m.s.Down = m.c.MasterDown(m.s.Priority, m.s.MasterInterval)
	m.s.ElectAt = max(later(m.s.ElectAt+m.s.Down-old, 0), m.now, m.s.NotBefore)
}

func (m *machine) skew() time.Duration {
	return m.c.Skew(m.s.Priority, m.s.MasterInterval)
}
