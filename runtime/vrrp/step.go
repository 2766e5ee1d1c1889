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
	if _, tick := ev.(Tick); tick && (s.Deadline == 0 || now < s.Deadline) {
		return s, acts
	}
	m := machine{c: c, s: s, now: now, acts: acts}
	m.s.Priority = c.effective(s.Adjust, s.Yielded)
	m.checkStall()
	m.step(ev)
	m.s.rearm()
	return m.s, m.acts
}

// machine is one step under way.
type machine struct {
	c    Config
	s    State
	now  time.Duration
	acts []Action
}

func (m *machine) send(priority uint8) {
	m.acts = append(m.acts, Action{Kind: SendAdvert, Priority: priority})
}

func (m *machine) report(cause Cause) {
	m.acts = append(m.acts, Action{Kind: Report, Role: m.s.Role, Cause: cause})
}

func (m *machine) announce() {
	m.acts = append(m.acts, Action{Kind: Announce})
}

func (m *machine) step(ev Event) {
	switch ev := ev.(type) {
	case Start:
		m.start(ev.Held)
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
		m.shutdown()
	case Reconfigured:
		m.reconfigured()
	}
}

// start leaves Init (RFC 9568 section 6.4.1).
func (m *machine) start(held bool) {
	if m.s.Role != Init {
		return
	}
	// What was set while waiting to be started counts; everything else is new.
	m.s = State{Priority: m.s.Priority, Adjust: m.s.Adjust, Faults: m.s.Faults}
	switch {
	case m.s.Faults != 0:
		m.s.Role = Fault
		m.report(Cause(m.s.Faults.String()))
	case m.c.Priority == Owner:
		m.becomeMaster(CauseOwner)
	case held:
		m.becomeBackup()
		m.s.Held, m.s.Last = true, CauseHeld
		m.s.ElectAt = later(m.now, m.c.interval()+m.skew())
	default:
		m.becomeBackup()
		m.report(CauseStart)
	}
}

// tick handles every timer that is due.
func (m *machine) tick() {
	due := func(t time.Duration) bool { return t != 0 && t <= m.now }
	switch m.s.Role {
	case Backup:
		if due(m.s.ElectAt) {
			m.becomeMaster(cmp.Or(m.s.Last, CauseSilence))
		}
	case Master:
		if due(m.s.AdvertAt) {
			// Counted from now, not from the deadline (fact 5.8).
			m.send(m.s.Priority)
			m.s.AdvertAt = later(m.now, m.c.interval())
		}
		if due(m.s.AnnounceAt) {
			m.announce()
			m.s.AnnounceAt = 0
			if m.c.AnnounceRefresh > 0 {
				m.s.AnnounceAt = later(m.now, m.c.AnnounceRefresh)
			}
		}
	case Fault:
		if due(m.s.ElectAt) {
			m.s.ElectAt = 0
			m.s.Faults &^= FaultApply
			m.leaveFault(CauseRetry)
		}
	case Init:
		m.s.AdvertAt, m.s.ElectAt, m.s.AnnounceAt = 0, 0, 0
	}
}

func (m *machine) advert(a Advert) {
	// An own packet that came back through a loop of the network says nothing;
	// answering it would never end.
	if a.From.IsValid() && a.From == m.c.Source {
		return
	}
	switch m.s.Role {
	case Backup:
		m.backupAdvert(a)
	case Master:
		m.masterAdvert(a)
	case Init, Fault: // fact 4.3
	}
}

// checkStall makes an instance that was stopped for longer than a master-down
// time listen before it speaks: by now somebody else is master, and what it
// says is waiting unread in the socket.
func (m *machine) checkStall() {
	switch m.s.Role {
	case Master:
		if m.s.AdvertAt != 0 && m.now-m.s.AdvertAt > m.s.Down {
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

// shutdown gives the addresses back (RFC 9568 sections 6.4.2 and 6.4.3): one
// advert of priority 0 if master (fact 17.3), and a report of BACKUP so that
// the addresses are removed.
func (m *machine) shutdown() {
	if m.s.Role == Init {
		m.s.Releasing = true
		return
	}
	master, held := m.s.Role == Master, m.s.Held
	if master {
		m.send(0)
	}
	if master || held {
		m.s.Role = Backup
		m.report(CauseShutdown)
	}
	m.s = State{Priority: m.s.Priority, Adjust: m.s.Adjust, Faults: m.s.Faults &^ FaultApply, Releasing: true}
}

// reconfigured keeps the role and takes the new numbers.  A master says at
// once what it now is (fact 16.4).
func (m *machine) reconfigured() {
	if m.c.Priority != Owner {
		m.s.Yielded, m.s.RivalAt, m.s.Asserts = false, 0, 0
	}
	m.s.PreemptAt = 0 // fact 16.6
	m.retime()
	switch m.s.Role {
	case Master:
		m.claim()
		m.send(m.s.Priority)
		m.s.AdvertAt = later(m.now, m.c.interval())
	case Backup:
		if m.c.Priority == Owner && !m.s.Yielded {
			m.becomeMaster(CauseOwner)
		}
	case Init, Fault:
	}
}

// retime takes a changed priority or interval into the running wait: the
// expiry moves by the difference of the two master-down times (fact 5.7).  A
// master is not moved; its next advert carries the priority (fact 8.6).
func (m *machine) retime() {
	m.s.Priority = m.c.effective(m.s.Adjust, m.s.Yielded)
	if m.s.Role != Backup {
		return
	}
	if m.c.Version != 3 || !m.s.MasterAddr.IsValid() {
		m.s.MasterInterval = m.c.interval()
	}
	old := m.s.Down
	m.s.Down = m.c.MasterDown(m.s.Priority, m.s.MasterInterval)
	m.s.ElectAt = max(later(m.s.ElectAt+m.s.Down-old, 0), m.now)
}

func (m *machine) skew() time.Duration {
	return m.c.Skew(m.s.Priority, m.s.MasterInterval)
}
