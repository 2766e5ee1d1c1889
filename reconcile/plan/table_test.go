package plan_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/render"
	"github.com/lbgit/lbgit/reconcile/state"
)

func addressOf(prefix string, owner uint8, more ...func(*state.Address)) state.Address {
	a := state.Address{AddressKey: state.AddressKey{Link: "eth0", Prefix: netip.MustParsePrefix(prefix)}, Owner: owner}
	if a.Prefix.Addr().Is4() {
		a.Label = "eth0"
	}
	for _, f := range more {
		f(&a)
	}
	return a
}

func label(s string) func(*state.Address) { return func(a *state.Address) { a.Label = s } }

func routeOf(to, via, source string, owner uint8) state.Route {
	r := state.Route{RouteKey: state.RouteKey{To: netip.MustParsePrefix(to), Table: 254}, Via: netip.MustParseAddr(via), Owner: owner}
	if source != "" {
		r.Source = netip.MustParseAddr(source)
	}
	return r
}

func ruleOf(priority, table uint32, from string, owner uint8) state.Rule {
	return state.Rule{
		RuleKey: state.RuleKey{Priority: priority, From: netip.MustParsePrefix(from)}, Action: state.ActionTable, Table: table,
		SuppressLength: state.NoLimit, SuppressGroup: state.NoLimit, Owner: owner,
	}
}

func filterOf(addr string) state.Filter { return state.Filter{Addr: netip.MustParseAddr(addr)} }

func rowsOf(port uint16, scheduler string, dests ...string) state.ServiceRows {
	r := state.ServiceRows{Service: state.Service{ServiceKey: state.ServiceKey{Addr: netip.MustParseAddr("192.0.2.10"), Port: port, Protocol: 6}, Scheduler: scheduler, Netmask: 0xffffffff}}
	for _, d := range dests {
		r.Dests = append(r.Dests, state.Dest{Addr: netip.MustParseAddr(d), Port: 80, Weight: 1})
	}
	return r
}

func stateOf(objects ...any) state.State {
	var s state.State
	for _, o := range objects {
		switch o := o.(type) {
		case state.ServiceRows:
			s.Services = append(s.Services, o)
		case state.Address:
			s.Addresses = append(s.Addresses, o)
		case state.Route:
			s.Routes = append(s.Routes, o)
		case state.Link:
			s.Links = append(s.Links, o)
		case state.Filter:
			s.Filters = append(s.Filters, o)
		case state.Rule:
			s.Rules = append(s.Rules, o)
		case state.Sysctl:
			s.Sysctls = append(s.Sysctls, o)
		case state.Timeouts:
			s.Timeouts = o
		case string:
			s.Links = append(s.Links, state.Link{Dev: o, Up: true})
		}
	}
	s.Normalize()
	return s
}

func mine(ports ...uint16) plan.Claims {
	c := plan.Claims{Services: map[state.ServiceKey]bool{}}
	for _, p := range ports {
		c.Services[rowsOf(p, "").Service.ServiceKey] = true
	}
	return c
}

func lines(s ...string) string {
	if len(s) == 0 {
		return ""
	}
	return strings.Join(s, "\n") + "\n"
}

