package link

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/internal/nl"
)

// The recorded bytes are those of a little-endian machine.
func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseAddress(t *testing.T) {
	prefix, addr := netip.MustParsePrefix, netip.MustParseAddr
	forever := "14000600 ffffffff ffffffff 00000000 00000000"
	key := func(p string) state.AddressKey { return state.AddressKey{Prefix: prefix(p)} }
	for _, c := range []struct {
		name, body string
		want       kernelAddress
		ok         bool
	}{
		{"ok: IPv4 with everything", "02188000 02000000 08000100 0a000032 08000200 0a000032 08000400 0a0000ff 09000300 65746830 00000000 08000800 80020000 05000b00 4c000000" + forever,
			kernelAddress{Address: state.Address{AddressKey: key("10.0.0.50/24"), Label: "eth0", Broadcast: addr("10.0.0.255"), NoPrefixRoute: true, Owner: 76}, index: 2}, true},
		{"ok: IPv4 with a peer", "021880fd 02000000 08000100 0a030001 08000200 0a020035",
			kernelAddress{Address: state.Address{AddressKey: key("10.2.0.53/24"), Peer: prefix("10.3.0.1/24"), Scope: 253}, index: 2}, true},
		{"ok: secondary and deprecated", "02182100 02000000 08000100 0a000032 08000200 0a000032 14000600 00000000 ffffffff 00000000 00000000",
			kernelAddress{Address: state.Address{AddressKey: key("10.0.0.50/24"), Deprecated: true}, index: 2, secondary: true}, true},
		{"ok: IPv6 sends no LOCAL; bit 1 means temporary", "0a400300 07000000 14000100 20010db8 00000000 00000000 00000050" + forever,
			kernelAddress{Address: state.Address{AddressKey: key("2001:db8::50/64"), NoDAD: true}, index: 7}, true},
		{"bad: another family", "07188000 02000000 08000100 0a000032", kernelAddress{}, false},
		{"bad: no address", "02188000 02000000", kernelAddress{}, false},
		{"bad: address of the wrong size", "02188000 02000000 07000100 0a000000", kernelAddress{}, false},
		{"bad: prefix too long", "02218000 02000000 08000100 0a000032", kernelAddress{}, false},
		{"bad: short", "0218", kernelAddress{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, ok := parseAddress(unhex(t, c.body)); ok != c.ok || ok && got != c.want {
				t.Errorf("got %+v, %v", got, ok)
			}
		})
	}
}

func TestParseEvent(t *testing.T) {
	way := state.RouteKey{To: netip.MustParsePrefix("10.20.0.0/16"), Table: 1000, Metric: 5}
	for _, c := range []struct {
		name string
		typ  uint16
		body string
		want Event
		ok   bool
	}{
		{"ok: link up", unix.RTM_NEWLINK, "00000100 02000000 43100100 00000000 09000300 65746830 00000000", Event{Kind: EventLink, Link: "eth0", Index: 2, Up: true}, true},
		{"ok: link without carrier", unix.RTM_NEWLINK, "00000100 02000000 03100000 00000000 09000300 65746830 00000000", Event{Kind: EventLink, Link: "eth0", Index: 2}, true},
		{"ok: link gone", unix.RTM_DELLINK, "00000100 02000000 43100100 00000000 09000300 65746830 00000000", Event{Kind: EventLink, Removed: true, Link: "eth0", Index: 2}, true},
		{"ok: not a bridge's port", unix.RTM_NEWLINK, "07000100 02000000 43100100 00000000 09000300 65746830 00000000", Event{}, false},
		{"ok: address gone", unix.RTM_DELADDR, "02188000 02000000 08000200 0a000032 05000b00 4c000000", Event{Kind: EventAddress, Removed: true, Index: 2, Address: netip.MustParsePrefix("10.0.0.50/24"), Owner: 76}, true},
		{"ok: route in a high table", unix.RTM_NEWROUTE, "02100000 fc4d0001 00000000 08000100 0a140000 08000f00 e8030000 08000600 05000000 08000400 02000000", Event{Kind: EventRoute, Index: 2, Owner: 77, Route: way}, true},
		{"ok: default route", unix.RTM_DELROUTE, "0a000000 fe030001 00000000", Event{Kind: EventRoute, Removed: true, Owner: 3, Route: state.RouteKey{To: netip.MustParsePrefix("::/0"), Table: 254}}, true},
		{"ok: the kernel's own routes tell nothing", unix.RTM_NEWROUTE, "02200000 ff02fe02 00000000 08000100 0a000032", Event{}, false},
		{"bad: route of another family", unix.RTM_NEWROUTE, "1c100000 fe030001 00000000", Event{}, false},
		{"bad: short", unix.RTM_NEWROUTE, "0210", Event{}, false},
		{"bad: short link", unix.RTM_NEWLINK, "0000", Event{}, false},
		{"ok: anything else", unix.RTM_NEWNEIGH, "00", Event{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, ok := parseEvent(nl.Message{Type: c.typ, Body: unhex(t, c.body)}); ok != c.ok || ok && got != c.want {
				t.Errorf("got %+v, %v", got, ok)
			}
		})
	}
}

func FuzzEvent(f *testing.F) {
	f.Add(uint16(unix.RTM_NEWADDR), []byte{2, 24, 0, 0, 2, 0, 0, 0, 8, 0, 1, 0, 10, 0, 0, 50})
	f.Add(uint16(unix.RTM_NEWROUTE), make([]byte, 12))
	f.Fuzz(func(t *testing.T, typ uint16, body []byte) {
		e, ok := parseEvent(nl.Message{Type: typ, Body: body})
		if ok && e.Kind == EventAddress && !e.Address.IsValid() {
			t.Errorf("%+v", e)
		}
	})
}
