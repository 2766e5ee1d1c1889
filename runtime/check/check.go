package check

import "time"

// Health is what is known about a checker or about a real server.
type Health uint8

// The zero value is Unknown: nothing has been decided yet.
const (
	Unknown Health = iota
	Up
	Down
)

// String returns "unknown", "up" or "down".
func (h Health) String() string {
	switch h {
	case Up:
		return "up"
	case Down:
		return "down"
	}
	return "unknown"
}

// Result is the outcome of one probe.
type Result uint8

const (
	// Void is a probe without a verdict: the node itself was short of something (file descriptors, processor time).
	// It changes no health and no counter.
	Void Result = iota
	// Pass is a probe that succeeded.
	Pass
	// Fail is a probe that failed.
	Fail
)

// String returns "void", "pass" or "fail".
func (r Result) String() string {
	switch r {
	case Pass:
		return "pass"
	case Fail:
		return "fail"
	}
	return "void"
}

// VoidDelay is the longest wait before a probe without a verdict is repeated.
const VoidDelay = time.Second

// Config is how one checker is run and judged. It is comparable. Values outside the ranges are read as the nearest allowed
// one, so that every Config has a meaning.
type Config struct {
	// Interval is the wait from the end of one probe to the start of the next (T2), above 0; keepalived's delay_loop.
	Interval time.Duration
	// DownInterval replaces Interval while the checker is down; 0 means Interval. keepalived's HTTP checkers wait for
	// the longer of delay_before_retry and delay_loop there (T5), which the translation writes out.
	DownInterval time.Duration
	// Timeout bounds one request, from the first packet to the verdict, above 0.
	Timeout time.Duration
	// RetryDelay is the wait after a failure that is still tolerated; 0 means at once.
	RetryDelay time.Duration
	// Retry is how many consecutive failures are tolerated before the next one counts; 0 or more.
	Retry int
	// Rise is how many consecutive successes bring a checker up; 1 or more. keepalived knows 1 only (S3).
	Rise int
	// Warmup is the span over which first probes are spread (T1); 0 means that the first probe runs at once.
	Warmup time.Duration
	// StartDown makes a checker of unknown health start down; keepalived's alpha (V15).
	StartDown bool
	// FromStart counts Interval from the start of a probe instead of its end, as keepalived's MISC_CHECK does (T2).
	FromStart bool
}

// FirstDelay returns the wait before the first probe: the share chance (0 to 1) of the warmup. Chance is an argument, because
// this package draws none. keepalived adds one second (T1); lbgit starts without waiting, since a server that is new
// takes traffic from the start (S8).
func FirstDelay(c Config, chance float64) time.Duration {
	chance = min(max(chance, 0), 1)
	return time.Duration(chance * float64(max(c.Warmup, 0)))
}

// Jittered spreads a delay evenly over plus and minus half of its share jitter (0 to 1), so that the mean stays. Chance (0 to
// 1) is an argument; jitter 0 returns the delay itself.
func Jittered(delay time.Duration, jitter, chance float64) time.Duration {
	jitter, chance = min(max(jitter, 0), 1), min(max(chance, 0), 1)
	if jitter == 0 {
		return delay
	}
	return time.Duration(float64(delay) * (1 + jitter*(chance-0.5)))
}
