// Package clock reads the one clock that protocol engines go by.
package clock

import (
	"time"

	"golang.org/x/sys/unix"
)

// Boottime is the monotonic clock that goes on while the machine is suspended,
// so that who slept is seen to have slept (complaint 20.9).
func Boottime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		panic("clock_gettime(CLOCK_BOOTTIME): " + err.Error()) // Linux has it since 2.6.39
	}
	return time.Duration(ts.Nano())
}
