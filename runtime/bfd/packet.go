package bfd

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// Ports and the length of a packet without authentication (RFC 5881 section
// 4, RFC 5883 section 5).
const (
	Port         = 3784
	PortMultihop = 4784
	Size         = 24
)

const version = 1

// SessionState is a session's state as packets carry it (section 4.1).
type SessionState uint8

// The states.  A session that is administratively down says nothing about the path.
const (
	AdminDown SessionState = iota
	Down
	Init
	Up
)

func (s SessionState) String() string {
	if s > Up {
		return fmt.Sprintf("state %d", uint8(s))
	}
	return [...]string{"AdminDown", "Down", "Init", "Up"}[s]
}

// Diag is why a session changed its state last (section 4.1), 0..31.
type Diag uint8

// The diagnostics that lbgit sends.
const (
	DiagNone    Diag = 0
	DiagTime    Diag = 1 // control detection time expired
	DiagSignal  Diag = 3 // neighbor signaled session down
	DiagByAdmin Diag = 7 // administratively down
)

var diagNames = [...]string{"no diagnostic", "detection time expired", "echo function failed", "neighbour signaled session down",
	"forwarding plane reset", "path down", "concatenated path down", "administratively down", "reverse concatenated path down"}

func (d Diag) String() string {
	if int(d) >= len(diagNames) {
		return fmt.Sprintf("diagnostic %d", uint8(d))
	}
	return diagNames[d]
}

// Packet is a control packet.  Intervals are carried in microseconds, up to
// 71 minutes.
type Packet struct {
	Diag             Diag
	State            SessionState
	Poll, Final      bool
	ControlPlane     bool // C: works on while the control plane does not
	Demand           bool
	Multiplier       uint8  // of the sender's transmit interval, 1..255
	MyDisc, YourDisc uint32 // discriminators: the sender's, and the receiver's if known
	MinTX, MinRX     time.Duration
	MinEchoRX        time.Duration
}

// Bits of the second byte, below the state.
const (
	bitPoll = 1 << (5 - iota)
	bitFinal
	bitControlPlane
	bitAuth
	bitDemand
	bitMultipoint
)

// Append adds the packet to b.
func Append(b []byte, p Packet) []byte {
	flags := byte(p.State) << 6
	for _, f := range [...]struct {
		on  bool
		bit byte
	}{{p.Poll, bitPoll}, {p.Final, bitFinal}, {p.ControlPlane, bitControlPlane}, {p.Demand, bitDemand}} {
		if f.on {
			flags |= f.bit
		}
	}
	b = append(b, version<<5|byte(p.Diag)&31, flags, p.Multiplier, Size)
	b = binary.BigEndian.AppendUint32(b, p.MyDisc)
	b = binary.BigEndian.AppendUint32(b, p.YourDisc)
	for _, d := range [...]time.Duration{p.MinTX, p.MinRX, p.MinEchoRX} {
		b = binary.BigEndian.AppendUint32(b, micros(d))
	}
	return b
}

// micros rounds up: to promise less than asked for is safe.
func micros(d time.Duration) uint32 {
	us := max(d, 0) / time.Microsecond
	if d%time.Microsecond > 0 {
		us++
	}
	return uint32(min(us, math.MaxUint32))
}

// Parse reads a packet and makes the checks of section 6.8.6 that need no
// session.  The error is a [Reject].
func Parse(b []byte) (Packet, error) {
	if len(b) < Size {
		return Packet{}, Short
	}
	p := Packet{
		Diag: Diag(b[0] & 31), State: SessionState(b[1] >> 6), Multiplier: b[2],
		Poll: b[1]&bitPoll != 0, Final: b[1]&bitFinal != 0, ControlPlane: b[1]&bitControlPlane != 0, Demand: b[1]&bitDemand != 0,
		MyDisc: binary.BigEndian.Uint32(b[4:]), YourDisc: binary.BigEndian.Uint32(b[8:]),
		MinTX: interval(b[12:]), MinRX: interval(b[16:]), MinEchoRX: interval(b[20:]),
	}
	auth, length := b[1]&bitAuth != 0, int(b[3])
	for _, c := range [...]struct {
		bad bool
		why Reject
	}{
		{b[0]>>5 != version, Version},
		{length < Size || auth && length < Size+2, Length},
		{length > len(b), Length},
		{p.Multiplier == 0, Multiplier},
		{b[1]&bitMultipoint != 0, Multipoint},
		{p.MyDisc == 0, MyDiscriminator},
		{p.YourDisc == 0 && p.State > Down, YourDiscriminator},
		{auth, Authentication}, // none is in use
		{p.Poll && p.Final, PollFinal},
	} {
		if c.bad {
			return Packet{}, c.why
		}
	}
	return p, nil
}

func interval(b []byte) time.Duration {
	return time.Duration(binary.BigEndian.Uint32(b)) * time.Microsecond
}
