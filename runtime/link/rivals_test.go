package link

import (
	"log/slog"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mdlayher/arp"
	"github.com/mdlayher/ethernet"
	"golang.org/x/net/bpf"
)

func arpFrame(t testing.TB, mac net.HardwareAddr, sender string) []byte {
	t.Helper()
	p, err := arp.NewPacket(arp.OperationReply, mac, netip.MustParseAddr(sender), ethernet.Broadcast, netip.MustParseAddr("192.0.2.9"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	f, err := (&ethernet.Frame{Destination: ethernet.Broadcast, Source: mac, EtherType: ethernet.EtherTypeARP, Payload: b}).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestClaimFilter runs the kernel's filter over frames.
func TestClaimFilter(t *testing.T) {
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 1}
	held := map[netip.Addr]holding{}
	for _, n := range []int{0, 1, filterMost, filterMost + 1} {
		clear(held)
		for i := range n {
			held[netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)})] = holding{}
		}
		raw := claimsOf(held)
		program, ok := bpf.Disassemble(raw)
		vm, err := bpf.NewVM(program)
		if !ok || err != nil {
			t.Fatal(n, err)
		}
		for sender, want := range map[string]bool{"192.0.0.0": n > 0, "198.51.100.1": n > filterMost} {
			if got, err := vm.Run(arpFrame(t, mac, sender)); err != nil || (got > 0) != want {
				t.Errorf("%d addresses, sender %s: passes %d, %v", n, sender, got, err)
			}
		}
	}
}

// TestRivalEpisodes: what is reported, and how often.
func TestRivalEpisodes(t *testing.T) {
	own, other := net.HardwareAddr{2, 0, 0, 0, 0, 1}, net.HardwareAddr{2, 0, 0, 0, 0, 2}
	synctest.Test(t, func(t *testing.T) {
		n := 0
		r := &Rivals{log: slog.New(slog.DiscardHandler), report: func(Rival) { n++ }, seen: map[string]time.Time{}}
		e := &ear{mac: own, held: map[netip.Addr]holding{netip.MustParseAddr("192.0.2.1"): {"front", time.Now()}}}
		hear := func(what string, mac net.HardwareAddr, sender string, want int) {
			t.Helper()
			n = 0
			if a, m, ok := claim(arpFrame(t, mac, sender)); ok {
				r.heard("eth0", e, a, m)
			}
			if n != want {
				t.Errorf("%s: %d reports, want %d", what, n, want)
			}
		}
		hear("the last holder, right after the takeover", other, "192.0.2.1", 0)
		time.Sleep(settling + time.Second)
		hear("a rival", other, "192.0.2.1", 1)
		hear("again", other, "192.0.2.1", 0)
		hear("ourselves", own, "192.0.2.1", 0)
		hear("another address", other, "192.0.2.2", 0)
		time.Sleep(episode / 2)
		hear("still the same episode", other, "192.0.2.1", 0)
		time.Sleep(episode/2 + time.Second)
		hear("which goes on", other, "192.0.2.1", 0)
		time.Sleep(episode + time.Second)
		hear("another episode", other, "192.0.2.1", 1)
	})
}

func FuzzClaim(f *testing.F) {
	f.Add(arpFrame(f, net.HardwareAddr{2, 0, 0, 0, 0, 1}, "192.0.2.1"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if addr, mac, ok := claim(b); ok && (!addr.Is4() || len(mac) != 6) {
			t.Errorf("%v %v", addr, mac)
		}
	})
}
