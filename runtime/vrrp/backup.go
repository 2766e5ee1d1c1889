package vrrp

import "time"

// becomeBackup enters BACKUP with the full wait and nothing known of a master
// (RFC 9568 section 6.4.1; fact 5.4).  The caller reports, or not.
func (m *machine) becomeBackup() {
	m.s.Role = Backup
	m.s.AdvertAt, m.s.AnnounceAt, m.s.LowerAt, m.s.LeaveAt = 0, 0, 0, 0
	m.s.PreemptAt, m.s.RivalAt, m.s.Asserts = 0, 0, 0
	m.s.Applied, m.s.Held, m.s.Wants, m.s.Heir, m.s.Succeeded = false, false, false, false, false
	m.s.MasterPriority, m.s.MasterInterval = 0, m.c.interval() // fact 5.2
	m.s.MasterAddr = noAddr
	m.s.Last = CauseSilence
	m.s.Priority = m.c.effective(&m.s)
	m.listen()
}

// listen starts the wait for the next advert.
func (m *machine) listen() {
	m.s.Down = m.c.MasterDown(m.s.Priority, m.s.MasterInterval)
	m.wait(m.s.Down)
}

// wait sets the end of the wait.  One that would end within the startup delay
// is counted from the end of the delay (fact 5.6).
func (m *machine) wait(d time.Duration) {
	m.s.ElectAt = later(m.now, d)
	if m.s.ElectAt < m.s.NotBefore {
		m.s.ElectAt = later(m.s.NotBefore, d)
	}
}

// backupAdvert is RFC 9568 section 6.4.2, RFC 3768 section 6.4.2.
func (m *machine) backupAdvert(a Advert) {
	switch {
	case a.Priority == 0:
		// The master leaves: the highest priority speaks after its skew only.
		m.wait(m.skew())
		m.s.Last = CausePriority0
	case m.accepts(a):
		held := m.s.Held
		m.s.Held, m.s.Wants, m.s.Last = false, false, CauseSilence
		m.follow(a)
		if held {
			m.report(CauseOther)
		}
	case !m.s.Held:
		// Discarded: the wait goes on and ends in a takeover (fact 6.4).
		m.s.Last = CausePreempt
	case m.now < m.s.NotBefore:
		// Two nodes would answer for as long as the startup delay.
		m.s.Held, m.s.Last = false, CausePreempt
		m.report(CauseOther)
	}
}

// accepts says whether an advert keeps this backup a backup (facts 6.3, 6.5, 6.6).
func (m *machine) accepts(a Advert) bool {
	if a.Priority >= m.s.Priority {
		m.s.PreemptAt = 0
		return true
	}
	if m.s.StandsBack {
		return true
	}
	if m.c.Priority == Owner || m.s.Led { // always preempt (fact 2.5)
		return false
	}
	if !m.c.Preempt {
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
	m.followed = true
	m.listen()
}

// elect is the only way to MASTER.  It ends the wait of a backup, unless the
// startup delay runs or the sync group does not agree yet.
func (m *machine) elect(cause Cause) {
	early := m.now < m.s.NotBefore
	if !early && !m.grouped {
		m.becomeMaster(cause)
		return
	}
	if m.s.Role != Backup {
		undecided := m.s.Role == Init
		m.becomeBackup()
		if m.s.Held = undecided; !undecided {
			m.report(CauseRecovered)
		}
	}
	m.s.Last = cause
	if early {
		m.s.ElectAt = m.s.NotBefore
		return
	}
	m.s.Wants = true // and the group decides (fact 11.1)
	m.listen()
}

// lead makes the instance the preferred one, or an ordinary one again. Either
// way it stands back no longer.
func (m *machine) lead(on bool) {
	takesBack := on || m.s.StandsBack
	m.s.Led, m.s.StandsBack = on, false
	if on {
		m.s.PreemptAt = 0
	}
	m.retime()
	if !on && m.s.Role == Backup && m.s.Last == CausePreempt {
		// A wait that was cut short is not one in which a master was silent.
		m.s.Last = CauseSilence
		m.listen()
	}
	if takesBack && m.s.Role == Backup && m.s.MasterPriority < m.s.Priority {
		m.s.ElectAt = max(min(m.s.ElectAt, later(m.now, m.skew())), m.s.NotBefore)
		m.s.Last = CausePreempt
	}
}
