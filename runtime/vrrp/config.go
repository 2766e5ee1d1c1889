package vrrp

import (
	"math"
	"net/netip"
	"time"
)

// Owner is the priority of the router that has the virtual addresses as its
// own (RFC 9568 section 5.2.4).  It is not moved by trackers (fact 8.1).
const Owner = 255

// DefaultAnnounceDelay is the wait before the second burst of gratuitous ARP
// (garp_master_delay, fact 12.2).
const DefaultAnnounceDelay = 5 * time.Second

// Config is the fixed part of one instance.  It is comparable.  Values out of
// range do not make Step fail; they are brought into range where they are used.
type Config struct {
	// Version is 2 or 3.
	Version uint8
	// VRID is 1..255.  Step does not look at it; the caller sorts packets.
	VRID uint8
	// Priority is the base priority, 1..255; 255 is the [Owner].
	Priority uint8
	// Interval between adverts: v2 whole seconds 1..255, v3 10 ms..40.95 s in
	// steps of 10 ms (fact 2.7).  Zero means 1 s.
	Interval time.Duration
	// DownAdverts is how many adverts must be missed (down_timer_adverts).
	// Zero means 3.
	DownAdverts int
	// Preempt lets a backup of higher priority take over from a living master.
	Preempt bool
	// PreemptDelay is how long adverts of lower priority are still respected
	// after the first of them (fact 5.9).
	PreemptDelay time.Duration
	// Source is the own primary address; it breaks ties of equal priority.
	Source netip.Addr

	// AnnounceDelay is the wait from Applied to the second announcement;
	// 0 means there is none.  See [DefaultAnnounceDelay].
	AnnounceDelay time.Duration
	// AnnounceRefresh repeats the announcement for as long as the instance is
	// master (garp_master_refresh); 0 means never.
	AnnounceRefresh time.Duration
	// LowerDelay is the wait before the second announcement that follows an
	// advert of lower priority (garp_lower_prio_delay, fact 6.9); 0 means there
	// is none.
	LowerDelay time.Duration
	// NoLowerAnnounce leaves such adverts without any announcement
	// (garp_lower_prio_repeat 0, fact 12.9).
	NoLowerAnnounce bool
	// QuietLower leaves adverts of lower priority without the answer that RFC
	// 9568 section 6.4.3 asks for (lower_prio_no_advert).
	QuietLower bool
	// AdvertOnYield sends one last advert before giving way (higher_prio_send_advert).
	AdvertOnYield bool
	// OwnerIgnores makes an owner deaf, as RFC 9568 section 7.1 has it
	// (owner_ignore_adverts); without it two owners sort themselves out.
	OwnerIgnores bool
}

// interval is the own advert interval, defaulted.
func (c *Config) interval() time.Duration {
	if c.Interval <= 0 {
		return time.Second
	}
	return c.Interval
}

// Skew is the delay that lets the highest priority speak first.
//
// v2 (RFC 3768 section 6.1): (256-priority)/256 s, whatever the interval.
// v3 (RFC 9568 section 6.1): (256-priority)/256 of the master's interval.
// Both are truncated to microseconds, v3 counts the interval in centiseconds,
// so that a mixed cluster agrees to the microsecond (fact 5.1).
func (c *Config) Skew(priority uint8, masterInterval time.Duration) time.Duration {
	rest := 256 - time.Duration(priority)
	if c.Version != 3 {
		return rest * 1_000_000 / 256 * time.Microsecond
	}
	centi := min(max(masterInterval, 0), time.Hour) / (10 * time.Millisecond)
	return rest * centi * 625 / 16 * time.Microsecond
}

// MasterDown is how long a backup waits without an advert before it takes
// over: DownAdverts intervals and the skew (fact 5.2).
func (c *Config) MasterDown(priority uint8, masterInterval time.Duration) time.Duration {
	n := time.Duration(min(max(c.DownAdverts, 0), math.MaxUint8))
	if n == 0 {
		n = 3
	}
	if c.Version != 3 || masterInterval <= 0 {
		masterInterval = c.interval() // v2 never learns
	}
	masterInterval = min(masterInterval, time.Hour)
	return n*masterInterval + c.Skew(priority, masterInterval)
}

// handOver is how long a leaving master waits for its successor: the skew of
// any peer is below one interval.
func (c *Config) handOver() time.Duration {
	return min(c.interval()+100*time.Millisecond, 3*time.Second)
}

// heirDelay is when the predecessor of an heir must be gone.
func (c *Config) heirDelay() time.Duration { return c.handOver() + overlap }

// pause is the time between two answers to adverts of lower priority: fast
// enough for every rival, slow enough for a flood of them.
func (c *Config) pause() time.Duration {
	return max(c.interval()/4, 10*time.Millisecond)
}

// effective is the priority with the trackers' adjustment, clamped to 1..254,
// or 254 for one that leads; an owner stays 255 (fact 8.1) unless it has given
// way to another owner.
func (c *Config) effective(s *State) uint8 {
	switch {
	case c.Priority == Owner && !s.Yielded:
		return Owner
	case c.Priority == Owner || s.Led:
		return Owner - 1
	}
	return uint8(min(max(int(c.Priority)+s.Adjust, 1), Owner-1))
}

// later adds without overflow and never gives zero, which means "no deadline".
func later(now, d time.Duration) time.Duration {
	if d < 0 {
		d = 0
	}
	if now > math.MaxInt64-d {
		return math.MaxInt64
	}
	return max(now+d, 1)
}
