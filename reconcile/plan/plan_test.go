package plan_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/render"
	"github.com/lbgit/lbgit/reconcile/state"
)

// The generators draw from small pools of keys, so that both sides of a diff
// often mean the same object and differ in it.

func genKey(t *rapid.T) state.ServiceKey {
	if rapid.IntRange(0, 9).Draw(t, "mark") == 0 {
		return state.ServiceKey{Mark: rapid.Uint32Range(1, 3).Draw(t, "m"), V6: rapid.Bool().Draw(t, "v6")}
	}
	a := netip.AddrFrom4([4]byte{192, 0, 2, byte(rapid.IntRange(1, 4).Draw(t, "a"))})
	return state.ServiceKey{Addr: a, Port: uint16(rapid.IntRange(80, 82).Draw(t, "p")), Protocol: rapid.SampledFrom([]uint8{6, 17}).Draw(t, "proto")}
}

func genRows(t *rapid.T) []state.ServiceRows {
	var out []state.ServiceRows
	for range rapid.IntRange(0, 6).Draw(t, "services") {
		s := state.Service{ServiceKey: genKey(t), Scheduler: rapid.SampledFrom([]string{"rr", "wlc"}).Draw(t, "sched"), Netmask: 0xffffffff}
		if slices.ContainsFunc(out, func(r state.ServiceRows) bool { return r.Service.ServiceKey == s.ServiceKey }) {
			continue
		}
		rows := state.ServiceRows{Service: s}
		for i := range 4 {
			if rapid.Bool().Draw(t, "dest") {
				rows.Dests = append(rows.Dests, state.Dest{
					Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), Port: 80,
					Weight:  rapid.Int32Range(0, 2).Draw(t, "w"),
					Forward: rapid.SampledFrom([]uint8{0, 3}).Draw(t, "f"),
				})
			}
		}
		out = append(out, rows)
	}
	return out
}

func genState(t *rapid.T, owners []uint8) state.State {
	s := state.State{Services: genRows(t), Links: []state.Link{{Dev: "eth0", Up: true}, {Dev: "eth1", Up: true}}}
	if rapid.Bool().Draw(t, "made") {
		s.Links = append(s.Links, state.Link{
			Dev: "vrrp.1", Type: "macvlan", Parent: rapid.SampledFrom([]string{"eth0", "eth1"}).Draw(t, "parent"), Mode: "private",
			MAC: rapid.SampledFrom([]string{"00:00:5e:00:01:01", "02:00:00:00:00:01"}).Draw(t, "mac"), On: true, Owned: !slices.Contains(owners, 0) || rapid.IntRange(0, 3).Draw(t, "owned") > 0,
		})
	}
	for i := range 4 {
		for _, dev := range []string{"eth0", "eth1", "vrrp.1"} {
			if dev == "vrrp.1" && len(s.Links) < 3 {
				continue
			}
			if rapid.Bool().Draw(t, "addr") {
				s.Addresses = append(s.Addresses, state.Address{
					AddressKey: state.AddressKey{Link: dev, Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), 24)},
					Label:      rapid.SampledFrom([]string{dev, dev + ":1"}).Draw(t, "label"),
					Owner:      rapid.SampledFrom(owners).Draw(t, "owner"),
				})
			}
		}
		if rapid.Bool().Draw(t, "route") {
			s.Routes = append(s.Routes, state.Route{
				RouteKey: state.RouteKey{To: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i), 0, 0}), 16), Table: 254},
				Link:     "eth0", Via: netip.AddrFrom4([4]byte{192, 0, 2, 200}), Owner: rapid.SampledFrom(owners).Draw(t, "rowner"),
			})
			vary(t, &s.Routes[len(s.Routes)-1])
		}
	}
	for i := range 3 {
		if rapid.Bool().Draw(t, "rule") {
			s.Rules = append(s.Rules, state.Rule{
				RuleKey: state.RuleKey{Priority: 100, From: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 9, 0, byte(i)}), 32)},
				Action:  state.ActionTable, Table: rapid.Uint32Range(100, 101).Draw(t, "table"),
				SuppressLength: state.NoLimit, SuppressGroup: state.NoLimit, Owner: rapid.SampledFrom(owners).Draw(t, "lowner"),
			})
		}
	}
	for i := range 3 {
		if rapid.Bool().Draw(t, "filter") {
			s.Filters = append(s.Filters, state.Filter{Addr: netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})})
		}
	}
	s.Normalize()
	return s
}

