package bfd

import "time"

// State is everything that a session remembers.  It is a comparable value; the
// zero State is a session that has not been started.  The names in brackets
// are those of section 6.8.1.  Times are on the scale of Step's now, and zero
// means unset.
type State struct {
	Running bool
	// Deadline is the earlier of the two timers below: feed Tick then.
	Deadline time.Duration
	// SendAt is the next periodic packet.
	SendAt time.Duration
	// DetectAt is when the peer will have been silent for too long.
	DetectAt time.Duration

	Session SessionState // bfd.SessionState
	Diag    Diag         // bfd.LocalDiag
	// MinTX and MinRX are what packets say (bfd.DesiredMinTxInterval,
	// bfd.RequiredMinRxInterval); UsedTX and UsedRX what is gone by, which is
	// the value before until the peer has confirmed the new one (section 6.8.3).
	MinTX, MinRX   time.Duration
	UsedTX, UsedRX time.Duration
	// Polling is a poll sequence under way.  Settling follows it until a packet
	// with the final bit clear arrives: another sequence started before could
	// take the Final of the first for its own (section 6.8.3).
	Polling, Settling bool

	RemoteDisc   uint32        // bfd.RemoteDiscr; 0 while not known
	RemoteState  SessionState  // bfd.RemoteSessionState
	RemoteDiag   Diag          // as last heard
	RemoteMinRX  time.Duration // bfd.RemoteMinRxInterval
	RemoteMinTX  time.Duration // as last heard
	RemoteMult   uint8         // as last heard
	RemoteDemand bool          // bfd.RemoteDemandMode

	// Interval is the transmit interval before jitter; SentAt the last periodic
	// packet, from which it counts.
	Interval, SentAt time.Duration
	// Detect is the detection time; HeardAt is when it began to run.
	Detect, HeardAt time.Duration
	// Chance is the state of the jitter's random numbers.
	Chance uint64
}

// Event is something that happened: one of the types below.
type Event interface{ event() }

// Start begins a session.  Seed should differ between sessions and systems.
type Start struct{ Seed uint64 }

// Tick says that time has passed.
type Tick struct{}

// Receive is a packet for this session that passed Parse.
type Receive struct{ Packet Packet }

// Reconfigured says that Step's Config changed; the session goes on.
type Reconfigured struct{}

// Stop ends a session because the daemon stops.  The peer is told Down, so
// that it acts at once as on a failure: this node no longer does its work.
// AdminDown would tell it to do nothing (RFC 5882 section 3.2, fact 19.8).
type Stop struct{}

// Remove ends a session that left the configuration.  The peer is told
// AdminDown: nothing has failed (section 6.8.16).
type Remove struct{}

func (Start) event()        {}
func (Tick) event()         {}
func (Receive) event()      {}
func (Reconfigured) event() {}
func (Stop) event()         {}
func (Remove) event()       {}

// ActionKind says which fields of an Action count.
type ActionKind uint8

// The two things Step asks for.
const (
	Send   ActionKind = iota + 1 // Packet
	Report                       // Up and Diag
)

// Action is one thing for the caller to do.
type Action struct {
	Kind   ActionKind
	Packet Packet
	// Up is whether the path works.  A peer that goes AdminDown takes the
	// session down without a report: that says nothing about the path (RFC 5882
	// section 3.2, fact 19.8).
	Up   bool
	Diag Diag
}
