package check

import "time"

// State is what is known about one checker. It is comparable. The zero value is a checker of which nothing is known; Step and
// Start give it its first health.
type State struct {
	Health Health
	// Fails and Passes count the consecutive results of one kind; one of them is always 0, and both stop growing at the
	// number that decides (Retry+1, Rise).
	Fails, Passes int
	// Ran says that a probe has given a verdict.
	Ran bool
	// Fresh says that the health is only assumed: no probe has given a verdict and nobody else vouched for it. The first
	// failure of a fresh checker is final (V15).
	Fresh bool
	// Since is when Health took its value, on the caller's clock.
	Since time.Duration
}

// Start returns the state of a new checker at a time. Known is the health that somebody else vouches for: what the kernel showed
// when the daemon started, or what the checker was before it was edited. Without one a checker is taken to be up, or down with
// StartDown (V15, S8, S9).
//
// A checker that is known to be up has the full tolerance of Retry, unlike a fresh one: a restart of the daemon must not
// make the pool more fragile.
func Start(c Config, known Health, now time.Duration) State {
	s := State{Health: known, Since: now}
	if known == Unknown {
		s.Health, s.Fresh = Up, true
		if c.StartDown {
			s.Health = Down
		}
	}
	return s
}

// Carry returns the state of an edited checker: its health goes on, its counters start again. An edited check of a dead server
// stays down until it proves itself (keepalived puts it back into service, R11), and a fresh one stays fresh.
func Carry(s State) State {
	s.Fails, s.Passes = 0, 0
	return s
}

// Step judges one result. It returns the new state, the delay until the next probe (measured from the end of this one, T2,
// unless FromStart is set) and whether the health changed.
//
//   - Up, failure within Retry: stays up, waits RetryDelay (T5).
//   - Up, failure beyond Retry, or the first failure of a fresh checker: down, waits for the interval (T5, V15).
//   - Down: one probe per interval; Rise successes in a row bring it up (S3).
//   - Void: nothing changes, the probe is repeated soon.
func Step(c Config, s State, now time.Duration, r Result) (next State, delay time.Duration, changed bool) {
	if s.Health == Unknown {
		s = Start(c, Unknown, now)
	}
	retry, rise := max(c.Retry, 0), max(c.Rise, 1)
	was := s.Health

	switch r {
	case Void:
		return s, min(VoidDelay, c.interval(s.Health)), false
	case Pass:
		s.Fails, s.Passes = 0, min(s.Passes+1, rise)
		if s.Passes >= rise {
			s.Health = Up
		}
	case Fail:
		s.Passes, s.Fails = 0, min(s.Fails+1, retry+1)
		if s.Fresh || s.Fails > retry {
			s.Health = Down
		}
	}
	s.Ran, s.Fresh = true, false

	if changed = s.Health != was; changed {
		s.Since = now
	}
	if s.Health == Up && s.Fails > 0 {
		return s, max(c.RetryDelay, 0), changed
	}
	return s, c.interval(s.Health), changed
}

// interval returns the wait between probes in a health.
func (c Config) interval(h Health) time.Duration {
	if h == Down && c.DownInterval > 0 {
		return c.DownInterval
	}
	return max(c.Interval, 0)
}