// vary gives a route one of the forms that leave something to the kernel, or
// that are told by text.
func vary(t *rapid.T, r *state.Route) {
	via := r.Via
	switch rapid.IntRange(0, 4).Draw(t, "form") {
	case 0:
		r.Link = "" // the kernel knows the way to the gateway
	case 1:
		r.Type, r.Link, r.Via = state.RouteBlackhole, "", netip.Addr{}
	case 2:
		r.Link, r.Via = "", netip.Addr{}
		link := rapid.SampledFrom([]string{"", "eth1"}).Draw(t, "hop")
		r.Nexthops = state.JoinNexthops([]state.Nexthop{{Via: via, Link: link, Weight: 1}, {Via: via.Next(), Link: "eth0", Weight: 2}})
	case 3:
		r.Metrics.Value[state.MetricMTU] = rapid.Uint32Range(1400, 1401).Draw(t, "mtu")
	case 4:
		r.Expires = rapid.Uint32Range(1, 2).Draw(t, "expires")
	}
}

func claimSome(t *rapid.T, s state.State) plan.Claims {
	own := plan.Claims{Services: map[state.ServiceKey]bool{}, VRRP: true}
	for _, r := range s.Services {
		if rapid.Bool().Draw(t, "claimed") {
			own.Services[r.Service.ServiceKey] = true
		}
	}
	return own
}

// claimed is what the claims are after a plan was accepted: what was desired
// and not refused is lbgit's.
func claimed(own plan.Claims, d state.State, p plan.Plan) plan.Claims {
	out := plan.Claims{Services: map[state.ServiceKey]bool{}, Addresses: map[state.AddressKey]bool{}, Routes: map[state.RouteKey]bool{}, VRRP: true}
	for k := range own.Services {
		out.Services[k] = true
	}
	for _, r := range d.Services {
		out.Services[r.Service.ServiceKey] = true
	}
	for _, c := range p.Conflicts {
		if s, ok := c.Desired.(state.Service); ok {
			delete(out.Services, s.ServiceKey)
		}
	}
	return out
}

var empty = cmpopts.EquateEmpty()
var addrs = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
var prefixes = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

func TestDiffProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		desired := genState(t, []uint8{state.OwnerVRRP, state.OwnerStatic})
		observed := genState(t, []uint8{0, state.OwnerKeepalived, state.OwnerVRRP, state.OwnerStatic})
		own := claimSome(t, observed)
		p := plan.Diff(desired, observed, own, state.Everything)
		after := plan.Replay(observed, p)

		// A second diff is empty.
		if again := plan.Diff(desired, after, claimed(own, desired, p), state.Everything); !again.IsEmpty() {
			t.Fatalf("second diff is not empty: %s\nafter %s", render.Text(&render.Document{Plan: again}), render.Text(&render.Document{Plan: p}))
		}
		// Replay equals desired plus foreign.
		if diff := cmp.Diff(expected(desired, observed, p), after.Services, empty, addrs); diff != "" {
			t.Fatalf("replay differs (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(expectedRules(desired, observed), after.Rules, empty, prefixes); diff != "" {
			t.Fatalf("rules differ (-want +got):\n%s", diff)
		}
		if own.VRRP && !slices.Equal(desired.Filters, after.Filters) {
			t.Fatalf("filters are %v, wanted %v", after.Filters, desired.Filters)
		}
		// Foreign and conflicting keys never appear in operations.
		for _, op := range p.Ops {
			for _, f := range p.Foreign {
				if op.Object().Kind() == f.Kind() && op.Object().Name() == f.Name() {
					t.Fatalf("operation on the foreign %s", f.Name())
				}
			}
			for _, c := range p.Conflicts {
				if op.Object().Kind() == c.Desired.Kind() && op.Object().Name() == c.Desired.Name() {
					t.Fatalf("operation on the refused %s", c.Desired.Name())
				}
			}
			if op.Old != nil && op.Old == op.New {
				t.Fatalf("an operation that changes nothing: %s", op.Object().Name())
			}
		}
		// The order is one of phases.
		if !slices.IsSortedFunc(p.Ops, func(a, b plan.Op) int { return int(a.Phase) - int(b.Phase) }) {
			t.Fatal("phases out of order")
		}
	})
}

