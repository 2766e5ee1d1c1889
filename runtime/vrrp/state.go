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
	// Deadline is the earliest of the three timers below: feed Tick then.
	Deadline time.Duration
	// AdvertAt is the next advert of a master (Adver_Timer).
	AdvertAt time.Duration
	// ElectAt ends a backup's wait (Master_Down_Timer, Active_Down_Timer), or
	// FAULT after ApplyFailed.
	ElectAt time.Duration
	// AnnounceAt is the next delayed announcement of a master.
	AnnounceAt time.Duration

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
	// Held is set while addresses found at start are kept and the instance
	// listens; no role has been reported yet.
	Held bool
	// Applied says that the owner of the addresses has confirmed MASTER.
	Applied bool
	// Failures counts ApplyFailed in a row; each doubles the wait in FAULT.
	Failures uint8
	// Last is why the wait of a backup will end as it does; it becomes the
	// cause of MASTER.
	Last Cause
	// Releasing is set by Shutdown: nothing but Start is heard any more.
	Releasing bool
}

// rearm sets Deadline to the earliest timer.
func (s *State) rearm() {
	s.Deadline = 0
	for _, t := range [...]time.Duration{s.AdvertAt, s.ElectAt, s.AnnounceAt} {
		if t != 0 && (s.Deadline == 0 || t < s.Deadline) {
			s.Deadline = t
		}
	}
}
