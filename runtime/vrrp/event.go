package vrrp

import (
	"fmt"
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

// Shutdown ends the instance, and hands over if it is master.
type Shutdown struct{}

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

// ActionKind says which fields of an Action count.
type ActionKind uint8

// The three things Step asks for.
const (
	SendAdvert ActionKind = iota + 1 // Priority
	Report                           // Role and Cause
	Announce                         // nothing more
)

// Action is one thing for the caller to do.
type Action struct {
	Kind     ActionKind
	Priority uint8
	Role     Role
	Cause    Cause
}

// String prints an action for logs and test scripts.
func (a Action) String() string {
	switch a.Kind {
	case SendAdvert:
		return fmt.Sprintf("advert priority=%d", a.Priority)
	case Report:
		return fmt.Sprintf("report %s: %s", a.Role, a.Cause)
	case Announce:
		return "announce"
	}
	return "no action"
}
