package memory

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	for _, tt := range []struct {
		line          string
		start, length uintptr
		ok            bool
	}{
		{"00400000-00c3f000 r-xp 00000000 fe:00 1234                               /usr/bin/lbgit", 0x400000, 0x83f000, true},
		{"00c3f000-01500000 r--p 0083f000 fe:00 1234                               /usr/bin/lbgit", 0xc3f000, 0x8c1000, true},
		{"01500000-01580000 rw-p 01100000 fe:00 1234                               /usr/bin/lbgit", 0, 0, false},
		{"7f0000000000-7f0000001000 r-xp 00000000 fe:00 99                         /usr/lib/libc.so.6", 0, 0, false},
		{"c000000000-c000400000 rw-p 00000000 00:00 0 ", 0, 0, false},
		{"nonsense", 0, 0, false},
	} {
		start, length, ok := text(tt.line, "/usr/bin/lbgit")
		if ok != tt.ok || ok && (start != tt.start || length != tt.length) {
			t.Errorf("%s: %x, %x, %v", tt.line, start, length, ok)
		}
	}
}

// TestGiveBack: the program goes on, with less memory.
func TestGiveBack(t *testing.T) {
	garbage := make([]byte, 64<<20)
	for i := range garbage {
		garbage[i] = 1
	}
	before := resident(t)
	garbage = nil
	_ = garbage
	GiveBack()
	if after := resident(t); after > before-50<<10 {
		t.Errorf("%d kB before, %d kB after", before, after)
	}
}

func resident(t *testing.T) (kB int) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	kB, err = strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kB
}
