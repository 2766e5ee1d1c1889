package labtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

// madeLink is what ip tells of a link that is made for an instance.
type madeLink struct {
	Name    string   `json:"ifname"`
	Parent  string   `json:"link"`
	MAC     string   `json:"address"`
	Alias   string   `json:"ifalias"`
	Flags   []string `json:"flags"`
	Group   string   `json:"group"`
	AddrGen string   `json:"inet6_addr_gen_mode"`
	Info    struct {
		Kind string         `json:"info_kind"`
		Data map[string]any `json:"info_data"`
	} `json:"linkinfo"`
}

func showLink(n *lab.Node, name string) (l madeLink, err error) {
	out, err := n.Try("ip", "-d", "-j", "link", "show", "dev", name)
	if err != nil {
		return l, err
	}
	var all []madeLink
	if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) != 1 {
		return l, fmt.Errorf("%v: %s", err, out)
	}
	return all[0], nil
}

// settings are the kernel parameters of fact 13.4, as `name=value`.
func settings(n *lab.Node, vmac string) string {
	var out []string
	for _, s := range []string{vmac + "/arp_ignore", vmac + "/accept_local", vmac + "/rp_filter", vmac + "/promote_secondaries",
		"eth0/arp_ignore", "eth0/arp_filter", "eth0/arp_announce", "all/rp_filter"} {
		v, _ := n.Try("cat", "/proc/sys/net/ipv4/conf/"+s)
		out = append(out, s+"="+strings.TrimSpace(v))
	}
	return strings.Join(out, " ")
}

func withVMAC(more string) string {
	return fmt.Sprintf(`
vrrp_instance "front" {
  interface         = "eth0"
  virtual_router_id = 51
  priority          = 150
  addresses         = ["192.0.2.100/24", "192.0.2.101/24"]
  %s
}
`, more)
}

// holds waits until a link of a machine has an address, or does not.
func holds(t *testing.T, n *lab.Node, dev, addr string, held bool) {
	t.Helper()
	lab.Eventually(t, long, fmt.Sprintf("%s: %s holds %s: %v", n.Name, dev, addr, held), func() error {
		if _, err := showLink(n, dev); err != nil {
			if held {
				return err
			}
			return nil
		}
		if lab.Holds(n, dev, addr) != held {
			return fmt.Errorf("it has %v", lab.Addresses(n, dev))
		}
		return nil
	})
}

// linkGone waits until there is no such link.
func linkGone(t *testing.T, n *lab.Node, dev string) {
	t.Helper()
	lab.Eventually(t, long, dev+" is gone", func() error {
		if _, err := showLink(n, dev); err == nil {
			return errors.New("it is there")
		}
		return nil
	})
}

// TestVirtualMAC: the macvlan of an instance is made, used, kept, moved to and
// from by a reload, and gone after the stop, with all settings given back.
func TestVirtualMAC(t *testing.T) {
	net := lab.New(t)
	n, client := net.Node("lb1", "192.0.2.1/24"), net.Node("client", "192.0.2.3/24")
	n.Sysctl("net.ipv4.conf.all.rp_filter", "1")
	const off = " eth0/arp_ignore=0 eth0/arp_filter=0 eth0/arp_announce=0 all/rp_filter=1"
	arp := lab.Capture(client, "eth0", "arp")
	d := run(t, n, withVMAC("vmac {}"))
	holds(t, n, "vrrp.51", "192.0.2.101", true)
	clean := func(what string) {
		t.Helper()
		lab.Eventually(t, long, what+": the plan is empty", func() error {
			if code, out := d.lbgit("plan", "--detailed-exitcode", d.source); code != 0 {
				return errors.New(out)
			}
			return nil
		})
	}
	check := func(what string) {
		t.Helper()
		lab.Eventually(t, long, what+": the link is as wanted", func() error {
			l, err := showLink(n, "vrrp.51")
			if err != nil {
				return err
			}
			if l.MAC != "00:00:5e:00:01:33" || l.Info.Kind != "macvlan" || l.Info.Data["mode"] != "private" || l.Parent != "eth0" || l.Alias != "lbgit" {
				return fmt.Errorf("%+v", l)
			}
			if got := settings(n, "vrrp.51"); got != "vrrp.51/arp_ignore=1 vrrp.51/accept_local=1 vrrp.51/rp_filter=0 vrrp.51/promote_secondaries=1 eth0/arp_ignore=1 eth0/arp_filter=1 eth0/arp_announce=2 all/rp_filter=0" {
				return errors.New(got)
			}
			return nil
		})
		holds(t, n, "vrrp.51", "192.0.2.100", true)
		clean(what)
	}
	check("start")
	client.Run("ping", "-c", "1", "-W", "5", "192.0.2.100")
	if out := client.Run("ip", "neigh", "show", "192.0.2.100"); !strings.Contains(out, "00:00:5e:00:01:33") {
		t.Errorf("the client knows %s", out)
	}
	if lab.Holds(n, "eth0", "192.0.2.100") {
		t.Error("the address is on the parent, too")
	}
	for _, m := range garp(arp, "192.0.2.100", time.Time{}) {
		if m != "00005e000133" {
			t.Errorf("announced with %s", m)
		}
	}
	before := d.now().Instances[0]

	n.Run("ip", "link", "del", "vrrp.51")
	check("removed by hand")
	n.Run("ip", "link", "set", "vrrp.51", "address", "02:00:00:00:00:01")
	check("another MAC by hand")
	n.Run("ip", "link", "set", "vrrp.51", "type", "macvlan", "mode", "bridge")
	check("another mode by hand")

	d.push(withVMAC(""))
	address(t, n, "192.0.2.100", true)
	linkGone(t, n, "vrrp.51")
	clean("without")
	if got := settings(n, "vrrp.51"); !strings.HasSuffix(got, off) {
		t.Errorf("not given back: %s", got)
	}
	d.push(withVMAC(`vmac {}`))
	address(t, n, "192.0.2.100", false)
	check("with again")
	if i := d.now().Instances[0]; i.State != "MASTER" || !i.Since.Equal(before.Since) {
		t.Errorf("there was an election: %+v", i)
	}

	// A crash leaves the link; the next start takes it over.
	d.Signal(9)
	_ = d.Wait()
	holds(t, n, "vrrp.51", "192.0.2.100", false)
	if _, err := showLink(n, "vrrp.51"); err != nil {
		t.Errorf("the guard took the link: %v", err)
	}
	d.start()
	d.inForce()
	check("after a crash")
	d.stop()
	linkGone(t, n, "vrrp.51")
	if got := settings(n, "vrrp.51"); !strings.HasSuffix(got, off) {
		t.Errorf("not given back: %s", got)
	}
}

