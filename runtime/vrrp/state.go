package vrrp

import (
	"net/netip"
	"time"
)

// State is everything an instance remembers.  It is a comparable value; the
// zero State is an instance that has not been started.  All times are on the
// scale of Step's now, and zero means unset.
type State struct {
	Role Role
	// Deadline is the earliest of the five timers below: feed Tick then.
	Deadline time.Duration
	// AdvertAt is the next advert of a master (Adver_Timer).
	AdvertAt time.Duration
	// ElectAt ends a backup's wait (Master_Down_Timer, Active_Down_Timer), or
	// FAULT after ApplyFailed.
	ElectAt time.Duration
	// AnnounceAt is the next delayed announcement of a master, AnnounceNext its
	// occasion.
	AnnounceAt   time.Duration
	AnnounceNext Burst
	// LowerAt is the second announcement after an advert of lower priority.
	LowerAt time.Duration
	// LeaveAt is set while a master hands over, after its priority 0: it sends
	// no more adverts but keeps the addresses until then.  An advert of a
	// successor brings it forward, because the successor speaks before its
	// addresses are there.
	LeaveAt time.Duration
	// Succeeded is set once a leaving master has heard its successor.
	Succeeded bool

	// Priority is the effective priority, 1..255, as the next advert carries it.
	Priority uint8
	// Adjust is what trackers add to the base priority, unclamped (fact 8.1).
	Adjust int
	// Faults are the reasons for FAULT; none is set outside FAULT and INIT.
	Faults FaultBit

	// MasterPriority, MasterAddr and MasterInterval describe the last accepted
	// master; for a master itself.  The address is invalid while none is known.
	MasterPriority uint8
	MasterAddr     netip.Addr
	MasterInterval time.Duration
	// Down is the master-down interval in force (Active_Down_Interval).
	Down time.Duration

	// PreemptAt ends the preempt delay that the first lower advert began (fact 6.5).
	PreemptAt time.Duration
	// RivalAt ends the grace of an owner that heard another one (fact 6.12).
	RivalAt time.Duration
	// Asserts counts the adverts sent in that grace.
	Asserts uint8
	// Yielded is set while an owner stands back behind another.
	Yielded bool
	// Held is set while no role has been reported since the start: the
	// instance listens, and addresses that were found are kept.
	Held bool
	// NotBefore ends the startup delay.
	NotBefore time.Duration
	// Wants says that a member of a sync group would be master but for the
	// others (fact 11.1).
	Wants bool
	// StandsBack is set by Failover: any advert keeps the instance a backup.
	StandsBack bool
	// Led is set by Lead.
	Led bool
	// Heir is set from a takeover after priority 0 until the announcement that
	// follows the predecessor's last moment.
	Heir bool
	// AnswerAt and ZeroAt are when the next answer to an advert of lower
	// priority, and to one of priority 0, is allowed.
	AnswerAt, ZeroAt time.Duration
	// MetUntil ends an episode of two masters: each is told of once.
	MetUntil time.Duration
	// Applied says that the owner of the addresses has confirmed MASTER.
	Applied bool
	// Failures counts ApplyFailed in a row; each doubles the wait in FAULT.
	Failures uint8
	// Last is why the wait of a backup will end as it does; it becomes the
	// cause of MASTER.
	Last Cause
	// Releasing is set by Shutdown: once INIT is reached, nothing but Start is
	// heard any more.
	Releasing bool
}

// rearm sets Deadline to the earliest timer.
func (s *State) rearm() {
	s.Deadline = 0
	for _, t := range [...]time.Duration{s.AdvertAt, s.ElectAt, s.AnnounceAt, s.LowerAt, s.LeaveAt} {
		if t != 0 && (s.Deadline == 0 || t < s.Deadline) {
			s.Deadline = t
		}
	}
}
