package agent

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/schema"
)

// startDelay is what is left of the time in which nobody becomes master here.
func (a *Agent) startDelay() time.Duration {
	return startDelay(&a.prepared.Config.Settings, time.Since(a.started), uptime())
}

// startDelay is counted from the start of the daemon and from that of the
// machine; the later end counts (keepalived vrrp fact 5.6).
func startDelay(s *schema.Settings, running, up time.Duration) time.Duration {
	return max(s.StartupDelay-running, s.BootDelay-up, 0)
}

// uptime is the age of the machine. A kernel that does not say counts as old.
func uptime() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) != nil {
		return 1<<63 - 1
	}
	return time.Duration(ts.Nano())
}