// expected is desired state without what was refused, plus what is foreign.
func expected(desired, observed state.State, p plan.Plan) []state.ServiceRows {
	keep := map[state.ServiceKey]bool{}
	refused := map[state.ServiceKey]bool{}
	for _, o := range p.Foreign {
		if s, ok := o.(state.Service); ok {
			keep[s.ServiceKey] = true
		}
	}
	for _, c := range p.Conflicts {
		if s, ok := c.Desired.(state.Service); ok {
			keep[s.ServiceKey], refused[s.ServiceKey] = true, true
		}
	}
	var out state.State
	for _, r := range observed.Services {
		if keep[r.Service.ServiceKey] {
			out.Services = append(out.Services, r)
		}
	}
	for _, r := range desired.Services {
		if !refused[r.Service.ServiceKey] {
			out.Services = append(out.Services, r)
		}
	}
	out.Normalize()
	return out.Services
}

// expectedRules: what is desired, but for rules that somebody else has under
// that key, and what else is not lbgit's.
func expectedRules(desired, observed state.State) []state.Rule {
	var out state.State
	theirs := map[state.RuleKey]bool{}
	for _, r := range observed.Rules {
		if !state.OwnedByUs(r.Owner) {
			theirs[r.RuleKey] = true
			out.Rules = append(out.Rules, r)
		}
	}
	for _, r := range desired.Rules {
		if !theirs[r.RuleKey] {
			out.Rules = append(out.Rules, r)
		}
	}
	out.Normalize()
	return out.Rules
}

func TestInputOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		desired, observed := genState(t, []uint8{state.OwnerStatic}), genState(t, []uint8{state.OwnerStatic, 0})
		own := claimSome(t, observed)
		want := plan.Diff(desired, observed, own, state.Everything)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		shuffle(r, &desired)
		shuffle(r, &observed)
		got := plan.Diff(desired, observed, own, state.Everything)
		if diff := cmp.Diff(want, got, empty, addrs, prefixes); diff != "" {
			t.Fatal(diff)
		}
	})
}

func shuffle(r *rand.Rand, s *state.State) {
	s.Services = slices.Clone(s.Services)
	r.Shuffle(len(s.Services), func(i, j int) { s.Services[i], s.Services[j] = s.Services[j], s.Services[i] })
	r.Shuffle(len(s.Addresses), func(i, j int) { s.Addresses[i], s.Addresses[j] = s.Addresses[j], s.Addresses[i] })
	s.Normalize()
}

func TestScopeTouchesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		desired, observed := genState(t, []uint8{state.OwnerStatic}), genState(t, []uint8{state.OwnerStatic})
		scope := state.Scope{Services: []state.ServiceKey{genKey(t)}}
		own := claimSome(t, observed)
		var inScope state.State
		if r := desired.FindService(scope.Services[0]); r != nil {
			inScope.Services = []state.ServiceRows{*r}
		}
		p := plan.Diff(inScope, observed, own, scope)
		for _, op := range p.Ops {
			switch o := op.Object().(type) {
			case state.Service:
				if o.ServiceKey != scope.Services[0] {
					t.Fatalf("out of scope: %s", o.Name())
				}
			case state.Destination:
				if o.Service != scope.Services[0] {
					t.Fatalf("out of scope: %s", o.Name())
				}
			default:
				t.Fatalf("out of scope: %s", o.Name())
			}
		}
	})
}

func TestJSONRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		desired, observed := genState(t, []uint8{state.OwnerStatic}), genState(t, []uint8{state.OwnerStatic, 0})
		d := render.Document{Node: "lb1", Source: "x", Plan: plan.Diff(desired, observed, claimSome(t, observed), state.Everything).
			Because(plan.Reason{Why: plan.Repair, Detail: "because"})}
		b, err := render.JSON(&d)
		if err != nil {
			t.Fatal(err)
		}
		back, err := render.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d.Plan.Ops, back.Plan.Ops, empty, addrs, prefixes); diff != "" {
			t.Fatal(diff)
		}
	})
}

// big makes a state of services x dests.
func big(services, dests int) state.State {
	var s state.State
	for i := range services {
		k := state.ServiceKey{Addr: netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), Port: 80, Protocol: 6}
		r := state.ServiceRows{Service: state.Service{ServiceKey: k, Scheduler: "wrr", Netmask: 0xffffffff}}
		for j := range dests {
			r.Dests = append(r.Dests, state.Dest{Addr: netip.AddrFrom4([4]byte{10, 2, byte(i), byte(j)}), Port: 80, Weight: 1})
		}
		s.Services = append(s.Services, r)
	}
	s.Normalize()
	return s
}

func claimsOf(s state.State) plan.Claims {
	c := plan.Claims{Services: map[state.ServiceKey]bool{}, VRRP: true}
	for _, r := range s.Services {
		c.Services[r.Service.ServiceKey] = true
	}
	return c
}

func BenchmarkDiffUnchanged(b *testing.B) {
	for _, n := range []int{500, 5000} {
		b.Run(fmt.Sprintf("%dx10", n), func(b *testing.B) {
			want, have := big(n, 10), big(n, 10)
			own := claimsOf(have)
			b.ReportAllocs()
			for b.Loop() {
				if p := plan.Diff(want, have, own, state.Everything); !p.IsEmpty() {
					b.Fatal("not empty")
				}
			}
		})
	}
}

func BenchmarkDiffScoped(b *testing.B) {
	want := big(1, 10)
	have := big(1, 10)
	have.Services[0].Dests = have.Services[0].Dests[:9]
	own := claimsOf(big(5000, 10))
	scope := state.Scope{Services: []state.ServiceKey{want.Services[0].Service.ServiceKey}}
	b.ReportAllocs()
	for b.Loop() {
		if p := plan.Diff(want, have, own, scope); len(p.Ops) != 1 {
			b.Fatal("one operation expected")
		}
	}
}

// TestSecondariesOfThisPlan: an address that the plan itself adds would go
// with the first of its subnet, too.
func TestSecondariesOfThisPlan(t *testing.T) {
	at := func(s string) state.Address {
		return state.Address{AddressKey: state.AddressKey{Link: "eth0", Prefix: netip.MustParsePrefix(s)}, Label: "eth0", Owner: state.OwnerStatic}
	}
	links := []state.Link{{Dev: "eth0", Up: true}}
	p := plan.Diff(state.State{Addresses: []state.Address{at("10.9.0.7/24")}, Links: links},
		state.State{Addresses: []state.Address{at("10.9.0.1/24")}, Links: links}, plan.Claims{}, state.Everything)
	if len(p.Ops) != 3 || p.Ops[0].Object() != state.Object(plan.PromoteSecondaries("eth0")) {
		t.Fatal(render.Text(&render.Document{Plan: p}))
	}
}