// TestDiffTable has a plan for each case, as it is shown.
func TestDiffTable(t *testing.T) {
	daemon := plan.Claims{VRRP: true}
	promote := state.Sysctl{Path: "net/ipv4/conf/eth0/promote_secondaries", Value: "1"}
	off := state.Sysctl{Path: promote.Path, Value: "0"}
	tests := []struct {
		name           string
		want, have     state.State
		own            plan.Claims
		shown          string
		claimsServices int // after Accept
	}{
		{"nothing", stateOf(), stateOf(), plan.Claims{}, "No changes.\n", 0},
		{"foreign service stays", stateOf(), stateOf(rowsOf(80, "rr", "10.0.0.1")), plan.Claims{}, lines("  . service tcp 192.0.2.10:80 is foreign and stays", "", "No changes."), 0},
		{"claimed service that is not desired goes with all its rows", stateOf(), stateOf(rowsOf(80, "rr", "10.0.0.1")), mine(80), lines("  - service tcp 192.0.2.10:80", "", "0 to add, 0 to change, 1 to remove."), 1},
		{"equal and nobody's: adopted", stateOf(rowsOf(80, "rr", "10.0.0.1")), stateOf(rowsOf(80, "rr", "10.0.0.1")), plan.Claims{}, lines("  = service tcp 192.0.2.10:80 is there already and becomes lbgit's", "", "No changes."), 1},
		{"different and nobody's: a conflict", stateOf(rowsOf(80, "wlc", "10.0.0.1")), stateOf(rowsOf(80, "rr", "10.0.0.1")), plan.Claims{},
			lines("  ! service tcp 192.0.2.10:80 is somebody else's and differs: scheduler: rr -> wlc; it is left alone", "", "No changes."), 0},
		{"other destinations are a conflict, too", stateOf(rowsOf(80, "rr", "10.0.0.1")), stateOf(rowsOf(80, "rr", "10.0.0.2")), plan.Claims{},
			lines("  ! service tcp 192.0.2.10:80 is somebody else's and differs: its destinations are others; it is left alone", "", "No changes."), 0},
		{"claimed: repaired in place, what comes before what goes", stateOf(rowsOf(80, "wlc", "10.0.0.1", "10.0.0.3"), rowsOf(81, "rr")), stateOf(rowsOf(80, "rr", "10.0.0.1", "10.0.0.2"), rowsOf(82, "rr")), mine(80, 82),
			lines("  ~ service tcp 192.0.2.10:80 scheduler: rr -> wlc", "  + destination tcp 192.0.2.10:80 -> 10.0.0.3:80 weight=1 forward=nat",
				"  + service tcp 192.0.2.10:81 scheduler=rr", "  - destination tcp 192.0.2.10:80 -> 10.0.0.2:80", "  - service tcp 192.0.2.10:82", "", "2 to add, 1 to change, 2 to remove."), 3},
		{"timeouts: only what is set", stateOf(state.Timeouts{TCP: 60}), stateOf(state.Timeouts{TCP: 900, TCPFin: 120, UDP: 300}), plan.Claims{}, lines("  ~ timeouts ipvs tcp: 900 -> 60", "", "0 to add, 1 to change, 0 to remove."), 0},

		{"foreign address is not even shown", stateOf(), stateOf(addressOf("192.0.2.1/24", 0)), daemon, "No changes.\n", 0},
		{"keepalived's is shown", stateOf(), stateOf(addressOf("192.0.2.1/24", 18)), daemon, lines("  . address 192.0.2.1/24 dev eth0 is foreign and stays", "", "No changes."), 0},
		{"a daemon's is left to it", stateOf(), stateOf(addressOf("192.0.2.1/24", 76)), plan.Claims{}, lines("  . address 192.0.2.1/24 dev eth0 is foreign and stays", "", "No changes."), 0},
		{"what keeps an address silent is there before it", stateOf(addressOf("192.0.2.1/24", 76), filterOf("192.0.2.1"), "eth0"), stateOf("eth0"), daemon,
			lines("  + filter 192.0.2.1", "  + address 192.0.2.1/24 dev eth0 owner=vrrp", "", "2 to add, 0 to change, 0 to remove."), 0},
		{"and goes after it", stateOf("eth0"), stateOf(addressOf("192.0.2.1/24", 76), filterOf("192.0.2.1"), "eth0"), daemon,
			lines("  - address 192.0.2.1/24 dev eth0", "  - filter 192.0.2.1", "", "0 to add, 0 to change, 2 to remove."), 0},
		{"a daemon's filter is left to it", stateOf(), stateOf(filterOf("192.0.2.1")), plan.Claims{}, "No changes.\n", 0},
		{"a daemon removes its own", stateOf(), stateOf(addressOf("192.0.2.1/24", 76)), daemon, lines("  - address 192.0.2.1/24 dev eth0", "", "0 to add, 0 to change, 1 to remove."), 0},
		{"an address that is there: adopted whoever's it is", stateOf(addressOf("192.0.2.1/24", 77)), stateOf(addressOf("192.0.2.1/24", 0)), plan.Claims{},
			lines("  = address 192.0.2.1/24 dev eth0 is there already and becomes lbgit's", "", "No changes."), 0},
		{"an address that differs: a conflict", stateOf(addressOf("192.0.2.1/24", 77, label("eth0:1"))), stateOf(addressOf("192.0.2.1/24", 0)), plan.Claims{},
			lines("  ! address 192.0.2.1/24 dev eth0 is somebody else's and differs: label: eth0 -> eth0:1 owner: none -> static; it is left alone", "", "No changes."), 0},
		{"flags change in place", stateOf(addressOf("2001:db8::1/64", 77)), stateOf(addressOf("2001:db8::1/64", 77, func(a *state.Address) { a.Deprecated = true })), plan.Claims{},
			lines("  ~ address 2001:db8::1/64 dev eth0 deprecated: true -> false", "", "0 to add, 1 to change, 0 to remove."), 0},
		{"waiting for an interface", stateOf(addressOf("192.0.2.1/24", 77)), stateOf("lo"), plan.Claims{}, lines("  ? address 192.0.2.1/24 dev eth0 waits for its interface", "", "No changes."), 0},
		{"without a list of interfaces nothing waits", stateOf(addressOf("192.0.2.1/24", 77)), stateOf(), plan.Claims{}, lines("  + address 192.0.2.1/24 dev eth0 owner=static", "", "1 to add, 0 to change, 0 to remove."), 0},

		{"the first of a subnet goes: its neighbours are kept", stateOf(addressOf("192.0.2.2/24", 77)), stateOf(addressOf("192.0.2.1/24", 77), addressOf("192.0.2.2/24", 77), off), plan.Claims{},
			lines("  ~ sysctl net/ipv4/conf/eth0/promote_secondaries value: 0 -> 1", "  - address 192.0.2.1/24 dev eth0", "", "0 to add, 1 to change, 1 to remove."), 0},
		{"a neighbour may be foreign", stateOf(), stateOf(addressOf("192.0.2.1/24", 77), addressOf("192.0.2.2/24", 0)), plan.Claims{},
			lines("  + sysctl net/ipv4/conf/eth0/promote_secondaries value=1", "  - address 192.0.2.1/24 dev eth0", "", "1 to add, 0 to change, 1 to remove."), 0},
		{"kept already", stateOf(), stateOf(addressOf("192.0.2.1/24", 77), addressOf("192.0.2.2/24", 0), promote), plan.Claims{}, lines("  - address 192.0.2.1/24 dev eth0", "", "0 to add, 0 to change, 1 to remove."), 0},
		{"another subnet is no neighbour", stateOf(), stateOf(addressOf("192.0.2.1/24", 77), addressOf("192.0.2.2/25", 0), addressOf("10.0.0.1/24", 0)), plan.Claims{}, lines("  - address 192.0.2.1/24 dev eth0", "", "0 to add, 0 to change, 1 to remove."), 0},

		{"a replaced address takes routes along, which are put back", stateOf(addressOf("192.0.2.1/24", 77, label("eth0:1")), routeOf("10.0.0.0/8", "192.0.2.9", "192.0.2.1", 77), routeOf("10.1.0.0/16", "192.0.2.9", "", 77)),
			stateOf(addressOf("192.0.2.1/24", 77), routeOf("10.0.0.0/8", "192.0.2.9", "192.0.2.1", 77), routeOf("10.1.0.0/16", "192.0.2.9", "", 77)), plan.Claims{},
			lines("  ± address 192.0.2.1/24 dev eth0 label: eth0 -> eth0:1", "  + route 10.0.0.0/8 via=192.0.2.9 source=192.0.2.1 owner=static", "", "1 to add, 1 to change, 0 to remove."), 0},
		{"routes", stateOf(routeOf("10.0.0.0/8", "192.0.2.9", "", 77), routeOf("10.1.0.0/16", "192.0.2.9", "", 77), routeOf("10.2.0.0/16", "192.0.2.9", "", 77)),
			stateOf(routeOf("10.0.0.0/8", "192.0.2.8", "", 77), routeOf("10.1.0.0/16", "192.0.2.8", "", 4), routeOf("10.2.0.0/16", "192.0.2.9", "", 4), routeOf("10.3.0.0/16", "192.0.2.9", "", 77), routeOf("10.4.0.0/16", "192.0.2.9", "", 4)), plan.Claims{},
			lines("  ~ route 10.0.0.0/8 via: 192.0.2.8 -> 192.0.2.9", "  - route 10.3.0.0/16", "",
				"  = route 10.2.0.0/16 is there already and becomes lbgit's",
				"  ! route 10.1.0.0/16 is somebody else's and differs: via: 192.0.2.8 -> 192.0.2.9 owner: 4 -> static; it is left alone", "", "0 to add, 1 to change, 1 to remove."), 0},
		{"rules come after routes and go before them", stateOf(ruleOf(100, 100, "10.9.0.1/32", 77), ruleOf(101, 102, "10.9.0.2/32", 77), routeOf("10.0.0.0/8", "192.0.2.9", "", 77)),
			stateOf(ruleOf(101, 100, "10.9.0.2/32", 77), ruleOf(102, 100, "10.9.0.3/32", 77), routeOf("10.3.0.0/16", "192.0.2.9", "", 77)), plan.Claims{},
			lines("  + route 10.0.0.0/8 via=192.0.2.9 owner=static", "  + rule 100 from 10.9.0.1/32 action=lookup 100 owner=static",
				"  ~ rule 101 from 10.9.0.2/32 action: lookup 100 -> lookup 102", "  - rule 102 from 10.9.0.3/32", "  - route 10.3.0.0/16", "", "2 to add, 1 to change, 2 to remove."), 0},
		{"rules of others", stateOf(ruleOf(100, 100, "10.9.0.1/32", 77), ruleOf(101, 102, "10.9.0.2/32", 77)),
			stateOf(ruleOf(100, 100, "10.9.0.1/32", 3), ruleOf(101, 100, "10.9.0.2/32", 3), ruleOf(102, 100, "10.9.0.3/32", 18), ruleOf(103, 100, "10.9.0.3/32", 3)), plan.Claims{},
			lines("  = rule 100 from 10.9.0.1/32 is there already and becomes lbgit's",
				"  ! rule 101 from 10.9.0.2/32 is somebody else's and differs: action: lookup 100 -> lookup 102 owner: 3 -> static; it is left alone",
				"  . rule 102 from 10.9.0.3/32 is foreign and stays", "", "No changes."), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := plan.Diff(tt.want, tt.have, tt.own, state.Everything)
			got := render.Text(&render.Document{Plan: p})
			if got != tt.shown {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.shown)
			}
			// A plan fits what it was made of, and after it there is nothing to do.
			if why := p.Fits(&tt.have); why != "" {
				t.Errorf("it does not fit: %s", why)
			}
			own, _ := tt.own.Accept(&tt.want, &p)
			if len(own.Services) != tt.claimsServices {
				t.Errorf("%d services are claimed, want %d", len(own.Services), tt.claimsServices)
			}
			own.VRRP = tt.own.VRRP
			after := plan.Replay(tt.have, p)
			if again := plan.Diff(tt.want, after, own, state.Everything); !again.IsEmpty() {
				t.Errorf("there is more to do:\n%s", render.Text(&render.Document{Plan: again}))
			}
		})
	}
}

