package probe

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/check"
)

func TestOnceTCP(t *testing.T) {
	_, four := listen(t, "127.0.0.1:0")
	tests := []struct {
		name   string
		target Target
		ok     bool
		reason string
	}{
		{name: "ok: connects (C1)", target: Target{Addr: four}, ok: true, reason: "connected"},
		{name: "ok: IPv4 written as IPv6", target: Target{Addr: netip.AddrPortFrom(netip.MustParseAddr("::ffff:127.0.0.1"), four.Port())},
			ok: true, reason: "connected"},
		{name: "ok: source address", target: Target{Addr: four, Bind: netip.MustParseAddrPort("127.0.0.9:0")}, ok: true, reason: "connected"},
		{name: "bad: nobody listens", target: Target{Addr: closedPort(t)}, reason: "connection refused"},
		{name: "bad: source address is not here (T8)", target: Target{Addr: four, Bind: netip.MustParseAddrPort("192.0.2.99:0")},
			reason: "source address 192.0.2.99: address not available on this node"},
		{name: "bad: source of another family", target: Target{Addr: four, Bind: netip.MustParseAddrPort("[::1]:0")},
			reason: "cannot be probed: source address ::1 is of another family"},
		{name: "bad: no address", reason: "cannot be probed"},
		{name: "bad: port 0 (V10)", target: Target{Addr: netip.MustParseAddrPort("127.0.0.1:0")}, reason: "cannot be probed"},
		{name: "bad: zone of no interface", target: Target{Addr: netip.MustParseAddrPort("[fe80::1%nosuch0]:80")}, reason: "no such device"},
		{name: "bad: unknown kind", target: Target{Kind: 77, Addr: four}, reason: "cannot be probed: unknown kind(77)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := Once(t.Context(), tt.target)
			if r.OK() != tt.ok || !strings.HasPrefix(r.Reason, tt.reason) {
				t.Errorf("%v, %q", r.Result, r.Reason)
			}
		})
	}
}

func TestOnceTCP6(t *testing.T) {
	_, six := listen(t, "[::1]:0")
	for _, bind := range []netip.AddrPort{{}, netip.MustParseAddrPort("[::1]:0")} {
		if r := Once(t.Context(), Target{Addr: six, Bind: bind}); !r.OK() {
			t.Errorf("bind %v: %s", bind, r.Reason)
		}
	}
}

func TestOnceInterfaceAndMark(t *testing.T) {
	_, addr := listen(t, "127.0.0.1:0")
	r := Once(t.Context(), Target{Addr: addr, BindIf: "lo", Mark: 7})
	if !r.OK() && !strings.Contains(r.Reason, "not permitted") {
		t.Errorf("%s", r.Reason)
	}
	r = Once(t.Context(), Target{Addr: addr, BindIf: "nosuch0"})
	if r.OK() || !strings.HasPrefix(r.Reason, "interface nosuch0") {
		t.Errorf("%v, %q", r.Result, r.Reason)
	}
}

// A full accept queue drops further SYNs: the connection hangs.
func TestOnceTimeout(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(sa.(*unix.SockaddrInet4).Port))
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r := Once(t.Context(), Target{Addr: addr, Check: check.Config{Timeout: 50 * time.Millisecond}})
	if r.OK() || r.Reason != "timeout after 50ms" || r.Latency < 50*time.Millisecond {
		t.Errorf("%v, %q, %v", r.Result, r.Reason, r.Latency)
	}
}

// No port, then a server, then none: down, up, down.
func TestTransitions(t *testing.T) {
	addr := closedPort(t)
	r := run(t, Options{}, Target{ID: "a", Addr: addr, Check: fast})
	if f := r.fact(); f.ID != "a" || f.Health != check.Down || f.Reason != "connection refused" || f.At.IsZero() {
		t.Fatalf("%+v", f)
	}
	l, _ := listen(t, addr.String())
	if f := r.fact(); f.Health != check.Up || f.Reason != "connected" {
		t.Fatalf("%+v", f)
	}
	st := r.until("a", runs(3))
	if st.Health != check.Up || !st.Ran || st.LastRun.IsZero() || st.Since.After(time.Now()) || st.Counts.Passed == 0 || st.Counts.Failed == 0 {
		t.Errorf("%+v", st)
	}
	l.Close()
	if f := r.fact(); f.Health != check.Down {
		t.Fatalf("%+v", f)
	}
}

func TestRetryAndRise(t *testing.T) {
	addr := closedPort(t)
	c := fast
	c.Retry, c.Rise = 3, 3
	r := run(t, Options{}, Target{ID: "a", Addr: addr, Check: c, Initial: check.Up})
	r.fact()
	st := r.until("a", runs(4))
	if st.Counts.Failed < 4 {
		t.Errorf("down after %d failures, want retry+1 = 4 (T5)", st.Counts.Failed)
	}
	before := r.Snapshot()[0].Counts.Passed
	listen(t, addr.String())
	r.fact()
	if st := r.until("a", runs(4)); st.Counts.Passed < before+3 {
		t.Errorf("up after %d successes, want 3", st.Counts.Passed-before)
	}
}

// Running out of descriptors is no verdict, and is logged once.
func TestDescriptorsRunOut(t *testing.T) {
	_, addr := listen(t, "127.0.0.1:0")
	var log strings.Builder
	r := run(t, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	r.mu.Lock()
	r.maxOpen = 0
	r.mu.Unlock()
	r.Set([]Target{{ID: "a", Addr: addr, Check: fast, Initial: check.Up}})
	st := r.until("a", func(st Status) bool { return st.Counts.Voided >= 5 })
	if st.Health != check.Up || st.Ran || !strings.HasPrefix(st.Reason, "no verdict") {
		t.Errorf("%+v", st)
	}
	r.mu.Lock()
	r.maxOpen = 10
	logged := strings.Count(log.String(), "\n")
	r.mu.Unlock()
	r.until("a", func(st Status) bool { return st.Counts.Passed > 0 })
	if logged != 1 {
		t.Errorf("%d lines logged: %s", logged, &log)
	}
	for _, e := range []unix.Errno{unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM} {
		if v := failErrno(causeSocket, "", e); v.result != check.Void {
			t.Errorf("%v is judged as %v", e, v.result)
		}
	}
}

func TestNoDescriptorLeak(t *testing.T) {
	count := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(list)
	}
	_, addr := listen(t, "127.0.0.1:0")
	Once(t.Context(), Target{Addr: addr}) // whatever the runtime opens for itself
	before := count()
	for range 20 {
		Once(t.Context(), Target{Addr: addr})
		Once(t.Context(), Target{Addr: mute(t), Kind: HTTPS, HTTP: &HTTPSpec{}, Check: check.Config{Timeout: time.Millisecond}})
	}
	// Twenty mute listeners are open, and their connections in the kernel count for nothing.
	if after := count(); after > before+20 {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func TestExplain(t *testing.T) {
	for e, want := range map[unix.Errno]string{
		unix.ECONNREFUSED: "connection refused", unix.EHOSTUNREACH: "no route to host", unix.ENETUNREACH: "network is unreachable",
		unix.ETIMEDOUT: "connection timed out", unix.ECONNRESET: "connection reset", syscall.EINVAL: "invalid argument",
	} {
		if got := explain(e); got != want {
			t.Errorf("%v: %q", e, got)
		}
	}
}
