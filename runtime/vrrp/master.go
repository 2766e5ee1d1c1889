package vrrp

import "net/netip"

var noAddr netip.Addr

// becomeMaster speaks first and reports then (fact 6.14): peers must hear the
// claim before the addresses move.  Gratuitous ARP waits for Applied.
func (m *machine) becomeMaster(cause Cause) {
	m.s.Role = Master
	m.s.ElectAt, m.s.PreemptAt, m.s.RivalAt, m.s.AnnounceAt = 0, 0, 0, 0
	m.s.Asserts, m.s.Applied, m.s.Held, m.s.Yielded, m.s.Last = 0, false, false, false, ""
	m.s.Priority = m.c.effective(m.s.Adjust, false)
	m.claim()
	m.send(m.s.Priority)
	m.s.AdvertAt = later(m.now, m.c.interval())
	m.report(cause)
}

// claim notes ourselves as the master.
func (m *machine) claim() {
	m.s.MasterPriority, m.s.MasterAddr, m.s.MasterInterval = m.s.Priority, m.c.Source, m.c.interval()
	m.s.Down = m.c.MasterDown(m.s.Priority, m.s.MasterInterval)
}

// masterAdvert is RFC 9568 section 6.4.3, RFC 3768 section 6.4.3.
func (m *machine) masterAdvert(a Advert) {
	higher := a.From.Compare(m.c.Source) > 0 // fact 6.11
	switch {
	case m.c.Priority == Owner && m.c.OwnerIgnores:
	case a.Priority == 0:
		m.send(m.s.Priority) // tells the backups that nothing is to be elected (fact 6.8)
		m.s.AdvertAt = later(m.now, m.c.interval())
	case a.Priority == Owner && m.s.Priority == Owner:
		m.rival(a, higher)
	case a.Priority > m.s.Priority:
		m.yield(a, CauseHigher)
	case a.Priority == m.s.Priority && higher:
		m.yield(a, CauseTie)
	default:
		m.assert()
	}
}

// yield gives way without priority 0 (fact 6.16), which would start an
// election that is over.
func (m *machine) yield(a Advert, cause Cause) {
	if m.c.AdvertOnYield {
		m.send(m.s.Priority)
	}
	m.becomeBackup()
	m.follow(a)
	m.report(cause)
}

// assert answers a weaker claim: one advert for its sender and for learning
// bridges (RFC 9568 section 6.4.3), and an announcement, because hosts may have
// believed the other (fact 6.9).  The advert timer stays as it is: no packet
// from outside may move it (fact 4.9, not copied).
func (m *machine) assert() {
	if !m.c.QuietLower {
		m.send(m.s.Priority)
	}
	if m.s.Applied {
		m.announceTwice()
	}
}

// rival sorts out two owners, which is a configuration error, the way
// keepalived does (fact 6.12), as a mixed pair must not wait for each other:
// the one with the higher address asserts itself twice, waits 1.2 of the
// longer interval, and if the other still speaks stands back with priority 254
// until it is gone.
func (m *machine) rival(a Advert, fromHigher bool) {
	if fromHigher {
		m.assert()
		return
	}
	longer := max(m.c.interval(), a.Interval)
	switch {
	case m.s.RivalAt == 0 || m.now-m.s.RivalAt > m.s.Down: // the first, or the first for long
		m.s.RivalAt = later(m.now, min(longer, 255*1e9)*6/5)
		m.s.Asserts = 1
		m.assert()
	case m.now < m.s.RivalAt:
		if m.s.Asserts < 2 {
			m.s.Asserts++
			m.assert()
		}
	default:
		m.s.Yielded = true
		m.yield(a, CauseTwoOwners)
	}
}

// announceTwice is one burst now and one after AnnounceDelay (fact 12.2).
func (m *machine) announceTwice() {
	m.announce()
	switch {
	case m.c.AnnounceDelay > 0:
		m.s.AnnounceAt = later(m.now, m.c.AnnounceDelay)
	case m.c.AnnounceRefresh > 0:
		m.s.AnnounceAt = later(m.now, m.c.AnnounceRefresh)
	}
}

// applied follows the owner of the addresses: hosts hear of a master only
// once it can answer.
func (m *machine) applied(r Role) {
	if r != Master || m.s.Role != Master {
		return // late word about a role that is over
	}
	m.s.Applied, m.s.Failures = true, 0
	m.announceTwice()
}
