package state

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestSplit: nothing of a scope is lost when it is parted.
func TestSplit(t *testing.T) {
	address := func(link string) AddressKey {
		return AddressKey{Link: link, Prefix: netip.MustParsePrefix("192.0.2.10/24")}
	}
	all := Scope{
		Services: []ServiceKey{{}}, Addresses: []AddressKey{address("eth0"), address("eth1")},
		Routes: []RouteKey{{}}, Rules: []RuleKey{{}}, Links: []string{"eth0", "vrrp.51"}, Sysctls: []string{"a", "b"},
	}
	for _, by := range []Scope{
		{}, Everything,
		{Addresses: []AddressKey{address("eth0")}, Links: []string{"vrrp.51"}, Sysctls: []string{"b"}},
		{Routes: []RouteKey{{}}, Rules: []RuleKey{{}}},
	} {
		covered, rest := all.Split(by)
		if d := cmp.Diff(all, covered.Add(rest), cmpopts.EquateComparable(netip.Prefix{}, netip.Addr{}), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("by %+v:\n%s", by, d)
		}
	}
	if covered, rest := Everything.Split(Scope{Links: []string{"eth0"}}); !covered.Full || !rest.IsEmpty() {
		t.Errorf("everything: covered %+v, rest %+v", covered, rest)
	}
}
