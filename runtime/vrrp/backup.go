package vrrp

// becomeBackup enters BACKUP with the full wait and nothing known of a master
// (RFC 9568 section 6.4.1; fact 5.4).  The caller reports, or not.
func (m *machine) becomeBackup() {
	m.s.Role = Backup
	m.s.AdvertAt, m.s.AnnounceAt, m.s.PreemptAt, m.s.RivalAt = 0, 0, 0, 0
	m.s.Asserts, m.s.Applied, m.s.Held = 0, false, false
	m.s.MasterPriority, m.s.MasterInterval = 0, m.c.interval() // fact 5.2
	m.s.MasterAddr = noAddr
	m.s.Last = CauseSilence
	m.s.Priority = m.c.effective(m.s.Adjust, m.s.Yielded)
	m.listen()
}

// listen starts the wait for the next advert.
func (m *machine) listen() {
	m.s.Down = m.c.MasterDown(m.s.Priority, m.s.MasterInterval)
	m.s.ElectAt = later(m.now, m.s.Down)
}

// backupAdvert is RFC 9568 section 6.4.2, RFC 3768 section 6.4.2.
func (m *machine) backupAdvert(a Advert) {
	switch {
	case a.Priority == 0:
		// The master leaves: the highest priority speaks after its skew only.
		m.s.ElectAt = later(m.now, m.skew())
		m.s.Last = CausePriority0
	case m.accepts(a):
		held := m.s.Held
		m.s.Held, m.s.Last = false, CauseSilence
		m.follow(a)
		if held {
			m.report(CauseOther)
		}
	default:
		// Discarded: the wait goes on and ends in a takeover (fact 6.4).
		if !m.s.Held {
			m.s.Last = CausePreempt
		}
	}
}

// accepts says whether an advert keeps this backup a backup (facts 6.3, 6.5, 6.6).
func (m *machine) accepts(a Advert) bool {
	if a.Priority >= m.s.Priority {
		m.s.PreemptAt = 0
		return true
	}
	if !m.c.Preempt && m.c.Priority != Owner { // an owner always preempts (fact 2.5)
		return true
	}
	if m.c.PreemptDelay <= 0 {
		return false
	}
	if m.s.PreemptAt == 0 {
		m.s.PreemptAt = later(m.now, m.c.PreemptDelay)
	}
	return m.now < m.s.PreemptAt
}

// follow takes the sender as master and restarts the wait.  v3 learns the
// interval (RFC 9568 section 6.4.2); v2 has one interval for all.
func (m *machine) follow(a Advert) {
	m.s.MasterPriority, m.s.MasterAddr = a.Priority, a.From
	m.s.MasterInterval = m.c.interval()
	if m.c.Version == 3 && a.Interval > 0 {
		m.s.MasterInterval = a.Interval
	}
	m.listen()
}
