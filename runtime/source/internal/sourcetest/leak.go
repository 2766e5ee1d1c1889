package sourcetest

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Main runs a package's tests and fails when a source or a watcher is still
// running afterwards.
func Main(m *testing.M) {
	code := m.Run()
	end := time.After(Deadline)
	for left := running(); left != "" && code == 0; left = running() {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-end:
			fmt.Fprintf(os.Stderr, "goroutines left behind:\n%s\n", left)
			code = 1
		}
	}
	os.Exit(code)
}

// running returns the stacks of goroutines that belong to sources.
func running() string {
	buf := make([]byte, 1<<20)
	var left []string
	for _, g := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(g, "sourcetest.Main") {
			continue
		}
		if strings.Contains(g, "fsnotify") || strings.Contains(g, "go-git") || strings.Contains(g, "runtime/source/") {
			left = append(left, g)
		}
	}
	return strings.Join(left, "\n\n")
}
