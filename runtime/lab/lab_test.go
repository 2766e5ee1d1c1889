//go:build linux

package lab_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbgit/lbgit/runtime/lab"
)

func TestMain(m *testing.M) { lab.Main(m) }

const long = 30 * time.Second

func TestNATServiceReachesBothServers(t *testing.T) {
	net := lab.New(t)
	back := net.Segment("back")
	client := net.Node("client", "192.0.2.1/24")
	director := net.Node("director", "192.0.2.10/24")
	director.Attach(back, "eth1", "10.0.0.1/24")
	director.Forward()
	for _, name := range []string{"real1", "real2"} {
		real := net.Node(name)
		real.Attach(back, "eth1", "10.0.0.1"+name[4:]+"/24")
		real.DefaultRoute("10.0.0.1")
		real.HTTPServer(":80", name)
	}
	director.Run("ipvsadm", "-A", "-t", "192.0.2.10:80", "-s", "rr")
	director.Run("ipvsadm", "-a", "-t", "192.0.2.10:80", "-r", "10.0.0.11:80", "-m")
	director.Run("ipvsadm", "-a", "-t", "192.0.2.10:80", "-r", "10.0.0.12:80", "-m")

	everyoneAnswers(t, func() (string, error) { return client.Get("http://192.0.2.10/") })
	want := strings.Join([]string{
		"-A -t 192.0.2.10:80 -s rr",
		"-a -t 192.0.2.10:80 -r 10.0.0.11:80 -m -w 1",
		"-a -t 192.0.2.10:80 -r 10.0.0.12:80 -m -w 1",
	}, "\n")
	if diff := cmp.Diff(want, lab.IPVS(director)); diff != "" {
		t.Errorf("ipvsadm -Sn (-want +got):\n%s", diff)
	}
}

func TestDirectRoutingAndTunnelServices(t *testing.T) {
	for flag, accept := range map[string]func(*lab.Node){"-g": func(*lab.Node) {}, "-i": (*lab.Node).Unwrap} {
		t.Run(flag, func(t *testing.T) {
			net := lab.New(t)
			client := net.Node("client", "192.0.2.1/24")
			director := net.Node("director", "192.0.2.2/24", "192.0.2.10/32")
			director.Run("ipvsadm", "-A", "-t", "192.0.2.10:80", "-s", "rr")
			director.Run("ipvsadm", "-A", "-u", "192.0.2.10:53", "-s", "rr", "-o")
			for i, name := range []string{"real1", "real2"} {
				addr := fmt.Sprintf("192.0.2.%d", 21+i)
				real := net.Node(name, addr+"/24")
				real.HoldQuietly("192.0.2.10")
				accept(real)
				real.TCPServer("192.0.2.10:80", name)
				real.UDPServer("192.0.2.10:53", name)
				director.Run("ipvsadm", "-a", "-t", "192.0.2.10:80", "-r", addr+":80", flag)
				director.Run("ipvsadm", "-a", "-u", "192.0.2.10:53", "-r", addr+":53", flag)
			}
			everyoneAnswers(t, func() (string, error) { return client.Ask("tcp", "192.0.2.10:80") })
			everyoneAnswers(t, func() (string, error) { return client.Ask("udp", "192.0.2.10:53") })
		})
	}
}

// everyoneAnswers asks until both servers have answered.
func everyoneAnswers(t *testing.T, ask func() (string, error)) {
	t.Helper()
	seen := map[string]bool{}
	lab.Eventually(t, long, "both servers answer", func() error {
		name, err := ask()
		if err != nil {
			return err
		}
		seen[name] = true
		if !seen["real1"] || !seen["real2"] {
			return fmt.Errorf("only %v so far", seen)
		}
		return nil
	})
}

func keepalived(priority int) string {
	return fmt.Sprintf(`
global_defs {
    vrrp_garp_master_delay 0
}
vrrp_instance web {
    interface eth0
    state BACKUP
    virtual_router_id 51
    priority %d
    advert_int 1
    virtual_ipaddress {
        192.0.2.100/24
    }
}
`, priority)
}