// TestVirtualMACOnTheWire: adverts leave with the virtual router's MAC, unless
// the parent is to send them.
func TestVirtualMACOnTheWire(t *testing.T) {
	net := lab.New(t)
	n, client := net.Node("lb1", "192.0.2.1/24"), net.Node("client", "192.0.2.3/24")
	seen := lab.Capture(client, "eth0", "ip proto 112")
	d := run(t, n, withVMAC("vmac {}"))
	from := func(what, want string) {
		t.Helper()
		start := time.Now()
		lab.Eventually(t, long, what, func() error {
			for _, p := range seen.Packets() {
				if got := fmt.Sprintf("%x", p.Data[6:12]); p.At.After(start) && got == want {
					return nil
				}
			}
			return errNot
		})
		if s := d.now().Instances[0]; s.State != "MASTER" || s.Faults != "" {
			t.Errorf("%s: %+v", what, s)
		}
	}
	from("the virtual MAC", "00005e000133")
	n.Run("ip", "link", "del", "vrrp.51")
	from("the virtual MAC of the link made anew", "00005e000133")
	d.push(withVMAC("vmac {\n transmit_on_parent = true\n }"))
	from("the parent's MAC", strings.ReplaceAll(mac(n), ":", ""))
	d.push(withVMAC("ipvlan {\n address = \"192.0.2.9/24\"\n }"))
	holds(t, n, "ipvlan.51", "192.0.2.100", true)
	start := time.Now()
	lab.Eventually(t, long, "adverts come from the ipvlan's address", func() error {
		for _, a := range since(adverts(seen), start) {
			if a.from.String() == "192.0.2.9" {
				return nil
			}
		}
		return errNot
	})
	client.Run("ping", "-c", "1", "-W", "5", "192.0.2.100")
	linkGone(t, n, "vrrp.51")
	if s := d.now().Instances[0]; s.State != "MASTER" {
		t.Errorf("%+v", s)
	}
	d.expect(0, "plan", "--detailed-exitcode", d.source)
}

// TestVirtualMAC6: adverts of an IPv6 instance come from the link-local address
// that its macvlan was given, which is made of the parent's MAC and stays.
func TestVirtualMAC6(t *testing.T) {
	net := lab.New(t)
	n, client := net.Node("lb1", "2001:db8::1/64"), net.Node("client", "2001:db8::3/64")
	seen := lab.Capture(client, "eth0", "ip6 proto 112")
	d := run(t, n, `
vrrp_instance "front" {
  interface         = "eth0"
  virtual_router_id = 51
  version           = 3
  addresses         = ["fe80::100/64", "2001:db8::100/64"]
  vmac {}
}
`)
	holds(t, n, "vrrp.51", "2001:db8::100", true)
	m := mac(n)
	source := func(what string) {
		t.Helper()
		start := time.Now()
		lab.Eventually(t, long, what, func() error {
			for _, p := range seen.Packets() {
				// Ethernet 14, IPv6 source at 22: fe80::, then the interface's part.
				if p.At.Before(start) || len(p.Data) < 54 {
					continue
				}
				if from := fmt.Sprintf("%x", p.Data[6:12]); from != "00005e000233" {
					t.Fatalf("an advert has the source MAC %s", from)
				}
				part := p.Data[30:38]
				// Of MAC aa:bb:cc:dd:ee:ff it is a8bb:cc5e:33dd:eeff.
				if got := fmt.Sprintf("%x", part); got[2:] != m[2:6]+"5e33"+m[6:] {
					t.Fatalf("an advert comes from the interface part %s, the parent is %s", got, m)
				}
				return nil
			}
			return errNot
		})
	}
	source("adverts")
	if l, err := showLink(n, "vrrp.51"); err != nil || l.AddrGen != "none" {
		t.Errorf("%+v %v", l, err)
	}
	client.Run("ping", "-c", "1", "-W", "5", "2001:db8::100")
	n.Run("ip", "link", "del", "vrrp.51")
	source("adverts of the link made anew")
	out := n.Run("ip", "-6", "-o", "addr", "show", "dev", "vrrp.51", "scope", "link")
	own := strings.Fields(strings.Split(out, "inet6 fe80")[1])[0]
	n.Run("ip", "addr", "del", "fe80"+own, "dev", "vrrp.51")
	lab.Eventually(t, long, "its own address is put back", func() error {
		if out := n.Run("ip", "-6", "-o", "addr", "show", "dev", "vrrp.51", "scope", "link"); !strings.Contains(out, "fe80"+own) {
			return errors.New(out)
		}
		return nil
	})
	d.expect(0, "plan", "--detailed-exitcode", d.source)
}
