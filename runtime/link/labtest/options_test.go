package labtest

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbgit/lbgit/reconcile/state"
)

// TestRouteOptions writes a route for every option and reads it back, and lets
// ip(8) tell what it sees.
func TestRouteOptions(t *testing.T) {
	node, l := open(t)
	node.Run("ip", "link", "add", "eth9", "type", "dummy")
	node.Run("ip", "link", "set", "eth9", "up")
	node.Run("ip", "address", "add", "10.7.0.1/24", "dev", "eth9")
	node.Run("ip", "address", "add", "2001:db8:7::1/64", "dev", "eth9", "nodad")
	a := netip.MustParseAddr
	with := func(set func(*state.Route)) func(*state.Route) { return set }
	typed := func(kind uint8) func(*state.Route) {
		return func(r *state.Route) { r.Type, r.Link = kind, "" }
	}
	hops := state.JoinNexthops([]state.Nexthop{{Via: a("10.0.0.254"), Link: "eth0", Weight: 3, Realms: 5}, {Via: a("10.99.0.1"), Link: "eth9", Weight: 1, OnLink: true}})
	hops6 := state.JoinNexthops([]state.Nexthop{{Via: a("2001:db8::fe"), Link: "eth0", Weight: 2}, {Via: a("2001:db8:7::fe"), Link: "eth9", Weight: 1}})
	for _, c := range []struct {
		to    string
		set   func(*state.Route)
		shown string
	}{
		{"10.40.0.0/16", typed(state.RouteBlackhole), "blackhole 10.40.0.0/16"},
		{"10.41.0.0/16", typed(state.RouteUnreachable), "unreachable 10.41.0.0/16"},
		{"10.42.0.0/16", typed(state.RouteProhibit), "prohibit 10.42.0.0/16"},
		{"10.43.0.0/16", typed(state.RouteThrow), "throw 10.43.0.0/16"},
		{"10.44.0.0/16", with(func(r *state.Route) { r.Type, r.Link, r.Table, r.Scope = state.RouteLocal, "lo", 255, 254 }), "local 10.44.0.0/16 dev lo"},
		{"10.45.0.0/16", with(func(r *state.Route) { r.TOS, r.Scope, r.Realms = 0x10, 253, 1<<16|2 }), "10.45.0.0/16 tos 0x10 dev eth0"},
		{"10.46.0.0/16", with(func(r *state.Route) { r.Via, r.OnLink = a("172.16.0.1"), true }), "via 172.16.0.1 dev eth0 proto 77 onlink"},
		{"10.47.0.0/16", with(func(r *state.Route) { r.Link, r.Nexthops = "", hops }), "nexthop via 10.0.0.254 realm 5 dev eth0 weight 3 nexthop via 10.99.0.1 dev eth9 weight 1 onlink"},
		{"10.48.0.0/16", with(func(r *state.Route) {
			r.Via = a("10.0.0.254")
			for i := state.MetricMTU; i <= state.MetricFastOpen; i++ {
				r.Metrics.Value[i] = 100 + uint32(i)
			}
			r.Metrics.Value[state.MetricFeatures], r.Metrics.Value[state.MetricCongctl] = 1, 0
			r.Metrics.Lock = 1<<state.MetricMTU | 1<<state.MetricRTOMin
			r.Metrics.Congctl = "reno"
		}), "mtu lock 102"},
		{"2001:db8:40::/48", with(func(r *state.Route) { typed(state.RouteUnreachable)(r) }), "unreachable 2001:db8:40::/48"},
		{"2001:db8:41::/48", with(func(r *state.Route) { r.Via, r.Preference = a("2001:db8::fe"), 1 }), "pref high"},
		{"2001:db8:42::/48", with(func(r *state.Route) { r.Via, r.Expires = a("2001:db8::fe"), 5000 }), "expires"},
		{"2001:db8:43::/48", with(func(r *state.Route) { r.Link, r.Nexthops = "", hops6 }), "nexthop via 2001:db8::fe dev eth0 weight 2"},
		{"2001:db8:44::/48", with(func(r *state.Route) { r.Via, r.From = a("2001:db8::fe"), netip.MustParsePrefix("2001:db8:9::/48") }), "from 2001:db8:9::/48"},
		{"2001:db8:45::/48", with(func(r *state.Route) { r.Via, r.OnLink = a("2001:db8:ffff::1"), true }), "onlink"},
	} {
		t.Run(c.to, func(t *testing.T) {
			r := route(c.to, 254, 0, "")
			if r.To.Addr().Is6() {
				r.Metric = 1024
			}
			c.set(&r)
			apply(t, l, state.Add, r)
			apply(t, l, state.Add, r) // there already
			got, _ := routes(t, l)
			if len(got) != 1 || r.Given(got[0]) != got[0] {
				t.Errorf("observed (-want +got):\n%s", cmp.Diff([]state.Route{r}, got, exact))
			}
			family := "-4"
			if r.To.Addr().Is6() {
				family = "-6"
			}
			if out := strings.Join(strings.Fields(node.Run("ip", family, "route", "show", "table", "all")), " "); !strings.Contains(out, c.shown) {
				t.Errorf("ip shows %q, want %q in it", out, c.shown)
			}
			if len(got) == 1 {
				apply(t, l, state.Remove, got[0])
			}
			if left, _ := routes(t, l); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// TestAddressOptions does the same for the flags and lifetimes of addresses.
func TestAddressOptions(t *testing.T) {
	node, l := open(t)
	for _, c := range []struct {
		prefix, shown string
		set           func(*state.Address)
	}{
		{"2001:db8:1::1/64", "home", func(a *state.Address) { a.Home = true }},
		{"2001:db8:2::1/64", "mngtmpaddr", func(a *state.Address) { a.ManageTemp = true }},
		{"2001:db8:3::1/64", "preferred_lft 29", func(a *state.Address) { a.Preferred = 3000 }},
		{"2001:db8:4::1/64", "deprecated", func(a *state.Address) { a.Deprecated = true }},
		{"10.51.0.1/24", "deprecated", func(a *state.Address) { a.Deprecated = true }},
		{"224.1.1.10/24", "autojoin", func(a *state.Address) { a.AutoJoin = true }},
	} {
		t.Run(c.prefix, func(t *testing.T) {
			want := address(c.prefix, state.OwnerVRRP)
			c.set(&want)
			apply(t, l, state.Add, want)
			got := addresses(t, l, ours)
			if len(got) != 1 || want.Given(got[0]) != got[0] {
				t.Errorf("observed (-want +got):\n%s", cmp.Diff([]state.Address{want}, got, exact))
			}
			out := strings.Join(strings.Fields(node.Run("ip", "address", "show", "dev", "eth0")), " ")
			if _, after, _ := strings.Cut(out, c.prefix); !strings.Contains(after, c.shown) && !strings.Contains(after, "preferred_lft 3000sec") {
				t.Errorf("ip shows %q, want %q in it", after, c.shown)
			}
			apply(t, l, state.Remove, want)
		})
	}
}
