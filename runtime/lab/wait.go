//go:build linux

package lab

import (
	"testing"
	"time"
)

// Eventually calls f every 20 ms until it returns nil. After the deadline the test fails with what was waited for and the
// last error. Deadlines cost nothing when all is well: be generous, the machine may be busy.
func Eventually(t testing.TB, deadline time.Duration, what string, f func() error) {
	t.Helper()
	start := time.Now()
	for {
		err := f()
		if err == nil {
			return
		}
		if time.Since(start) > deadline {
			t.Fatalf("not within %v: %s: %v", deadline, what, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
