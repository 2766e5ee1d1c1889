package labtest

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
)

func TestAddressesComeBack(t *testing.T) {
	node, l := open(t)
	if !l.SupportsOwner() {
		t.Error("this kernel is new, and addresses have no owner")
	}
	labelled := address("10.0.0.51/32", state.OwnerVRRP)
	labelled.Label, labelled.Scope = "eth0:vip", 253
	broadcast := address("10.1.0.52/24", state.OwnerStatic)
	broadcast.Broadcast = netip.MustParseAddr("10.1.0.255")
	peer := address("10.2.0.53/24", state.OwnerStatic)
	peer.Peer = netip.MustParsePrefix("10.3.0.1/24")
	quiet := address("10.4.0.54/24", state.OwnerVRRP)
	quiet.NoPrefixRoute, quiet.Deprecated = true, true
	v6 := address("2001:db8::50/64", state.OwnerVRRP)
	v6quiet := address("2001:db8:1::51/64", state.OwnerVRRP)
	v6quiet.NoPrefixRoute, v6quiet.Deprecated = true, true
	v6peer := address("2001:db8:2::52/128", state.OwnerStatic)
	v6peer.Peer = netip.MustParsePrefix("2001:db8:3::1/128")
	local := address("fe80::5/64", state.OwnerVRRP)
	local.Scope = 253
	s := state.State{Addresses: []state.Address{
		address("10.0.0.50/24", state.OwnerVRRP), labelled, broadcast, peer, quiet, v6, v6quiet, v6peer, local,
	}}
	s.Normalize()
	var keys []state.AddressKey
	for _, a := range s.Addresses {
		apply(t, l, state.Add, a)
		keys = append(keys, a.AddressKey)
	}
	if diff := cmp.Diff(s.Addresses, addresses(t, l, ours), exact); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
	keys = append(keys, state.AddressKey{Link: "eth7", Prefix: keys[0].Prefix}, address("10.9.9.9/24", 0).AddressKey)
	got, there, err := l.ObserveAddresses(t.Context(), keys)
	// With them comes what shares a subnet with one of them: the node's own.
	if len(got) > 0 && got[0].Prefix.String() == "10.0.0.1/24" {
		got = got[1:]
	} else {
		t.Error("the neighbor is missing")
	}
	if diff := cmp.Diff(s.Addresses, got, exact); err != nil || diff != "" {
		t.Errorf("observed by key (-want +got): %v\n%s", err, diff)
	}
	if diff := cmp.Diff([]state.Link{{Dev: "eth0", Up: true}}, there); diff != "" {
		t.Errorf("links of those (-want +got):\n%s", diff)
	}
	out := node.Run("ip", "address", "show", "dev", "eth0")
	for _, text := range []string{
		"inet 10.0.0.50/24 scope global secondary proto 76 eth0", // no broadcast address
		"inet 10.0.0.51/32 scope link proto 76 eth0:vip",
		"inet 10.1.0.52/24 brd 10.1.0.255 scope global proto 77 eth0",
		"inet 10.2.0.53 peer 10.3.0.1/24",
		"inet 10.4.0.54/24 scope global deprecated noprefixroute proto 76 eth0",
	} {
		want := strings.NewReplacer("proto 76 ", "", "proto 77 ", "").Replace(text)
		if !strings.Contains(out, text) && !strings.Contains(out, want) { // older ip does not show the owner
			t.Errorf("ip does not show %q in\n%s", text, out)
		}
	}
	for _, a := range s.Addresses {
		apply(t, l, state.Remove, a)
		apply(t, l, state.Remove, a) // gone already
	}
	if left := addresses(t, l, ours); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	gone := address("10.0.0.50/24", state.OwnerVRRP)
	gone.Link = "eth7"
	apply(t, l, state.Remove, gone)
}

