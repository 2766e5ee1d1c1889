package compile

import (
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/schema"
)

// route appends the row of a route, unless its table has a name that this node
// does not know: validation has told so.
func (p *Prepared) route(out []state.Route, r *schema.RouteSpec, link string, owner uint8) []state.Route {
	table, known := p.Config.TableNumber(r.Table)
	if !known {
		return out
	}
	to, _ := r.Destination()
	row := state.Route{
		RouteKey: state.RouteKey{To: to, From: selector(r.From), TOS: uint8(r.TOS), Table: table, Metric: r.Metric},
		Type:     routeTypes[r.Type], Via: r.Via, Link: r.Dev, OnLink: r.OnLink, Source: r.Source, Scope: uint8(r.Scope), Metrics: metrics(r),
		Realms: uint32(r.Realms), Preference: preferences[r.Preference], Expires: seconds(r.Expires), Owner: owner,
	}
	nexthops(&row, r.Nexthops)
	if row.Table == 0 {
		row.Table = schema.TableMain
		if r.Type >= schema.Local && r.Type <= schema.Multicast {
			row.Table = schema.TableLocal
		}
	}
	if row.Link == "" && !row.Via.IsValid() && row.Nexthops == "" && r.Type.Leads() {
		row.Link = link
	}
	// The kernel gives IPv6 routes without a metric 1024 and knows no scope.
	if to.Addr().Is6() {
		row.Scope = 0
		if row.Metric == 0 {
			row.Metric = 1024
		}
	} else if row.Scope == 0 {
		row.Scope = usualScope(&row)
	}
	return append(out, row)
}

var routeTypes = [...]uint8{
	schema.Unicast: state.RouteUnicast, schema.Local: state.RouteLocal, schema.Broadcast: state.RouteBroadcast, schema.Anycast: state.RouteAnycast,
	schema.Multicast: state.RouteMulticast, schema.Blackhole: state.RouteBlackhole, schema.Unreachable: state.RouteUnreachable,
	schema.Prohibit: state.RouteProhibit, schema.Throw: state.RouteThrow,
}

var preferences = [...]uint8{schema.MediumPreference: 0, schema.HighPreference: 1, schema.LowPreference: 3}

// usualScope is that of an IPv4 route which names none, as ip-route(8) has it:
// the host for local ones, the link for what has no gateway, else the world.
func usualScope(r *state.Route) uint8 {
	switch r.Type {
	case state.RouteLocal:
		return 254
	case state.RouteBroadcast, state.RouteAnycast, state.RouteMulticast:
		return 253
	case state.RouteUnicast:
		if !r.Via.IsValid() && r.Nexthops == "" {
			return 253
		}
	}
	return 0
}

// nexthops puts several ways into a row; a single one is an ordinary way.
func nexthops(row *state.Route, list []schema.Nexthop) {
	if len(list) == 1 {
		row.Via, row.Link, row.OnLink = list[0].Via, list[0].Dev, list[0].OnLink
		row.Realms |= uint32(list[0].Realms)
		return
	}
	hops := make([]state.Nexthop, len(list))
	for i, n := range list {
		hops[i] = state.Nexthop{Via: n.Via, Link: n.Dev, Weight: n.Weight, OnLink: n.OnLink, Realms: uint32(n.Realms)}
	}
	row.Nexthops = state.JoinNexthops(hops)
}

// metrics are those of a route in the kernel's units.
func metrics(r *schema.RouteSpec) (m state.Metrics) {
	ms := func(d time.Duration, parts int64) uint32 { return uint32(d.Microseconds() * parts / 1000) }
	flag := func(on bool) uint32 {
		if on {
			return 1
		}
		return 0
	}
	for i, v := range map[int]uint32{
		state.MetricMTU: r.MTU, state.MetricAdvMSS: r.AdvMSS, state.MetricHopLimit: uint32(r.HopLimit), state.MetricWindow: r.Window,
		state.MetricCwnd: r.Cwnd, state.MetricInitCwnd: r.InitCwnd, state.MetricInitRwnd: r.InitRwnd, state.MetricSsthresh: r.Ssthresh,
		state.MetricReordering: r.Reordering, state.MetricRTT: ms(r.RTT, 8), state.MetricRTTVar: ms(r.RTTVar, 4), state.MetricRTOMin: ms(r.RTOMin, 1),
		state.MetricFeatures: flag(r.ECN), state.MetricQuickACK: flag(r.QuickACK), state.MetricFastOpen: flag(r.FastOpen),
	} {
		m.Value[i] = v
	}
	m.Congctl = r.Congctl
	for _, name := range r.Locked {
		if i := state.MetricNumber(name); i > 0 && (m.Value[i] != 0 || i == state.MetricCongctl && m.Congctl != "") {
			m.Lock |= 1 << i
		}
	}
	return m
}

var ruleActions = [...]uint8{
	schema.RuleLookup: state.ActionTable, schema.RuleVRF: state.ActionTable, schema.RuleGoto: state.ActionGoto, schema.RuleNop: state.ActionNop,
	schema.RuleBlackhole: state.ActionBlackhole, schema.RuleUnreachable: state.ActionUnreachable, schema.RuleProhibit: state.ActionProhibit,
}

// rule appends the row of a rule in the kernel's own terms.
func (p *Prepared) rule(out []state.Rule, r *schema.RuleSpec, owner uint8) []state.Rule {
	table, known := p.Config.TableNumber(r.Table)
	if !known {
		return out
	}
	row := state.Rule{
		RuleKey: state.RuleKey{
			V6: r.IsIPv6(), Priority: r.Priority, Not: r.Not, From: selector(r.From), To: selector(r.To), TOS: uint8(r.TOS),
			Mark: r.Mark, Mask: r.Mask, In: r.In, Out: r.Out, Tunnel: r.Tunnel, Protocol: uint8(r.Protocol),
			SourcePorts: span(r.SourcePorts), Ports: span(r.Ports),
		},
		Action: ruleActions[r.Action], Table: table, L3MDev: r.Action == schema.RuleVRF, Goto: r.Goto, Realms: uint32(r.Realms),
		SuppressLength: state.NoLimit, SuppressGroup: state.NoLimit, Owner: owner,
	}
	if row.Mark != 0 && row.Mask == 0 {
		row.Mask = 1<<32 - 1
	}
	if r.Users != nil {
		row.Users, row.UsersSet = state.Span(*r.Users), true
	}
	if r.SuppressLength != nil {
		row.SuppressLength = *r.SuppressLength
	}
	if r.SuppressGroup != nil {
		row.SuppressGroup = *r.SuppressGroup
	}
	return append(out, row)
}

// selector is a prefix as the kernel has it: none where it matches all.
func selector(p schema.Prefix) netip.Prefix {
	if p.IsZero() || p.Bits == 0 {
		return netip.Prefix{}
	}
	return p.Netip().Masked()
}

func span(r schema.PortRange) state.Span {
	return state.Span{First: uint32(r.First), Last: uint32(r.Last)}
}
