package vrrp

import "time"

// overlap is how long a leaving master goes on answering after its successor
// has spoken: the successor speaks first and sets its addresses then.
const overlap = 50 * time.Millisecond

// shutdown gives the addresses back (RFC 9568 sections 6.4.2 and 6.4.3).  A
// master hands over if it may; addresses held undecided go at once.
func (m *machine) shutdown(now bool) {
	switch {
	case m.s.Role == Master && now:
		if m.s.LeaveAt == 0 {
			m.send(0)
		}
		m.end(CauseShutdown)
	case m.s.Role == Master:
		m.s.Releasing = true
		m.handOver()
	case m.s.Role != Init && m.s.Held:
		m.end(CauseShutdown)
	default:
		m.end("")
	}
}

// failover hands over, and stands back from then on.
func (m *machine) failover() {
	if m.s.Releasing {
		return
	}
	m.s.StandsBack = true // in Init it is remembered for Start
	if m.s.Role == Master {
		m.handOver()
	}
}

// handOver makes before it breaks: one advert of priority 0 (fact 17.3), then
// silence, while the addresses go on answering.
func (m *machine) handOver() {
	if m.s.LeaveAt != 0 {
		return // under way
	}
	m.send(0)
	m.s.LeaveAt = later(m.now, m.c.handOver())
	m.s.AdvertAt, m.s.AnnounceAt, m.s.LowerAt, m.s.RivalAt = 0, 0, 0, 0
	m.s.MasterAddr = noAddr // nobody yet
}

// leavingAdvert takes any master for the successor.
func (m *machine) leavingAdvert(a Advert) {
	if a.Priority == 0 {
		return
	}
	m.s.MasterPriority, m.s.MasterAddr, m.s.MasterInterval = a.Priority, a.From, a.Interval
	m.succeeded()
}

func (m *machine) succeeded() {
	if m.s.LeaveAt == 0 {
		return // a stall has ended it
	}
	m.s.Succeeded = true
	m.s.LeaveAt = min(m.s.LeaveAt, later(m.now, overlap))
}

// leave ends a hand-over.
func (m *machine) leave() {
	switch {
	case m.s.Releasing && m.s.Succeeded:
		m.end(CauseHandedOver)
	case m.s.Releasing:
		m.end(CauseUnheard)
	case m.s.Succeeded:
		a := Advert{Priority: m.s.MasterPriority, Interval: m.s.MasterInterval, From: m.s.MasterAddr}
		m.becomeBackup()
		if a.From.IsValid() { // else another member of the group heard its own
			m.follow(a)
		}
		m.report(CauseFailover)
	default:
		m.s.LeaveAt, m.s.StandsBack = 0, false
		m.speak()
		m.report(CauseNobody)
	}
}

// end is INIT.  With a cause, the owner of the addresses is told to remove them.
func (m *machine) end(cause Cause) {
	if cause != "" {
		m.s.Role = Backup
		m.report(cause)
	}
	m.s = State{
		Priority: m.s.Priority, Adjust: m.s.Adjust, Led: m.s.Led, Faults: m.s.Faults &^ FaultApply,
		Releasing: true,
	}
}
