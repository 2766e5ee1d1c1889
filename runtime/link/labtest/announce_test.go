package labtest

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"

	"errors"
	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/lab"
	"github.com/lbgit/lbgit/runtime/link"
)

func announcer(t testing.TB, node *lab.Node) (a *link.Announcer) {
	t.Helper()
	node.Do(func() error {
		a = link.NewAnnouncer(slog.New(slog.DiscardHandler))
		return nil
	})
	t.Cleanup(func() { a.Close() })
	return a
}

func TestAnnouncementsOnTheWire(t *testing.T) {
	wire := lab.New(t)
	node, peer := wire.Node("lb", "10.0.0.1/24"), wire.Node("peer", "10.0.0.2/24")
	l := links(t, node)
	a := announcer(t, node)
	vip, vip6 := address("10.0.0.50/32", state.OwnerVRRP), address("2001:db8::50/128", state.OwnerVRRP)
	apply(t, l, state.Add, vip)
	apply(t, l, state.Add, vip6)
	_, mac, _, _, err := l.Interface("eth0")
	if err != nil {
		t.Fatal(err)
	}
	arps := lab.Capture(peer, "eth0", "arp and host 10.0.0.50")
	advertisements := lab.Capture(peer, "eth0", "icmp6 and ip6[40] == 136 and ip6 src 2001:db8::50")
	count := func(rec *lab.Recording, n int) func() error {
		return func() error {
			if got := len(rec.Packets()); got < n {
				return fmt.Errorf("%d packets", got)
			}
			return nil
		}
	}

	if err := a.Announce(link.Burst{Link: "eth0", Base: "eth0", Addrs: []netip.Addr{vip.Prefix.Addr(), vip6.Prefix.Addr()}, Repeat: 3}); err != nil {
		t.Fatal(err)
	}
	lab.Eventually(t, patience, "three gratuitous ARPs", count(arps, 3))
	lab.Eventually(t, patience, "three advertisements", count(advertisements, 3))
	m := hex.EncodeToString(mac)
	wantARP := "ffffffffffff" + m + "0806" + "0001080006040001" + m + "0a000032" + "ffffffffffff" + "0a000032" + strings.Repeat("00", 18) // to the 60 bytes of the shortest frame
	for _, p := range arps.Packets() {
		if got := hex.EncodeToString(p.Data); got != wantARP {
			t.Errorf("ARP is %s, want %s", got, wantARP)
		}
	}
	vipHex := "20010db8000000000000000000000050"
	for _, p := range advertisements.Packets() {
		sum := p.Data[14+40+2 : 14+40+4]
		if bytes.Equal(sum, []byte{0, 0}) {
			t.Error("no checksum")
		}
		copy(sum, []byte{0, 0})
		want := "333300000001" + m + "86dd" + "6000000000203aff" + vipHex + "ff020000000000000000000000000001" +
			"88000000" + "20000000" + vipHex + "0201" + m
		flow := hex.EncodeToString(p.Data)
		flow = flow[:31] + "00000" + flow[36:] // the flow label is the kernel's choice
		if flow != want {
			t.Errorf("advertisement is %s, want %s", flow, want)
		}
	}

	// A router says so, and another MAC makes another client.
	node.Sysctl("net/ipv6/conf/eth0/forwarding", "1")
	node.Run("ip", "link", "set", "dev", "eth0", "address", "02:00:00:00:00:99")
	if err := a.Announce(link.Burst{Link: "eth0", Base: "eth0", Addrs: []netip.Addr{vip.Prefix.Addr(), vip6.Prefix.Addr()}, Repeat: 1}); err != nil {
		t.Fatal(err)
	}
	lab.Eventually(t, patience, "the new MAC in ARP", func() error {
		all := arps.Packets()
		if p := all[len(all)-1].Data; !bytes.Equal(p[6:12], []byte{2, 0, 0, 0, 0, 0x99}) || !bytes.Equal(p[22:28], p[6:12]) {
			return fmt.Errorf("last is %x", p)
		}
		return nil
	})
	lab.Eventually(t, patience, "the router bit", func() error {
		all := advertisements.Packets()
		if p := all[len(all)-1].Data; p[14+40+4] != 0xa0 {
			return fmt.Errorf("flags are %x", p[14+40+4])
		}
		return nil
	})
	lab.Eventually(t, patience, "the peer uses the new MAC", func() error {
		if _, err := peer.Try("ping", "-c1", "-W1", "10.0.0.50"); err != nil {
			return err
		}
		return nil
	})
}

func TestAnnounceOnOddInterfaces(t *testing.T) {
	node := lab.New(t).Node("lb")
	a := announcer(t, node)
	vip := []netip.Addr{netip.MustParseAddr("10.0.0.50"), netip.MustParseAddr("2001:db8::50")}
	// No IPv4 address on the interface, nor is the IPv6 one there.
	rec := lab.Capture(node, "eth0", "arp and host 10.0.0.50")
	if err := a.Announce(link.Burst{Link: "eth0", Base: "eth0", Addrs: vip, Repeat: 1}); err != nil {
		t.Error(err)
	}
	lab.Eventually(t, patience, "an ARP", func() error {
		if len(rec.Packets()) == 0 {
			return errors.New("none")
		}
		return nil
	})
	if err := a.Announce(link.Burst{Link: "lo", Base: "lo", Addrs: vip, Repeat: 1}); err != nil {
		t.Errorf("loopback has no neighbours: %v", err)
	}
	if err := a.Announce(link.Burst{Link: "eth7", Base: "eth7", Addrs: vip, Repeat: 1}); !errors.Is(err, unix.ENODEV) {
		t.Errorf("no such interface: %v", err)
	}
}