func TestFits(t *testing.T) {
	have := stateOf(rowsOf(80, "rr", "10.0.0.1"), addressOf("192.0.2.1/24", 77), routeOf("10.0.0.0/8", "192.0.2.9", "", 77), state.Timeouts{TCP: 1})
	want := stateOf(rowsOf(80, "wlc", "10.0.0.2"), rowsOf(81, "rr", "10.0.0.1"), addressOf("192.0.2.2/24", 77), routeOf("10.0.0.0/8", "192.0.2.8", "", 77), state.Timeouts{TCP: 2})
	p := plan.Diff(want, have, mine(80), state.Everything)
	for _, tt := range []struct{ name, why string }{
		{"ok: as it was", ""},
		{"ok: something else came", ""},
		{"bad: service changed", "service tcp 192.0.2.10:80 is not as it was"},
		{"bad: service gone", "service tcp 192.0.2.10:80 is gone"},
		{"bad: service came", "service tcp 192.0.2.10:81 is there by now"},
		{"bad: destination changed", "destination tcp 192.0.2.10:80 -> 10.0.0.1:80 is not as it was"},
		{"bad: destination came", "destination tcp 192.0.2.10:80 -> 10.0.0.2:80 is there by now"},
		{"bad: address gone", "address 192.0.2.1/24 dev eth0 is gone"},
		{"bad: route changed", "route 10.0.0.0/8 is not as it was"},
		{"bad: timeouts", "timeouts ipvs is not as it was"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := stateOf(rowsOf(80, "rr", "10.0.0.1"), addressOf("192.0.2.1/24", 77), routeOf("10.0.0.0/8", "192.0.2.9", "", 77), state.Timeouts{TCP: 1})
			switch _, what, _ := strings.Cut(tt.name, ": "); what {
			case "something else came":
				now.Services = append(now.Services, rowsOf(99, "rr"))
			case "service changed":
				now.Services[0].Service.Scheduler = "sh"
			case "service gone":
				now.Services = nil
			case "service came":
				now.Services = append(now.Services, rowsOf(81, "sh"))
			case "destination changed":
				now.Services[0].Dests[0].Weight++
			case "destination came":
				now.Services[0].Dests = append(now.Services[0].Dests, rowsOf(0, "", "10.0.0.2").Dests[0])
			case "address gone":
				now.Addresses = nil
			case "route changed":
				now.Routes[0].Metrics.Value[state.MetricMTU] = 1400
			case "timeouts":
				now.Timeouts.UDP = 5
			}
			now.Normalize()
			if why := p.Fits(&now); why != tt.why {
				t.Errorf("got %q, want %q", why, tt.why)
			}
		})
	}
}

func TestClaims(t *testing.T) {
	own := mine(80)
	want := stateOf(rowsOf(81, "rr"))
	p := plan.Diff(want, stateOf(rowsOf(80, "rr")), own, state.Everything)
	next, changed := own.Accept(&want, &p)
	if !changed || len(own.Services) != 1 || len(next.Services) != 2 {
		t.Errorf("%v became %v", own, next)
	}
	if _, changed := next.Accept(&want, &p); changed {
		t.Error("nothing is new")
	}
	if !next.Forget(&p) || len(next.Services) != 1 || next.Forget(&p) {
		t.Errorf("forgotten: %v", next)
	}
}