func TestKeepalivedFailsOver(t *testing.T) {
	const vip = "192.0.2.100"
	net := lab.New(t)
	lb1, lb2 := net.Node("lb1", "192.0.2.1/24"), net.Node("lb2", "192.0.2.2/24")
	observer := net.Node("observer", "192.0.2.3/24")
	adverts := lab.Capture(observer, "eth0", "ip proto 112")

	lab.Keepalived(lb1, keepalived(150), lab.KeepalivedStable)
	lab.Eventually(t, long, "lb1 holds the address", holds(lb1, vip))
	lab.Keepalived(lb2, keepalived(100), lab.KeepalivedNewest)
	lab.Eventually(t, long, "adverts of lb1 are seen", advertFrom(adverts, "192.0.2.1"))
	lb1.Crash()
	lab.Eventually(t, long, "lb2 holds the address", holds(lb2, vip))
	lab.Eventually(t, long, "adverts of lb2 are seen", advertFrom(adverts, "192.0.2.2"))
}

func holds(n *lab.Node, addr string) func() error {
	return func() error {
		if !lab.Holds(n, "eth0", addr) {
			return fmt.Errorf("%s has %v", n.Name, lab.Addresses(n, "eth0"))
		}
		return nil
	}
}

func advertFrom(c *lab.Recording, addr string) func() error {
	want := netip.MustParseAddr(addr)
	return func() error {
		all := c.Packets()
		for _, p := range all {
			ip := p.Data[14:] // after the Ethernet header
			if source, ok := netip.AddrFromSlice(ip[12:16]); ok && source == want && ip[20]>>4 == 2 {
				return nil
			}
		}
		return fmt.Errorf("none of %d packets is one", len(all))
	}
}

func TestNodesAreApart(t *testing.T) {
	net := lab.New(t)
	a, b := net.Node("a", "10.0.0.1/24", "2001:db8::1/64"), net.Node("b", "10.0.0.2/24", "2001:db8::2/64")
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24"), netip.MustParsePrefix("2001:db8::1/64")}
	if got := lab.Addresses(a, "eth0"); !slices.Equal(got, want) {
		t.Errorf("addresses of a: got %v, want %v", got, want)
	}
	web := b.HTTPServer(":80", "b")
	for _, url := range []string{"http://10.0.0.2/", "http://[2001:db8::2]/"} {
		if body, err := a.Get(url); body != "b" || err != nil {
			t.Errorf("get %s: got %q, %v", url, body, err)
		}
	}
	if web.Hits() != 2 {
		t.Errorf("hits: got %d, want 2", web.Hits())
	}
	web.SetStatus(503)
	if _, err := a.Get("http://10.0.0.2/"); err == nil {
		t.Error("no error for status 503")
	}
	web.SetStatus(200)
	web.Stop()
	if _, err := a.Dial("tcp", "10.0.0.2:80"); err == nil {
		t.Error("a stopped server accepts")
	}
	web.Start()
	b.Unplug("eth0")
	if out := b.Run("ip", "-br", "link", "show", "eth0"); !strings.Contains(out, "NO-CARRIER") {
		t.Errorf("unplugged, but: %s", out)
	}
	b.Plug("eth0")
	lab.Eventually(t, long, "the plugged cable works", func() error { _, err := a.Get("http://10.0.0.2/"); return err })
	b.LinkDown("eth0")
	if _, err := a.Dial("tcp", "10.0.0.2:80"); err == nil {
		t.Error("a link that is down carries a connection")
	}
	b.LinkUp("eth0")
	lab.Eventually(t, long, "the link that is up works", func() error { _, err := a.Get("http://10.0.0.2/"); return err })
}

func TestDaemonIsObserved(t *testing.T) {
	n := lab.New(t).Node("n")
	p := n.Daemon("bash", "-c", "echo one; trap 'echo two; exit 3' TERM; while :; do sleep 0.05; done")
	lab.Eventually(t, long, "it has started", func() error {
		if p.Output() != "one\n" {
			return fmt.Errorf("output is %q", p.Output())
		}
		return nil
	})
	p.Signal(15)
	if err := p.Wait(); err == nil || err.Error() != "exit status 3" {
		t.Errorf("ended with %v, want exit status 3", err)
	}
	if p.Output() != "one\ntwo\n" {
		t.Errorf("output is %q", p.Output())
	}
}
