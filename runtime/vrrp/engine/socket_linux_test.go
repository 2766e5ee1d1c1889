package engine

import (
	"context"
	"errors"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/internal/clock"
	"github.com/lbgit/lbgit/runtime/vrrp"
)

// inside runs f in a network namespace, on a thread of its own.  The thread
// goes back to other work only if it is certainly back in its old namespace;
// otherwise it ends with its goroutine.
func inside(ns netns.NsHandle, f func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		old, err := netns.Get()
		if err != nil {
			result <- err
			return // still locked: the thread ends
		}
		defer old.Close()
		if err := netns.Set(ns); err != nil {
			result <- err
			return
		}
		err = f()
		if netns.Set(old) == nil {
			runtime.UnlockOSThread()
		}
		result <- err
	}()
	return <-result
}

// newNS makes a namespace that nothing but the handle refers to.
func newNS(t *testing.T) netns.NsHandle {
	t.Helper()
	type made struct {
		ns  netns.NsHandle
		err error
	}
	result := make(chan made, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends here
		ns, err := netns.New()
		result <- made{ns, err}
	}()
	m := <-result
	if errors.Is(m.err, unix.EPERM) {
		t.Skip("needs CAP_SYS_ADMIN to make a network namespace")
	}
	if m.err != nil {
		t.Fatal(m.err)
	}
	t.Cleanup(func() { m.ns.Close() })
	return m.ns
}

// nsNetwork is system in a namespace.
type nsNetwork struct {
	system
	ns netns.NsHandle
}

func (n nsNetwork) Probe(ifname string) (info linkInfo) {
	err := inside(n.ns, func() error { info = n.system.Probe(ifname); return nil })
	if err != nil {
		info.Problem = err
	}
	return info
}

func (n nsNetwork) Listen(on linkInfo, key listenKey) (l listener, err error) {
	err = inside(n.ns, func() (err error) { l, err = n.system.Listen(on, key); return err })
	return l, err
}

func (n nsNetwork) Dial(by linkInfo, v6 bool) (s sender, err error) {
	err = inside(n.ns, func() (err error) { s, err = n.system.Dial(by, v6); return err })
	return s, err
}

// cable makes two namespaces with a veth pair between them, eth0 on both ends.
func cable(t *testing.T) (a, b netns.NsHandle) {
	t.Helper()
	a, b = newNS(t), newNS(t)
	err := inside(a, func() error {
		veth := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: "eth0"}, PeerName: "eth0", PeerNamespace: netlink.NsFd(int(b))}
		if err := netlink.LinkAdd(veth); err != nil {
			return err
		}
		return address("10.0.0.1/24", "fe80::1/64")
	})
	if errors.Is(err, unix.EOPNOTSUPP) {
		t.Skip("needs veth in the kernel")
	}
	if err == nil {
		err = inside(b, func() error { return address("10.0.0.2/24", "fe80::2/64") })
	}
	for _, ns := range []netns.NsHandle{a, b} {
		for err == nil && !(nsNetwork{ns: ns}).Probe("eth0").Up {
			time.Sleep(time.Millisecond) // the carrier comes a little later
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return a, b
}

func address(list ...string) error {
	l, err := netlink.LinkByName("eth0")
	if err != nil {
		return err
	}
	for _, s := range list {
		addr, err := netlink.ParseAddr(s)
		if err != nil {
			return err
		}
		if strings.Contains(s, ":") {
			addr.Flags = unix.IFA_F_NODAD
		}
		if err := netlink.AddrAdd(l, addr); err != nil {
			return err
		}
	}
	return netlink.LinkSetUp(l)
}

// live runs an engine in a namespace and hands its facts out.
func live(t *testing.T, ns netns.NsHandle, spec Instance) (*Engine, <-chan Fact, func()) {
	t.Helper()
	facts := make(chan Fact, 100)
	e := newEngine(Options{Report: func(f Fact) { facts <- f }}, nsNetwork{ns: ns}, clock.Boottime)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); e.Run(ctx) }()
	stop := sync.OnceFunc(func() { cancel(); <-ended })
	t.Cleanup(stop)
	e.Configure([]Instance{spec})
	<-e.Ready()
	return e, facts, stop
}

