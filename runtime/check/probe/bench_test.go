package probe

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/check"
)

// stepper drives the loop of a scheduler with one target by hand, against a listener of its own.
type stepper struct {
	*Scheduler
	t        *target
	events   []unix.EpollEvent
	listener int
}

func newStepper(tb testing.TB) *stepper {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	raw, err := l.(*net.TCPListener).SyscallConn()
	if err != nil {
		tb.Fatal(err)
	}
	st := &stepper{Scheduler: New(Options{}), events: make([]unix.EpollEvent, maxEvents)}
	_ = raw.Control(func(fd uintptr) { st.listener = int(fd) })
	st.Set([]Target{{ID: "a", Addr: addrOf(l), Check: check.Config{Interval: time.Hour, Timeout: patience, Rise: 1}}})
	if err := st.start(context.Background()); err != nil {
		tb.Fatal(err)
	}
	st.t = st.order[0]
	tb.Cleanup(func() {
		st.finish()
		l.Close()
	})
	return st
}

// probe runs one probe from its timer to its verdict, and takes the connection on the server's side.
func (st *stepper) probe(tb testing.TB) {
	st.mu.Lock()
	st.timers.set(st.t, 0)
	st.turn(nil, 0)
	st.mu.Unlock()
	for runs := st.t.counts.Passed; st.t.counts.Passed == runs; {
		n, err := st.poll.wait(st.events, time.Second)
		if err != nil || st.t.counts.Failed > 0 {
			tb.Fatal(err, st.t.cause)
		}
		st.mu.Lock()
		st.turn(st.events[:n], 0)
		st.mu.Unlock()
	}
	// Not unix.Accept, which allocates the address.
	if fd, _, e := unix.Syscall6(unix.SYS_ACCEPT4, uintptr(st.listener), 0, 0, unix.SOCK_NONBLOCK, 0, 0); e == 0 {
		unix.Close(int(fd))
	}
}

// BenchmarkTCPProbe is one probe in steady state: begun by its timer, answered through epoll, judged, planned again. The
// server's accept and close are part of it.
func BenchmarkTCPProbe(b *testing.B) {
	st := newStepper(b)
	b.ReportAllocs()
	for b.Loop() {
		st.probe(b)
	}
}

// A TCP probe allocates nothing in steady state.
func TestTCPProbeAllocatesNothing(t *testing.T) {
	st := newStepper(t)
	if n := testing.AllocsPerRun(100, func() { st.probe(t) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// many returns n targets that are never due during a benchmark.
func many(n int) []Target {
	list := make([]Target, n)
	for i := range list {
		list[i] = Target{
			ID:    fmt.Sprintf("vs%d/10.%d.%d.%d:80", i/10, i>>16&255, i>>8&255, i&255),
			Addr:  netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 80),
			Check: check.Config{Interval: time.Hour, Timeout: time.Second, Rise: 1, Warmup: 1000 * time.Hour},
		}
	}
	return list
}

// BenchmarkSet50000 sets a list of 50,000 targets of which one has changed.
func BenchmarkSet50000(b *testing.B) {
	for name, withHTTP := range map[string]bool{"tcp": false, "http": true} {
		b.Run(name, func(b *testing.B) {
			list := many(50_000)
			s := New(Options{})
			s.running = true // timers are part of it
			for i := range b.N {
				b.StopTimer()
				if withHTTP { // made anew, as a compiler does
					for k := range list {
						list[k].Kind, list[k].HTTP = HTTP, &HTTPSpec{URLs: []URL{{Path: "/healthz"}}}
					}
				}
				list[25_000].Check.Retry = i
				if i == 0 {
					s.Set(list)
				}
				b.StartTimer()
				s.Set(list)
			}
		})
	}
}

// BenchmarkSetFirst50000 takes 50,000 new targets in.
func BenchmarkSetFirst50000(b *testing.B) {
	list := many(50_000)
	b.ReportAllocs()
	for b.Loop() {
		s := New(Options{})
		s.running = true
		s.Set(list)
	}
}

// BenchmarkMemory10000 reports the memory of 10,000 TCP targets, without that of the caller's list.
func BenchmarkMemory10000(b *testing.B) {
	list := many(10_000)
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := New(Options{})
		s.running = true
		s.Set(list)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/10_000, "B/target")
		runtime.KeepAlive(s)
	}
}

// BenchmarkResponse parses a small response.
func BenchmarkResponse(b *testing.B) {
	text := []byte("HTTP/1.1 200 OK\r\nServer: x\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
	var r response
	b.ReportAllocs()
	for b.Loop() {
		r.begin(false, false, false)
		if done, err := r.feed(text); !done || err != nil {
			b.Fatal(err)
		}
	}
}