func TestAddingWhatIsThere(t *testing.T) {
	node, l := open(t)
	node.Run("ip", "address", "add", "10.0.0.50/24", "dev", "eth0")
	node.Run("ip", "address", "add", "10.0.0.51/24", "dev", "eth0", "label", "eth0:x")
	node.Run("ip", "address", "add", "2001:db8::50/64", "nodad", "dev", "eth0")
	want := []state.Address{address("10.0.0.50/24", state.OwnerVRRP), address("2001:db8::50/64", state.OwnerVRRP)}
	for _, a := range want {
		apply(t, l, state.Add, a)
	}
	if diff := cmp.Diff(want, addresses(t, l, ours), exact); diff != "" {
		t.Errorf("not marked as ours (-want +got):\n%s", diff)
	}
	err := l.Apply(state.Change{Verb: state.Add, New: address("10.0.0.51/24", state.OwnerVRRP)})
	if !errors.Is(err, unix.EEXIST) || !strings.Contains(err.Error(), "add address 10.0.0.51/24 dev eth0") {
		t.Errorf("another's label: %v", err)
	}
	// Update changes the owner and the lifetimes in place, Replace all of it.
	changed := want[0]
	changed.Owner, changed.Deprecated = state.OwnerStatic, true
	apply(t, l, state.Update, changed)
	anew := want[1]
	anew.NoPrefixRoute = true
	if err := l.Apply(state.Change{Verb: state.Replace, Old: want[1], New: anew}); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]state.Address{changed, anew}, addresses(t, l, ours), exact); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	err = l.Apply(state.Change{Verb: state.Add, New: state.Address{AddressKey: state.AddressKey{Link: "eth7", Prefix: want[0].Prefix}}})
	if !errors.Is(err, unix.ENODEV) {
		t.Errorf("an address of no interface: %v", err)
	}
}

func TestSecondariesStayWhenPromoted(t *testing.T) {
	_, l := open(t)
	first, second := address("10.5.0.1/24", state.OwnerStatic), address("10.5.0.2/24", state.OwnerStatic)
	const path = "net/ipv4/conf/eth0/promote_secondaries"
	for _, c := range []struct {
		value string
		left  []state.Address
	}{{"0", nil}, {"1", []state.Address{second}}} {
		apply(t, l, state.Update, state.Sysctl{Path: path, Value: c.value})
		if v, err := l.SysctlRead(path); err != nil || v != c.value {
			t.Errorf("%s is %q, %v", path, v, err)
		}
		apply(t, l, state.Add, first)
		apply(t, l, state.Add, second)
		apply(t, l, state.Remove, first)
		if diff := cmp.Diff(c.left, addresses(t, l, ours), exact); diff != "" {
			t.Errorf("promote_secondaries %s (-want +got):\n%s", c.value, diff)
		}
	}
	for _, path := range []string{"../../etc/passwd", "/etc/passwd", "", "net/no/such"} {
		if err := l.Apply(state.Change{Verb: state.Update, New: state.Sysctl{Path: path}}); err == nil {
			t.Errorf("%q was written", path)
		}
	}
}

func TestInterface(t *testing.T) {
	node, l := open(t)
	vip := address("10.0.0.50/32", state.OwnerVRRP)
	apply(t, l, state.Add, vip)
	index, mac, up, primary, err := l.Interface("eth0")
	if err != nil || index == 0 || len(mac) != 6 || !up || primary != netip.MustParseAddr("10.0.0.1") {
		t.Errorf("eth0 is %d %v %v %v %v", index, mac, up, primary, err)
	}
	node.Run("ip", "address", "del", "10.0.0.1/24", "dev", "eth0")
	node.LinkDown("eth0")
	if _, _, up, primary, err = l.Interface("eth0"); err != nil || up || primary.IsValid() {
		t.Errorf("eth0 without an address, and down: %v %v %v", up, primary, err)
	}
	if _, _, _, _, err = l.Interface("eth7"); !errors.Is(err, unix.ENODEV) {
		t.Errorf("eth7: %v", err)
	}
}
