package probe

import (
	"context"
	"io"
	"log"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/check"
)

// patience is how long a test waits for what should come within milliseconds: machines may be busy.
const patience = 30 * time.Second

// fast is a check that runs often and tolerates nothing.
var fast = check.Config{Interval: 5 * time.Millisecond, Timeout: 10 * time.Second, Rise: 1}

// runner is a scheduler that runs until the test ends, and its facts.
type runner struct {
	*Scheduler
	t     *testing.T
	facts chan Fact
}

func run(t *testing.T, o Options, targets ...Target) *runner {
	t.Helper()
	r := &runner{t: t, facts: make(chan Fact, 1000)}
	o.Report = func(facts []Fact) {
		for _, f := range facts {
			r.facts <- f
		}
	}
	r.Scheduler = New(o)
	r.Set(targets)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	<-r.Ready()
	return r
}

// fact returns the next fact.
func (r *runner) fact() Fact {
	r.t.Helper()
	select {
	case f := <-r.facts:
		return f
	case <-time.After(patience):
		r.t.Fatalf("no fact; %+v", r.Snapshot())
		return Fact{}
	}
}

// until waits for a status that pleases.
func (r *runner) until(id string, ok func(Status) bool) Status {
	r.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		all := r.Snapshot()
		for _, st := range all {
			if st.ID == id && ok(st) {
				return st
			}
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("waited for %s in vain: %+v", id, all)
		}
	}
}

// runs returns a condition: at least n verdicts.
func runs(n uint64) func(Status) bool {
	return func(st Status) bool { return st.Counts.Passed+st.Counts.Failed >= n }
}

// listen returns a listener that accepts and closes, and its address.
func listen(t *testing.T, addr string) (*net.TCPListener, netip.AddrPort) {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Skipf("no such address here: %v", err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	return l.(*net.TCPListener), addrOf(l)
}

func addrOf(l net.Listener) netip.AddrPort { return l.Addr().(*net.TCPAddr).AddrPort() }

// closedPort returns an address where nobody listens.
func closedPort(t *testing.T) netip.AddrPort {
	t.Helper()
	l, addr := listen(t, "127.0.0.1:0")
	l.Close()
	return addr
}

// mute returns a listener that takes connections in the kernel and never answers.
func mute(t *testing.T) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return addrOf(l)
}

var someAddr = netip.MustParseAddrPort("192.0.2.1:80")

// discard is for servers that would complain about probes.
var discard = log.New(io.Discard, "", 0)
