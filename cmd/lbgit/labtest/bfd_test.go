package labtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lbgit/lbgit/runtime/control"
	"github.com/lbgit/lbgit/runtime/lab"
)

// bfdPeer is a keepalived with a session to lb1 in either family, and an
// instance of its own that stands and falls with them.
const bfdPeer = `
bfd_instance lb4 {
    neighbor_ip 192.0.2.1
    source_ip 192.0.2.9
    min_rx 100
    min_tx 100
    multiplier 5
}
bfd_instance lb6 {
    neighbor_ip 2001:db8::1
    source_ip 2001:db8::9
    min_rx 100
    min_tx 100
    multiplier 5
}
vrrp_instance own {
    interface eth0
    virtual_router_id 90
    priority 100
    virtual_ipaddress { 192.0.2.190/24 }
    track_bfd {
        lb4
        lb6
    }
}
`

// bfdNode is a node whose instance tracks both sessions; %s is the weight of
// the IPv4 one.
func bfdNode(weight string) string {
	return `
bfd_session "router4" {
  neighbor       = "192.0.2.9"
  source_address = "192.0.2.1"
  min_rx         = "100ms"
  min_tx         = "100ms"
}
bfd_session "router6" {
  neighbor = "2001:db8::9"
  min_rx   = "100ms"
  min_tx   = "100ms"
  ttl      = 64 # as keepalived has it
}
` + strings.Replace(fast, "addresses ", fmt.Sprintf("priority = 150\n  track_bfd \"router4\" { %s }\n  track_bfd \"router6\" { weight = 7 }\n  addresses ", weight), 1)
}

// session gives a BFD session as the daemon shows it.
func (d *daemon) session(name string) control.BFDSession {
	for _, s := range d.now().BFD {
		if s.Name == name {
			return s
		}
	}
	d.t.Fatalf("%s has no session %s", d.node.Name, name)
	return control.BFDSession{}
}

// bfdState waits for the state of sessions.
func (d *daemon) bfdState(want string, names ...string) {
	d.t.Helper()
	for _, name := range names {
		lab.Eventually(d.t, long, fmt.Sprintf("%s: session %s is %s", d.node.Name, name, want), func() error {
			if s := d.session(name); s.State != want || (want == "Up") != s.Up {
				return fmt.Errorf("it is %+v", s)
			}
			return nil
		})
	}
}

// TestBFDWithKeepalived: sessions with real keepalived in both families; what
// a session says decides who is master.
func TestBFDWithKeepalived(t *testing.T) {
	for name, program := range map[string]string{"2.2.7": lab.KeepalivedStable, "2.3": lab.KeepalivedNewest} {
		t.Run(name, func(t *testing.T) {
			net := lab.New(t)
			n1, n2 := net.Node("lb1", "192.0.2.1/24", "2001:db8::1/64"), net.Node("lb2", "192.0.2.2/24")
			router := net.Node("router", "192.0.2.9/24", "2001:db8::9/64")
			lab.Keepalived(router, bfdPeer, program)
			lb1 := run(t, n1, bfdNode(""))
			run(t, n2, fast)
			lb1.bfdState("Up", "router4", "router6")
			address(t, n1, vip, true)
			address(t, router, "192.0.2.190", true) // the peer sees both sessions Up, too
			if i := lb1.now().Instances[0]; i.Priority != 157 {
				t.Errorf("priority %d with a good session of weight 7, want 157: %+v", i.Priority, i)
			}
			t.Log(lb1.expect(0, "status"))

			router.Crash()
			t.Logf("lb2 takes over %v after the peer's crash; the detection time is 500 ms", address(t, n2, vip, true))
			if s := lb1.session("router4"); s.Diagnostic != "detection time expired" || s.Downs == 0 {
				t.Errorf("after the crash: %+v", s)
			}
			if i := lb1.now().Instances[0]; i.State != "FAULT" {
				t.Errorf("lb1 is %+v", i)
			}

			lab.Keepalived(router, bfdPeer, program)
			lb1.bfdState("Up", "router4", "router6")
			address(t, n1, vip, true)
			lb1.push(bfdNode("weight = -100"))
			router.Crash()
			address(t, n2, vip, true)
			if i := lb1.now().Instances[0]; i.State != "BACKUP" || i.Priority != 50 {
				t.Errorf("lb1 is %+v, want BACKUP with 150 - 100", i)
			}

			lab.Keepalived(router, bfdPeer, program)
			lb1.bfdState("Up", "router4", "router6")
			address(t, router, "192.0.2.190", true)
			lb1.stop() // says Down, which a keepalived takes for what it is
			address(t, router, "192.0.2.190", false)
		})
	}
}

// TestBFDMultihop: a neighbour behind a router; and the packets as tcpdump
// reads them.
func TestBFDMultihop(t *testing.T) {
	net := lab.New(t)
	n1, router := net.Node("lb1", "192.0.2.1/24"), net.Node("router", "192.0.2.254/24")
	back := net.Segment("back")
	router.Attach(back, "eth1", "198.51.100.254/24")
	router.Forward()
	far := net.Node("far")
	far.Attach(back, "eth9", "198.51.100.1/24")
	n1.DefaultRoute("192.0.2.254")
	far.DefaultRoute("198.51.100.254")
	node := func(source, neighbor string, hops int) string {
		return fmt.Sprintf(`
bfd_session "far" {
  neighbor       = %q
  source_address = %q
  multihop       = true
  max_hops       = %d
  min_rx         = "100ms"
  min_tx         = "100ms"
}
`, neighbor, source, hops)
	}
	one := run(t, n1, node("192.0.2.1", "198.51.100.1", 1))
	two := run(t, far, node("198.51.100.1", "192.0.2.1", 1))
	one.bfdState("Up", "far")
	two.bfdState("Up", "far")
	seen := n1.Run("timeout", "20", "tcpdump", "-n", "-vv", "-K", "-Z", "root", "-c", "6", "-i", "eth0", "udp dst port 4784")
	for _, want := range []string{"BFDv1, length: 24", "Multihop, State Up, Flags: [none], Diagnostic: No Diagnostic (0x00)",
		"Detection Timer Multiplier: 5 (500 ms Detection time), BFD Length: 24", "Desired min Tx Interval:     100 ms",
		"Required min Rx Interval:    100 ms", "ttl 255", "ttl 254", "tos 0xc0"} {
		if !strings.Contains(seen, want) {
			t.Errorf("tcpdump does not say %q:\n%s", want, seen)
		}
	}
	one.push(node("192.0.2.1", "198.51.100.1", 0))
	one.bfdState("Down", "far")
	if s := one.session("far"); s.Rejected["hops"] == 0 {
		t.Errorf("packets that crossed a router are not rejected: %+v", s)
	}
}
