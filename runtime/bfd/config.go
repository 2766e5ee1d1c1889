package bfd

import (
	"math"
	"time"
)

// SlowTX is the shortest transmit interval of a session that is not Up
// (section 6.8.3).
const SlowTX = time.Second

// Config is the fixed part of one session.  It is comparable.  Values out of
// range do not make Step fail; they are brought into range where they are used.
type Config struct {
	// Discriminator is this session's on this system: not 0, unique, random
	// (section 6.8.1, bfd.LocalDiscr).
	Discriminator uint32
	// MinTX is the shortest interval between sent packets, MinRX between
	// received ones, while the session is Up; 1 us to 71 min.
	MinTX, MinRX time.Duration
	// IdleTX is the interval of sending while the session is not Up; at least
	// SlowTX (fact 19.2).
	IdleTX time.Duration
	// Multiplier is how many packets the peer misses in a row before it
	// declares the session down; 1..255.
	Multiplier uint8
	// Passive waits for the peer to speak first (section 6.1).
	Passive bool
}

// intervals are the values of bfd.DesiredMinTxInterval and
// bfd.RequiredMinRxInterval that belong to a state.
func (c *Config) intervals(s SessionState) (tx, rx time.Duration) {
	const most = math.MaxUint32 * time.Microsecond
	tx, rx = max(c.MinTX, time.Microsecond), max(c.MinRX, time.Microsecond)
	if s != Up {
		tx = max(tx, c.IdleTX, SlowTX)
	}
	return min(tx, most), min(rx, most)
}

// later adds without overflow and never gives zero, which means "no deadline".
func later(now, d time.Duration) time.Duration {
	if now > math.MaxInt64-d {
		return math.MaxInt64
	}
	return max(now+d, 1)
}
