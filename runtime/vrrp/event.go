package vrrp

import (
	"net/netip"
	"time"
)

// Event is something that happened: one of the types of this file.  Step is
// the only reader.
type Event interface{ event() }

// Start begins an instance (the RFCs' Startup event).
type Start struct {
	// Held says that the addresses of this instance were found on the
	// interface: the daemon had crashed or been restarted.  They are kept for
	// one advert interval and skew of listening.
	Held bool
	// Delay is how long from now nobody becomes MASTER, an owner neither
	// (vrrp_startup_delay, fact 5.6).  Adverts are heard in the meantime.
	Delay time.Duration
}

// Tick says that time has passed.
type Tick struct{}

// Advert is a packet that passed every check of the receive path.  Packets
// that did not pass never reach the core: in keepalived they re-arm a master's
// timer and so silence it (fact 4.9, not copied).
type Advert struct {
	Priority uint8         // 0..255; 0 is a master's farewell
	Interval time.Duration // v3: the sender's; ignored for v2
	From     netip.Addr    // the sender's primary address
}

// PriorityChange carries the base priority with all trackers added, before
// clamping.  It is absolute: later ones replace earlier ones.
type PriorityChange struct{ Effective int }

// FaultChange sets or clears fault bits.
type FaultChange struct {
	Bit FaultBit
	On  bool
}

// Applied says that the addresses now are as Role needs them.  Repeating it
// for MASTER announces again: right after a repair or a reload.
type Applied struct{ Role Role }

// ApplyFailed says that they could not be made so.
type ApplyFailed struct{ Role Role }

// Shutdown ends the instance.  A master hands over first: it sends priority 0
// and goes on answering until its successor has spoken; see [State.LeaveAt].
type Shutdown struct {
	// Now leaves out the wait for the successor: the addresses cannot stay.
	Now bool
}

// Failover hands over like [Shutdown], but the instance goes on as a backup
// that stands back: it accepts every advert until [Lead], or until no master is
// heard.  One that is not master, or not started yet, only stands back.
type Failover struct{}

// Lead makes the instance prefer itself: priority 254 whatever the trackers
// say, preemption whatever the configuration says.  An owner leads anyway.
type Lead struct{ On bool }

// Regrouped says that the members of the sync group are not those of the last
// call; feed it to one of them, and to a member that is alone now.
type Regrouped struct{}

// Reconfigured says that Step's Config changed in anything but the identity
// of the virtual router; the role is kept (fact 16.6).
type Reconfigured struct{}

func (Start) event()          {}
func (Tick) event()           {}
func (Advert) event()         {}
func (PriorityChange) event() {}
func (FaultChange) event()    {}
func (Applied) event()        {}
func (ApplyFailed) event()    {}
func (Shutdown) event()       {}
func (Reconfigured) event()   {}
func (Failover) event()       {}
func (Lead) event()           {}
func (Regrouped) event()      {}
