package bfd

import "time"

// retime brings everything that depends on intervals up to date: what is
// announced, the transmit interval (section 6.8.2) and the detection time
// (section 6.8.4).
func (m *machine) retime() {
	if !m.s.Running {
		return
	}
	m.announce()
	m.schedule()
	m.s.Detect = time.Duration(m.s.RemoteMult) * max(m.s.UsedRX, m.s.RemoteMinTX)
	if m.s.DetectAt != 0 {
		m.s.DetectAt = later(m.s.HeardAt, m.s.Detect)
	}
}

// announce takes the intervals that configuration and state ask for into the
// packets (section 6.8.3).  While the session is Up a poll sequence brings
// them to the peer, one after another; while it is not they count at once
// (fact 19.6).
func (m *machine) announce() {
	up := m.s.Session == Up
	if !up {
		m.s.Polling, m.s.Settling = false, false
	}
	tx, rx := m.c.intervals(m.s.Session)
	if m.s.Polling || m.s.Settling || tx == m.s.MinTX && rx == m.s.MinRX {
		return
	}
	m.s.MinTX, m.s.MinRX = tx, rx
	if !up {
		m.s.UsedTX, m.s.UsedRX = tx, rx
		return
	}
	// Faster sending and more patience cannot hurt and count at once; slower
	// sending and less patience wait for the peer's Final.
	m.s.UsedTX, m.s.UsedRX = min(m.s.UsedTX, tx), max(m.s.UsedRX, rx)
	m.s.Polling = true
}

// final ends a poll sequence: the peer knows the intervals.
func (m *machine) final(is bool) {
	switch {
	case !is:
		m.s.Settling = false
	case m.s.Polling:
		m.s.Polling, m.s.Settling = false, true
		m.s.UsedTX, m.s.UsedRX = m.s.MinTX, m.s.MinRX
	}
}

// schedule sets the next periodic packet if the interval changed, or if
// packets begin or cease to be sent.  It counts from the packet before, so
// that a shorter interval is honoured at once.
func (m *machine) schedule() {
	before := m.s.Interval
	m.s.Interval = max(m.s.UsedTX, m.s.RemoteMinRX)
	switch {
	case !m.periodic():
		m.s.SendAt = 0
	case m.s.SendAt == 0 || before != m.s.Interval:
		m.s.SendAt = max(later(m.s.SentAt, m.jittered(m.s.Interval)), later(m.now, 0))
	}
}
