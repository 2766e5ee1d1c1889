// Package memory gives back what a long-running process needed only once.
package memory

import (
	"bufio"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"golang.org/x/sys/unix"
)

// GiveBack returns to the system the memory that is free, and unmaps the pages
// of the program itself: most were needed by the start alone, and those in use
// come back from the page cache as they are touched. It takes some
// milliseconds, in which other goroutines run.
func GiveBack() {
	debug.FreeOSMemory()
	self, err := os.Executable()
	if err != nil {
		return
	}
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if start, length, ok := text(lines.Text(), self); ok {
			// Of a mapping that cannot be written nothing is lost.
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, start, length, unix.MADV_DONTNEED)
		}
	}
}

// text reads a line of /proc/self/maps, proc_pid_maps(5), that is about a part
// of the program which cannot be written.
func text(line, program string) (start, length uintptr, ok bool) {
	var end uintptr
	var perms, name string
	if _, err := fmt.Sscanf(line, "%x-%x %s %s", &start, &end, &perms, &name); err != nil || end <= start {
		return 0, 0, false
	}
	return start, end - start, (perms == "r-xp" || perms == "r--p") && strings.HasSuffix(line, " "+program)
}
