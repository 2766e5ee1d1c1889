package vrrp

import (
	"net/netip"
	"time"
)

var noAddr netip.Addr

// becomeMaster speaks first and reports then (fact 6.14): peers must hear the
// claim before the addresses move.  Gratuitous ARP waits for Applied.
func (m *machine) becomeMaster(cause Cause) {
	m.s.Role = Master
	m.s.ElectAt, m.s.PreemptAt, m.s.RivalAt, m.s.AnnounceAt, m.s.LowerAt = 0, 0, 0, 0, 0
	m.s.Asserts, m.s.Applied, m.s.Held, m.s.Yielded, m.s.Last = 0, false, false, false, ""
	m.s.Wants, m.s.StandsBack = false, false
	m.s.Heir = cause == CausePriority0
	m.s.Priority = m.c.effective(&m.s)
	m.speak()
	m.report(cause)
}

// speak claims mastership and sends an advert.
func (m *machine) speak() {
	m.claim()
	m.send(m.s.Priority)
	m.s.AdvertAt = later(m.now, m.c.interval())
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
		// Tells the backups that nothing is to be elected (fact 6.8).
		if m.mayAnswer(&m.s.ZeroAt) {
			m.send(m.s.Priority)
			m.s.AdvertAt = later(m.now, m.c.interval())
		}
	case a.Priority == Owner && m.s.Priority == Owner:
		m.rival(a, higher)
	case a.Priority > m.s.Priority:
		m.yield(a, CauseHigher)
	case a.Priority == m.s.Priority && higher:
		m.yield(a, CauseTie)
	default:
		m.meet(a, CauseLower)
		if m.mayAnswer(&m.s.AnswerAt) {
			m.assert()
		}
	}
}

// meet tells of another master, once until a master-down time has passed
// without one.
func (m *machine) meet(a Advert, cause Cause) {
	if m.now >= m.s.MetUntil {
		m.act(Action{Kind: Rival, From: a.From, Priority: a.Priority, Cause: cause})
	}
	m.s.MetUntil = later(m.now, m.s.Down)
}

// mayAnswer limits the answers to a stream of adverts of one kind: however many
// come, the node sends a few per interval.
func (m *machine) mayAnswer(next *time.Duration) bool {
	if m.now < *next {
		return false
	}
	*next = later(m.now, m.c.pause())
	return true
}

// yield gives way without priority 0 (fact 6.16), which would start an
// election that is over.
func (m *machine) yield(a Advert, cause Cause) {
	if m.c.AdvertOnYield {
		m.send(m.s.Priority)
	}
	m.meet(a, cause)
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
	m.asserted = true
	m.announceLower()
}

func (m *machine) announceLower() {
	if m.s.Applied && !m.c.NoLowerAnnounce {
		m.announce(BurstLower)
		if m.c.LowerDelay > 0 {
			m.s.LowerAt = later(m.now, m.c.LowerDelay)
		}
	}
}

// rival sorts out two owners, which is a configuration error, the way
// keepalived does (fact 6.12), as a mixed pair must not wait for each other:
// the one with the higher address asserts itself twice, waits 1.2 of the
// longer interval, and if the other still speaks stands back with priority 254
// until it is gone.
func (m *machine) rival(a Advert, fromHigher bool) {
	if fromHigher {
		m.meet(a, CauseTwoOwners)
		if m.mayAnswer(&m.s.AnswerAt) {
			m.assert()
		}
		return
	}
	longer := max(m.c.interval(), a.Interval)
	switch {
	case m.s.RivalAt == 0 || m.now-m.s.RivalAt > m.s.Down: // the first, or the first for long
		m.s.RivalAt = later(m.now, min(longer, 255*1e9)*6/5)
		m.s.Asserts = 1
		m.meet(a, CauseTwoOwners)
		m.assert()
	case m.now < m.s.RivalAt:
		m.meet(a, CauseTwoOwners)
		if m.s.Asserts < 2 {
			m.s.Asserts++
			m.assert()
		}
	default:
		m.s.Yielded = true
		m.yield(a, CauseTwoOwners)
	}
}

// announceDue handles the two timers of announcements.
func (m *machine) announceDue() {
	if m.due(m.s.LowerAt) {
		m.s.LowerAt = 0
		m.announce(BurstLower)
	}
	if m.due(m.s.AnnounceAt) {
		m.announce(m.s.AnnounceNext)
		if m.s.Heir {
			m.s.Heir = false
			m.announceLater(m.c.AnnounceDelay - m.c.heirDelay())
		} else {
			m.announceLater(0)
		}
	}
}

// announceLater schedules one more burst after delay, or the next refresh if
// there is none.
func (m *machine) announceLater(delay time.Duration) {
	switch {
	case delay > 0:
		m.s.AnnounceAt, m.s.AnnounceNext = later(m.now, delay), BurstAgain
	case m.c.AnnounceRefresh > 0:
		m.s.AnnounceAt, m.s.AnnounceNext = later(m.now, m.c.AnnounceRefresh), BurstRefresh
	default:
		m.s.AnnounceAt = 0
	}
}

// applied follows the owner of the addresses: hosts hear of a master only
// once it can answer.  They hear it again after AnnounceDelay (fact 12.2), and
// from an heir also once its predecessor, which may have answered until then,
// must be gone.
func (m *machine) applied(r Role) {
	if r != Master || m.s.Role != Master {
		return // late word about a role that is over
	}
	m.s.Applied, m.s.Failures = true, 0
	if m.s.LeaveAt != 0 {
		return // the addresses are the successor's now
	}
	m.announce(BurstFirst)
	delay := m.c.AnnounceDelay
	if m.s.Heir {
		delay = m.c.heirDelay()
	}
	m.announceLater(delay)
}
