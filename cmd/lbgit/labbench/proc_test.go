package labbench

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// family lists a process with all its descendants.
func family(pid int) []int {
	out := []int{pid}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	parents := map[int][]int{}
	for _, s := range stats {
		b, err := os.ReadFile(s)
		if err != nil {
			continue
		}
		text := string(b)
		child, _ := strconv.Atoi(filepath.Base(filepath.Dir(s)))
		f := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
		parent, _ := strconv.Atoi(f[1])
		parents[parent] = append(parents[parent], child)
	}
	for i := 0; i < len(out); i++ {
		out = append(out, parents[out[i]]...)
	}
	return out
}

// memory is the resident memory of a process and its descendants in kB. What
// they share, such as the text of one program, is counted once (Pss).
func memory(t testing.TB, pid int) int {
	total := 0
	for _, p := range family(pid) {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(b)) {
			if f := strings.Fields(line); f[0] == "Pss:" {
				n, _ := strconv.Atoi(f[1])
				total += n
			}
		}
	}
	if total == 0 {
		t.Fatalf("process %d has no memory: it is gone", pid)
	}
	return total
}

// settle waits until the processes have used no processor time for a while.
func settle(t testing.TB, pid int) {
	last, quiet := int64(-1), time.Now()
	end := time.Now().Add(2 * time.Minute)
	for time.Since(quiet) < 1500*time.Millisecond && time.Now().Before(end) {
		if now := ticks(pid); now > last+2 {
			last, quiet = now, time.Now()
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func ticks(pid int) (n int64) {
	for _, p := range family(pid) {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p))
		if err != nil {
			continue
		}
		text := string(b)
		f := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
		user, _ := strconv.ParseInt(f[11], 10, 64)
		system, _ := strconv.ParseInt(f[12], 10, 64)
		n += user + system
	}
	return n
}
