package vrrp

import (
	"fmt"
	"net/netip"
)

// ActionKind says which fields of an Action count.
type ActionKind uint8

// The four things Step asks for.
const (
	SendAdvert ActionKind = iota + 1 // Priority
	Report                           // Role and Cause
	Announce                         // Burst
	Rival                            // From, Priority and Cause: another master was heard
)

// Burst says which announcement is due: each has settings of its own.
type Burst uint8

// The occasions of gratuitous ARP and unsolicited NA (facts 6.9, 12.2).
const (
	BurstFirst   Burst = iota // the addresses are there
	BurstAgain                // once more after AnnounceDelay, or after a hand-over
	BurstRefresh              // every AnnounceRefresh
	BurstLower                // a master of lower priority was heard
)

var burstNames = [...]string{"first", "again", "refresh", "lower"}

// String names the occasion.
func (b Burst) String() string {
	if int(b) < len(burstNames) {
		return burstNames[b]
	}
	return "unknown"
}

// Action is one thing for the caller to do.
type Action struct {
	Kind     ActionKind
	Priority uint8
	Role     Role
	Burst    Burst
	Cause    Cause
	From     netip.Addr
	// Member is who is to do it: an index into AppendGroup's members.
	Member int
}

// String prints an action for logs and test scripts.
func (a Action) String() string {
	switch a.Kind {
	case SendAdvert:
		return fmt.Sprintf("advert priority=%d", a.Priority)
	case Report:
		return fmt.Sprintf("report %s: %s", a.Role, a.Cause)
	case Announce:
		if a.Burst == BurstFirst {
			return "announce"
		}
		return fmt.Sprintf("announce (%s)", a.Burst)
	case Rival:
		return fmt.Sprintf("rival %s/%d: %s", a.From, a.Priority, a.Cause)
	}
	return "no action"
}
