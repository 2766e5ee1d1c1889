package vrrp

import "time"

// maxRetry bounds the wait in FAULT after the addresses could not be set.
const maxRetry = time.Minute

// fault sets or clears bits; the first set enters FAULT, the last cleared
// leaves it, those between are only recorded (facts 7.2, 7.3).
func (m *machine) fault(bit FaultBit, on bool) {
	if on {
		bit &^= FaultApply // has a timer, which only applyFailed sets
		m.s.Faults |= bit
	} else {
		m.s.Faults &^= bit
	}
	if m.s.Faults&FaultApply == 0 && m.s.Role == Fault {
		m.s.ElectAt = 0
	}
	switch {
	case m.s.Role == Init: // remembered for Start
	case on && m.s.Faults != 0 && m.s.Releasing:
		m.end(Cause(bit.String())) // nothing left to hand over
	case on && m.s.Faults != 0 && m.s.Role != Fault:
		m.enterFault(Cause(bit.String()))
	case !on && m.s.Role == Fault:
		m.leaveFault(CauseRecovered)
	}
}

// enterFault releases mastership with priority 0, so that backups need not
// wait (fact 6.17; keepalived sends it twice, once is what it counts).
func (m *machine) enterFault(cause Cause) {
	if m.s.Role == Master && m.s.LeaveAt == 0 {
		m.send(0)
	}
	m.becomeBackup() // forgets the master and every timer
	m.s.Role, m.s.ElectAt, m.s.Down, m.s.Last = Fault, 0, 0, ""
	m.report(cause)
}

// leaveFault is a new election with the full wait; an owner does not wait
// (fact 7.3).
func (m *machine) leaveFault(cause Cause) {
	if m.s.Faults != 0 {
		return // FaultApply keeps its retry timer
	}
	m.s.ElectAt = 0
	if m.c.Priority == Owner && !m.s.Yielded && !m.s.StandsBack {
		m.elect(CauseOwner)
		return
	}
	m.becomeBackup()
	m.report(cause)
}

// applyFailed takes a master that cannot hold its addresses out of the
// election, for a time that doubles with each failure in a row: a node that
// claims and fails for ever would keep the healthy ones from serving, and one
// that gives up for ever would not come back after a repair.
func (m *machine) applyFailed(r Role) {
	if r != Master || m.s.Role != Master {
		return // failing to remove is for the owner of the addresses to retry
	}
	if m.s.Releasing {
		m.end(CauseApplyError)
		return
	}
	wait := min(m.s.Down<<min(m.s.Failures, 8), max(maxRetry, m.s.Down))
	failures := min(m.s.Failures, 254) + 1
	m.s.Faults |= FaultApply
	m.enterFault(CauseApplyError)
	m.s.Failures = failures
	m.s.ElectAt = later(m.now, wait)
}
