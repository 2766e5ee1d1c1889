package plan_test

import (
	"strings"
	"testing"

	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/render"
	"github.com/lbgit/lbgit/reconcile/state"
)

func vmacOf(more ...func(*state.Link)) state.Link {
	l := state.Link{Dev: "vrrp.1", Type: "macvlan", Parent: "eth0", Mode: "private", MAC: "00:00:5e:00:01:01", On: true, Owned: true}
	for _, f := range more {
		f(&l)
	}
	return l
}

func onVMAC(prefix string, owner uint8) state.Address {
	return addressOf(prefix, owner, func(a *state.Address) { a.Link, a.Label = "vrrp.1", "vrrp.1" })
}

// TestLinks has a plan for each case of a link that lbgit makes.
func TestLinks(t *testing.T) {
	const filter = "net/ipv4/conf/eth0/arp_filter"
	set := func(path, value string) state.Sysctl { return state.Sysctl{Path: path, Value: value} }
	own := set("net/ipv4/conf/vrrp.1/arp_ignore", "1")
	daemon := plan.Claims{VRRP: true}
	changed := func() plan.Claims { return plan.Claims{VRRP: true, Sysctls: map[string]string{filter: "7"}} }
	up := func(l *state.Link) { l.Up = true }
	tests := []struct {
		name       string
		want, have state.State
		own        plan.Claims
		shown      string
		claims     int // settings that are remembered after Accept and Forget
	}{
		{"made, with its settings before it is switched on and its addresses after", stateOf(vmacOf(), own, set(filter, "1"), onVMAC("192.0.2.1/24", 76)), stateOf("eth0", set(filter, "7")), daemon,
			lines("  + link vrrp.1 kind=macvlan parent=eth0 mode=private mac=00:00:5e:00:01:01", "  ~ sysctl "+filter+" value: 7 -> 1", "  + sysctl net/ipv4/conf/vrrp.1/arp_ignore value=1",
				"  ~ link vrrp.1 on: false -> true", "  + address 192.0.2.1/24 dev vrrp.1 owner=vrrp", "", "3 to add, 2 to change, 0 to remove."), 1},
		{"as it should be", stateOf(vmacOf(), own), stateOf("eth0", vmacOf(up), own), daemon, "No changes.\n", 0},
		{"another MAC, group and VRF: changed in place", stateOf(vmacOf()), stateOf("eth0", vmacOf(func(l *state.Link) { l.MAC, l.Group, l.Master, l.On = "02:00:00:00:00:01", 4, "red", false })), daemon,
			lines("  ~ link vrrp.1 mac: 02:00:00:00:00:01 -> 00:00:5e:00:01:01 group: 4 -> 0 master: red -> none on: false -> true", "", "0 to add, 1 to change, 0 to remove."), 0},
		{"another parent: replaced, and what was on it put back", stateOf(vmacOf(), own, onVMAC("192.0.2.1/24", 76)), stateOf("eth0", "eth1", vmacOf(func(l *state.Link) { l.Parent = "eth1" }), own, onVMAC("192.0.2.1/24", 76)), daemon,
			lines("  ± link vrrp.1 parent: eth1 -> eth0 on: true -> false", "  + sysctl net/ipv4/conf/vrrp.1/arp_ignore value=1", "  ~ link vrrp.1 on: false -> true",
				"  + address 192.0.2.1/24 dev vrrp.1 owner=vrrp", "", "2 to add, 2 to change, 0 to remove."), 0},
		{"somebody else's link of that name: nothing goes on it", stateOf(vmacOf(), onVMAC("192.0.2.1/24", 76)), stateOf("eth0", vmacOf(func(l *state.Link) { l.Owned = false })), daemon,
			lines("  ! link vrrp.1 is somebody else's and differs: it lacks lbgit's mark; it is left alone", "  ? address 192.0.2.1/24 dev vrrp.1 waits for its interface", "", "No changes."), 0},
		{"without its parent it waits, and its addresses with it", stateOf(vmacOf(), onVMAC("192.0.2.1/24", 76)), stateOf("lo"), daemon,
			lines("  ? link vrrp.1 waits for its interface", "  ? address 192.0.2.1/24 dev vrrp.1 waits for its interface", "", "No changes."), 0},
		{"not wanted: emptied, removed, and settings given back", stateOf(), stateOf("eth0", vmacOf(up), own, set(filter, "1"), onVMAC("192.0.2.1/24", 76)), changed(),
			lines("  - address 192.0.2.1/24 dev vrrp.1", "  - link vrrp.1", "  ~ sysctl "+filter+" value: 1 -> 7", "", "0 to add, 1 to change, 2 to remove."), 0},
		{"without a daemon it is left alone", stateOf(), stateOf("eth0", vmacOf()), plan.Claims{}, "No changes.\n", 0},
		{"a setting that somebody gave back already", stateOf(), stateOf("eth0", set(filter, "7")), changed(), "No changes.\n", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			scope := state.Scope{Full: true, Sysctls: []string{filter, own.Path}}
			p := plan.Diff(tt.want, tt.have, tt.own, scope)
			got := strings.ReplaceAll(render.Text(&render.Document{Plan: p}), " owner: vrrp", "")
			if got != tt.shown {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.shown)
			}
			if why := p.Fits(&tt.have); why != "" {
				t.Errorf("it does not fit: %s", why)
			}
			claims, _ := tt.own.Accept(&tt.want, &p)
			claims.Forget(&p)
			if len(claims.Sysctls) != tt.claims {
				t.Errorf("remembered: %v", claims.Sysctls)
			}
			after := plan.Replay(tt.have, p)
			if again := plan.Diff(tt.want, after, claims, scope); !again.IsEmpty() {
				t.Errorf("there is more to do:\n%s", render.Text(&render.Document{Plan: again}))
			}
		})
	}
}
