package filter_test

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/link/filter"
)

// space is a network namespace: a thread that does what it is told there.
type space struct {
	t   *testing.T
	tid int
	do  chan func()
}

func newSpace(t *testing.T) *space {
	s := &space{t: t, do: make(chan func())}
	t.Cleanup(func() { close(s.do) })
	ready := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with its namespace
		s.tid = unix.Gettid()
		err := unix.Unshare(unix.CLONE_NEWNET)
		ready <- err
		for f := range s.do {
			f()
		}
	}()
	if err := <-ready; err != nil {
		t.Skipf("no network namespace can be made here: %v", err)
	}
	return s
}

func (s *space) in(f func()) {
	done := make(chan struct{})
	s.do <- func() { defer close(done); f() }
	<-done
}

// ip runs commands of ip(8), one a line.
func (s *space) ip(lines string, args ...any) {
	s.t.Helper()
	if _, err := exec.LookPath("ip"); err != nil {
		s.t.Skip("no ip(8) here")
	}
	for line := range strings.Lines(fmt.Sprintf(lines, args...)) {
		var out []byte
		var err error
		s.in(func() { out, err = exec.Command("ip", strings.Fields(line)...).CombinedOutput() })
		if err != nil && strings.TrimSpace(line) != "" {
			s.t.Fatalf("ip %s: %v: %s", line, err, out)
		}
	}
}

// apply brings the node to the filters given by a plan, and shows that nothing
// is left to do.
func (s *space) apply(want ...string) {
	s.t.Helper()
	var desired state.State
	for _, a := range want {
		desired.Filters = append(desired.Filters, state.Filter{Addr: netip.MustParseAddr(a)})
	}
	desired.Normalize()
	p := plan.Diff(desired, s.observe(), plan.Claims{VRRP: true}, state.Everything)
	for _, op := range p.Ops {
		var err error
		s.in(func() { err = filter.Apply(op.Verb, op.Object().(state.Filter)) })
		if err != nil {
			s.t.Skipf("the kernel has no nftables of the inet family: %v", err)
		}
	}
	if got := s.observe().Filters; !slices.Equal(got, desired.Filters) {
		s.t.Fatalf("there are %v, wanted %v", got, desired.Filters)
	}
}

func (s *space) observe() (o state.State) {
	s.t.Helper()
	var err error
	s.in(func() { o.Filters, err = filter.Observe() })
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

func (s *space) tables() (n int) {
	s.t.Helper()
	s.in(func() {
		c, err := nftables.New()
		if err == nil {
			var list []*nftables.Table
			list, err = c.ListTables()
			n = len(list)
		}
		if err != nil {
			s.t.Error(err)
		}
	})
	return n
}

// listen opens a TCP port on all addresses.
func (s *space) listen() {
	s.t.Helper()
	s.in(func() {
		// Each family by name: what this process thinks of IPv6 is about the
		// namespace that it was started in.
		for _, network := range []string{"tcp4", "tcp6"} {
			l, err := net.Listen(network, ":8000")
			if err != nil {
				s.t.Error(err)
				return
			}
			s.t.Cleanup(func() { l.Close() })
		}
	})
}

// connects tells whether a connection comes about within a second or so.
func (s *space) connects(addr string) (ok bool) {
	s.in(func() {
		c, err := net.DialTimeout("tcp", net.JoinHostPort(addr, "8000"), 1500*time.Millisecond)
		if ok = err == nil; ok {
			c.Close()
		}
	})
	return ok
}

func (s *space) neighbor(addr string) string {
	var out []byte
	s.in(func() { out, _ = exec.Command("ip", "neigh", "show", addr).Output() })
	return string(out)
}

func TestTableComesAndGoes(t *testing.T) {
	s := newSpace(t)
	s.apply("192.0.2.10", "2001:db8::10", "192.0.2.11")
	s.apply("192.0.2.11", "2001:db8::10")
	s.apply("192.0.2.11", "2001:db8::10")
	s.in(func() {
		for _, verb := range []state.Verb{state.Add, state.Remove, state.Remove} {
			if err := filter.Apply(verb, state.Filter{Addr: netip.MustParseAddr("192.0.2.12")}); err != nil {
				t.Errorf("%s, done before: %v", verb, err)
			}
		}
	})
	// Somebody takes the rules out: what is left in the sets drops nothing.
	s.in(func() {
		c, _ := nftables.New()
		table := &nftables.Table{Name: "lbgit", Family: nftables.TableFamilyINet}
		c.FlushChain(&nftables.Chain{Name: "input", Table: table})
		if err := c.Flush(); err != nil {
			t.Error(err)
		}
	})
	if left := s.observe().Filters; len(left) > 0 {
		t.Errorf("without rules there are %v", left)
	}
	s.apply("192.0.2.11", "2001:db8::10")
	s.apply()
	if n := s.tables(); n != 0 {
		t.Errorf("%d tables are left behind", n)
	}
}

func TestDropsWhatIsSentToTheAddress(t *testing.T) {
	client, node, server := newSpace(t), newSpace(t), newSpace(t)
	node.ip(`link add front type veth peer name eth0 netns %d
		link add back type veth peer name eth0 netns %d
		addr add 192.0.2.1/24 dev front
		addr add 192.0.2.10/32 dev front
		addr add 2001:db8::10/64 dev front nodad
		addr add 198.51.100.1/24 dev back
		link set front up
		link set back up`, client.tid, server.tid)
	client.ip(`addr add 192.0.2.2/24 dev eth0
		addr add 2001:db8::2/64 dev eth0 nodad
		link set eth0 up
		route add 198.51.100.0/24 via 192.0.2.1`)
	server.ip(`addr add 198.51.100.9/24 dev eth0
		link set eth0 up
		route add 192.0.2.0/24 via 198.51.100.1`)
	node.forward()
	node.listen()
	server.listen()
	reach := func(want bool, addrs ...string) {
		t.Helper()
		for _, a := range addrs {
			if client.connects(a) != want {
				t.Errorf("%s: connects is %v", a, !want)
			}
		}
	}
	reach(true, "192.0.2.10", "2001:db8::10", "192.0.2.1", "198.51.100.9")

	// That the server's address is among them does not matter: it is elsewhere.
	node.apply("192.0.2.10", "2001:db8::10", "198.51.100.9")
	reach(false, "192.0.2.10", "2001:db8::10")
	reach(true, "192.0.2.1", "198.51.100.9")

	// Neighbour discovery answers, asked by everybody's address and by its own:
	// a neighbour that is being probed gets solicitations sent to it alone.
	for _, ask := range []string{"neigh flush dev eth0", "neigh change 2001:db8::10 dev eth0 nud probe"} {
		client.ip("%s", ask)
		client.connects("2001:db8::10")
		if n := client.neighbor("2001:db8::10"); !strings.Contains(n, "REACHABLE") {
			t.Errorf("after ip %s: %s", ask, n)
		}
	}

	node.apply()
	reach(true, "192.0.2.10", "2001:db8::10", "192.0.2.1", "198.51.100.9")
}

// forward makes the namespace a router of IPv4.
func (s *space) forward() {
	s.t.Helper()
	s.in(func() {
		if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0); err != nil {
			s.t.Error(err)
		}
	})
}
