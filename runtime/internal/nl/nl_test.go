package nl

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// The recorded bytes are those of a little-endian machine.
func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBatchBytes(t *testing.T) {
	var b Batch
	for range 2 { // the second time in the memory of the first
		b.Reset()
		b.Genl(0x1c, 1, 1)
		nest := b.Nest(1)
		b.Uint16(1, 2)
		b.Port(4, 80)
		b.Uint8(5, 7)
		b.Uint32(6, 0x01020304)
		b.String(7, "wrr")
		b.Data(8, []byte{1, 2, 3, 4, 5})
		b.End(nest)
		b.Begin(3, 0x300)
		b.stamp(9, true)
	}
	want := `4c000000 1c00 0100 09000000 00000000 01010000
		38000180 060001000200 0000 060004000050 0000 0500050007 000000 0800060004030201 0800070077727200 090008000102030405 000000
		10000000 0300 0503 0a000000 00000000`
	if got := hex.EncodeToString(b.Bytes()); got != strings.Join(strings.Fields(want), "") {
		t.Errorf("got  %s\nwant %s", got, strings.Join(strings.Fields(want), ""))
	}
	if b.Len() != 2 {
		t.Errorf("%d messages", b.Len())
	}
}

func TestBatchDoesNotAllocate(t *testing.T) {
	var b Batch
	build := func() {
		b.Reset()
		for range 128 {
			b.Genl(0x1c, 1, 1)
			nest := b.Nest(1)
			b.Uint32(6, 5)
			b.String(7, "wlc")
			b.End(nest)
		}
		b.stamp(1, true)
	}
	build()
	if n := testing.AllocsPerRun(10, build); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestAttributesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 40)).Draw(t, "values")
		var b Batch
		b.Begin(1, 0)
		for i, v := range values {
			b.Data(uint16(i+1), v)
		}
		for m, err := range Messages(b.Bytes()) {
			if err != nil {
				t.Fatal(err)
			}
			i := 0
			for typ, v := range Attrs(m.Body) {
				if int(typ) != i+1 || string(v) != string(values[i]) {
					t.Fatalf("attribute %d is %d %x", i, typ, v)
				}
				i++
			}
			if i != len(values) {
				t.Fatalf("%d attributes of %d", i, len(values))
			}
		}
	})
}

func TestAttrsOfGarbage(t *testing.T) {
	for _, p := range []string{"", "00", "03000100", "0900010001", "ffff0100"} {
		for range Attrs(unhex(t, p)) {
			t.Errorf("%q has an attribute", p)
		}
	}
	short := Attr{1}
	if short.Uint16() != 0 || short.Port() != 0 || short.Uint32() != 0 || Attr(nil).Uint8() != 0 || Attr("ab\x00c").Text() != "ab" {
		t.Error("short values are not 0")
	}
}

func TestFailures(t *testing.T) {
	for _, c := range []struct {
		name, message, want string
		errno               error
	}{
		{"ok: acknowledged", "24000000 0200 0000 01000000 00000000 00000000 10000000 1c000100 01000000 00000000", "", nil},
		{"ok: end of a dump", "14000000 0300 0200 01000000 00000000 00000000", "", nil},
		{"ok: end of an old dump", "10000000 0300 0200 01000000 00000000", "", nil},
		{"bad: number only", "24000000 0200 0000 01000000 00000000 fdffffff 10000000 1c000100 01000000 00000000", "no such process", unix.ESRCH},
		{"bad: number and text, request left out", "30000000 0200 0003 01000000 00000000 eaffffff 18000000 1c000100 01000000 00000000 0c000100 6e6f207761790000", "no way (invalid argument)", unix.EINVAL},
		{"bad: number and text, request repeated", "34000000 0200 0002 01000000 00000000 eaffffff 14000000 1c000100 01000000 00000000 01010000 0c000100 6e6f207761790000", "no way (invalid argument)", unix.EINVAL},
		{"bad: end of a dump with an error", "20000000 0300 0202 01000000 00000000 eaffffff 0c000100 6e6f207761790000", "no way (invalid argument)", unix.EINVAL},
		{"bad: cut short", "12000000 0200 0000 01000000 00000000 fdff", "malformed", errGarbage},
		{"bad: request longer than the message", "24000000 0200 0002 01000000 00000000 fdffffff ff000000 1c000100 01000000 00000000", "no such process", unix.ESRCH},
	} {
		t.Run(c.name, func(t *testing.T) {
			for m, err := range Messages(unhex(t, c.message)) {
				if err == nil {
					err = m.failure()
				}
				if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
					t.Errorf("error is %v, want %q", err, c.want)
				}
				if c.errno != nil && !errors.Is(err, c.errno) {
					t.Errorf("%v is not %v", err, c.errno)
				}
			}
		})
	}
}

func FuzzMessages(f *testing.F) {
	f.Add([]byte{16, 0, 0, 0, 2, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(_ *testing.T, p []byte) {
		for m, err := range Messages(p) {
			if err == nil && (m.Type == typeError || m.Type == typeDone) {
				_ = m.failure()
			}
		}
	})
}

// The tests below talk to the kernel they run on: everybody may read links,
// and no kernel has this family.
func TestSocket(t *testing.T) {
	s, err := Open(unix.NETLINK_GENERIC)
	if err != nil {
		t.Skip("no netlink here:", err)
	}
	defer s.Close()
	if id, err := s.Family("nlctrl"); err != nil || id != unix.GENL_ID_CTRL {
		t.Errorf("nlctrl is %d, %v", id, err)
	}
	if _, err := s.Family("no such family"); !errors.Is(err, unix.ENOENT) {
		t.Errorf("an unknown family: %v", err)
	}
	// Three requests in one send, the middle one fails.
	var b Batch
	for _, name := range []string{"nlctrl", "none", "nlctrl"} {
		b.Genl(unix.GENL_ID_CTRL, unix.CTRL_CMD_GETFAMILY, 1)
		b.String(unix.CTRL_ATTR_FAMILY_NAME, name)
	}
	errs, err := s.Do(&b, nil)
	if err != nil || errs[0] != nil || !errors.Is(errs[1], unix.ENOENT) || errs[2] != nil {
		t.Errorf("results are %v, %v", errs, err)
	}
	b.Reset()
	b.Genl(unix.GENL_ID_CTRL, unix.CTRL_CMD_GETFAMILY, 1)
	families, begun := 0, 0
	err = s.Dump(&b, func() { begun++; families = 0 }, func([]byte) error { families++; return nil })
	if err != nil || families == 0 || begun == 0 {
		t.Errorf("%d families in a dump, %v", families, err)
	}
	stop := errors.New("stop")
	if err := s.Dump(&b, func() {}, func([]byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the callback's error became %v", err)
	}
	if _, err := s.Family("nlctrl"); err != nil {
		t.Errorf("after a dump that was given up: %v", err)
	}
}
