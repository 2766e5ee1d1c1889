package engine

import (
	"time"

	"golang.org/x/sys/unix"
)

// boottime is the monotonic clock that goes on while the machine is suspended,
// so that a master which slept is seen to have slept (complaint 20.9).
func boottime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		panic("clock_gettime(CLOCK_BOOTTIME): " + err.Error()) // Linux has it since 2.6.39
	}
	return time.Duration(ts.Nano())
}
