package state

import (
	"net/netip"
	"testing"
)

// TestGiven: what a source leaves to the kernel is no difference, and all else
// is.
func TestGiven(t *testing.T) {
	a := netip.MustParseAddr
	hop := func(via, link string) Nexthop { return Nexthop{Via: a(via), Link: link, Weight: 1} }
	for _, tt := range []struct {
		name       string
		want, have Route
		same       bool
	}{
		{"ok: the kernel found the interface", Route{Via: a("10.0.0.1")}, Route{Via: a("10.0.0.1"), Link: "eth0"}, true},
		{"bad: another gateway", Route{Via: a("10.0.0.1")}, Route{Via: a("10.0.0.2"), Link: "eth0"}, false},
		{"bad: another interface", Route{Via: a("10.0.0.1"), Link: "eth1"}, Route{Via: a("10.0.0.1"), Link: "eth0"}, false},
		{"ok: time goes by", Route{Expires: 600}, Route{Expires: Ends}, true},
		{"bad: it was to end", Route{Expires: 600}, Route{}, false},
		{"bad: it was to stay", Route{}, Route{Expires: Ends}, false},
		{"ok: next hops in another order", Route{Nexthops: JoinNexthops([]Nexthop{hop("10.0.0.1", ""), hop("10.0.0.2", "eth1")})},
			Route{Nexthops: JoinNexthops([]Nexthop{hop("10.0.0.2", "eth1"), hop("10.0.0.1", "eth0")})}, true},
		{"bad: a next hop less", Route{Nexthops: JoinNexthops([]Nexthop{hop("10.0.0.1", ""), hop("10.0.0.2", "eth1")})},
			Route{Nexthops: JoinNexthops([]Nexthop{hop("10.0.0.2", "eth1")})}, false},
	} {
		if got := tt.want.Given(tt.have) == tt.have; got != tt.same {
			t.Errorf("%s: got %t", tt.name, got)
		}
	}
}

func FuzzMetrics(f *testing.F) {
	f.Add("mtu lock 1400 advmss 1300 congctl lock reno")
	f.Add("rtt 8 lock")
	f.Fuzz(func(t *testing.T, text string) {
		var m, again Metrics
		if m.UnmarshalText([]byte(text)) != nil {
			return
		}
		if err := again.UnmarshalText([]byte(m.String())); err != nil || again.String() != m.String() {
			t.Errorf("%q became %q, then %q: %v", text, m, again, err)
		}
	})
}

func FuzzNexthops(f *testing.F) {
	f.Add("nexthop via 10.0.0.1 dev eth0 weight 3 onlink on realms 7 nexthop dev eth1, weight 1")
	f.Fuzz(func(t *testing.T, text string) {
		once := JoinNexthops(SplitNexthops(text))
		if again := JoinNexthops(SplitNexthops(once)); again != once {
			t.Errorf("%q became %q, then %q", text, once, again)
		}
	})
}
