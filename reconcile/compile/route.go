package compile

import (
	"net/netip"

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
		RouteKey: state.RouteKey{To: to, Table: table, Metric: r.Metric},
		Via:      r.Via, Link: r.Dev, Source: r.Source, Scope: uint8(r.Scope), MTU: r.MTU, Owner: owner,
	}
	if row.Table == 0 {
		row.Table = schema.TableMain
	}
	if row.Link == "" && !row.Via.IsValid() {
		row.Link = link
	}
	// The kernel gives IPv6 routes without a metric 1024 and knows no scope.
	if to.Addr().Is6() {
		row.Scope = 0
		if row.Metric == 0 {
			row.Metric = 1024
		}
	} else if row.Scope == 0 && !row.Via.IsValid() {
		row.Scope = 253
	}
	return append(out, row)
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