func await(t *testing.T, facts <-chan Fact, role vrrp.Role, within time.Duration) Fact {
	t.Helper()
	for timeout := time.After(within); ; {
		select {
		case f := <-facts:
			if f.Role == role {
				return f
			}
		case <-timeout:
			t.Fatalf("not %s within %s", role, within)
		}
	}
}

// TestSockets elects, hands over, and fails over between two network stacks.
func TestSockets(t *testing.T) {
	for _, tc := range []struct {
		name    string
		version uint8
		addr    string
		pass    string
		edit    func(s *Instance, own, peer int)
	}{
		{"v2", 2, "192.0.2.10", "", nil},
		{"v2 with password", 2, "192.0.2.10", "secret", nil},
		{"v3", 3, "192.0.2.10", "", nil},
		{"v3 over IPv6", 3, "fe80::10", "", nil},
		{"AH", 2, "192.0.2.10", "secret", func(s *Instance, _, _ int) { s.AuthAH = true }},
		{"unicast without an interface", 3, "192.0.2.10", "", func(s *Instance, own, peer int) {
			s.Unicast, s.Interface, s.CheckSource = true, "", true
			s.Config.Source = netip.AddrFrom4([4]byte{10, 0, 0, byte(own)})
			s.Peers = []Peer{{Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(peer)}), MinTTL: 255}}
		}},
		{"IPv6 unicast between link-local addresses", 3, "fe80::10", "", func(s *Instance, _, peer int) {
			s.Unicast, s.CheckSource = true, true
			s.Peers = []Peer{{Addr: netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 15: byte(peer)}), MinTTL: 255}}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			nsA, nsB := cable(t)
			spec := func(priority uint8, own, peer int) Instance {
				s := front(priority)
				s.Config.Version, s.Advertised, s.AuthPass = tc.version, []netip.Addr{netip.MustParseAddr(tc.addr)}, tc.pass
				if tc.version == 3 {
					s.Config.Interval = 100 * time.Millisecond
				}
				if tc.edit != nil {
					tc.edit(&s, own, peer)
				}
				return s
			}
			down := 5 * time.Second
			a, factsA, _ := live(t, nsA, spec(150, 1, 2))
			await(t, factsA, vrrp.Master, down)
			b, factsB, stopB := live(t, nsB, spec(200, 2, 1))
			await(t, factsB, vrrp.Master, down)
			await(t, factsA, vrrp.Backup, down)
			if s := a.Snapshot()[0]; s.MasterPriority != 200 || s.Counters.Received == 0 || s.SendError != "" || s.Counters.Errors != (Counters{}).Errors {
				t.Errorf("a: %+v", s)
			}
			if err := b.Release(t.Context()); err != nil {
				t.Fatal(err)
			}
			await(t, factsB, vrrp.Backup, down)
			if f := await(t, factsA, vrrp.Master, time.Second); f.Cause != vrrp.CausePriority0 {
				t.Errorf("cause %q", f.Cause)
			}
			stopB()
			if s := a.Snapshot()[0]; s.Counters.PriorityZeroReceived != 1 {
				t.Errorf("a: %+v", s)
			}
			if spec(1, 1, 2).Interface == "" {
				return
			}
			// The cable is pulled.
			err := inside(nsA, func() error {
				l, err := netlink.LinkByName("eth0")
				if err != nil {
					return err
				}
				return netlink.LinkSetDown(l)
			})
			if err != nil {
				t.Fatal(err)
			}
			a.LinkChanged("eth0")
			await(t, factsA, vrrp.Fault, time.Second)
		})
	}
}
