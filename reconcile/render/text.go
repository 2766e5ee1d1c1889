package render

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
)

// Text shows a plan on a terminal, without colours.
func Text(d *Document) string {
	var b strings.Builder
	for _, n := range d.Notes {
		fmt.Fprintf(&b, "%s\n", n)
	}
	if len(d.Notes) > 0 {
		b.WriteByte('\n')
	}
	lines(&b, &d.Plan)
	aside(&b, &d.Plan)
	b.WriteString(Summary(&d.Plan))
	b.WriteByte('\n')
	return b.String()
}

func lines(b *strings.Builder, p *plan.Plan) {
	for i := range p.Ops {
		b.WriteString(Line(&p.Ops[i]))
		b.WriteByte('\n')
	}
	if len(p.Ops) > 0 {
		b.WriteByte('\n')
	}
}

// Line is one operation as text: its sign, its object, and what changes.
func Line(op *plan.Op) string {
	o := op.Object()
	s := fmt.Sprintf("  %s %s %s", op.Verb.Symbol(), o.Kind(), o.Name())
	switch op.Verb {
	case state.Add:
		s += attributes(op.New)
	case state.Update, state.Replace:
		s += changes(op.Old, op.New)
	}
	if op.Reason.Why != plan.Configuration || op.Reason.Detail != "" {
		s += "  # " + op.Reason.Why.String()
		if op.Reason.Detail != "" {
			s += ": " + op.Reason.Detail
		}
	}
	return s
}

func attributes(o state.Object) string {
	var b strings.Builder
	for _, f := range fields(o) {
		if f.value != f.usual {
			fmt.Fprintf(&b, " %s=%s", f.name, f.value)
		}
	}
	return b.String()
}

func changes(old, now state.Object) string {
	if old == nil {
		return attributes(now)
	}
	var b strings.Builder
	before := fields(old)
	for i, f := range fields(now) {
		if before[i].value != f.value {
			fmt.Fprintf(&b, " %s: %s -> %s", f.name, shown(before[i].value), shown(f.value))
		}
	}
	return b.String()
}

func shown(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// field is a property as text; one with its usual value is not shown.
type field struct{ name, value, usual string }

func fields(o state.Object) []field {
	num := func(name string, v, usual int64) field {
		return field{name, fmt.Sprint(v), fmt.Sprint(usual)}
	}
	switch v := o.(type) {
	case state.Service:
		return []field{
			{"scheduler", v.Scheduler, ""}, {"flags", state.FlagNames(v.Flags), ""},
			num("persistence", int64(v.Timeout), 0), {"netmask", mask(v), mask(state.Service{})}, {"engine", v.Engine, ""},
		}
	case state.Destination:
		return []field{
			num("weight", int64(v.Weight), -1), {"forward", forward(&v.Dest), ""},
			num("upper", int64(v.Upper), 0), num("lower", int64(v.Lower), 0),
		}
	case state.Timeouts:
		return []field{num("tcp", int64(v.TCP), 0), num("tcp_fin", int64(v.TCPFin), 0), num("udp", int64(v.UDP), 0)}
	case state.Address:
		return []field{
			{"label", v.Label, labelled(v)}, {"peer", prefix(v.Peer), ""}, {"broadcast", addr(v.Broadcast), ""},
			{"scope", state.ScopeName(v.Scope), "global"}, flag("deprecated", v.Deprecated), num("preferred_lifetime", int64(v.Preferred), 0), flag("nodad", v.NoDAD),
			flag("noprefixroute", v.NoPrefixRoute), flag("home", v.Home), flag("mngtmpaddr", v.ManageTemp), flag("autojoin", v.AutoJoin), {"owner", owner(v.Owner), ""},
		}
	case state.Route:
		return []field{
			{"type", state.RouteTypeName(v.Type), ""}, {"via", addr(v.Via), ""}, {"dev", v.Link, ""}, flag("onlink", v.OnLink), {"nexthops", v.Nexthops, ""}, {"source", addr(v.Source), ""},
			{"scope", state.ScopeName(v.Scope), "global"}, {"metrics", v.Metrics.String(), ""},
			{"realms", state.RealmsText(v.Realms), ""}, num("preference", int64(v.Preference), 0), num("expires", int64(v.Expires), 0), {"encap", v.Encap, ""}, {"owner", owner(v.Owner), ""},
		}
	case state.Link:
		return []field{
			{"kind", v.Type, ""}, {"parent", v.Parent, ""}, {"mode", v.Mode, ""}, {"mac", v.MAC, ""},
			num("group", int64(v.Group), 0), {"master", v.Master, ""}, flag("on", v.On),
		}
	case state.Rule:
		return []field{
			{"action", v.ActionText(), ""}, {"realms", state.RealmsText(v.Realms), ""},
			num("suppress_prefixlength", int64(v.SuppressLength), -1), num("suppress_ifgroup", int64(v.SuppressGroup), -1),
			{"owner", owner(v.Owner), ""},
		}
	case state.Sysctl:
		return []field{{"value", v.Value, ""}}
	}
	return nil
}

func flag(name string, on bool) field { return field{name, fmt.Sprint(on), "false"} }

func owner(p uint8) string {
	switch p {
	case 0:
		return ""
	case state.OwnerVRRP:
		return "vrrp"
	case state.OwnerStatic:
		return "static"
	}
	return fmt.Sprint(p)
}

func addr(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func prefix(p netip.Prefix) string {
	if !p.IsValid() {
		return ""
	}
	return p.String()
}

func mask(s state.Service) string {
	if s.Netmask == 0xffffffff || s.Netmask == 128 || s.Netmask == 0 {
		return "host"
	}
	if s.Netmask <= 128 {
		return fmt.Sprintf("/%d", s.Netmask)
	}
	n := s.Netmask
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}).String()
}

func forward(d *state.Dest) string {
	s := state.ForwardName(d.Forward)
	switch d.TunnelType {
	case state.TunnelGUE:
		s += fmt.Sprintf(",gue:%d", d.TunnelPort)
	case state.TunnelGRE:
		s += ",gre"
	}
	switch d.TunnelFlags {
	case state.TunnelChecksum:
		s += ",csum"
	case state.TunnelRemoteChecksum:
		s += ",remcsum"
	}
	return s
}

// aside tells what is not an operation and yet worth knowing.
func aside(b *strings.Builder, p *plan.Plan) {
	for _, o := range p.Adopted {
		fmt.Fprintf(b, "  = %s %s is there already and becomes lbgit's\n", o.Kind(), o.Name())
	}
	for _, c := range p.Conflicts {
		fmt.Fprintf(b, "  ! %s %s is somebody else's and differs:%s; it is left alone\n",
			c.Desired.Kind(), c.Desired.Name(), conflict(c))
	}
	for _, o := range p.Waiting {
		fmt.Fprintf(b, "  ? %s %s waits for its interface\n", o.Kind(), o.Name())
	}
	for _, o := range p.Foreign {
		fmt.Fprintf(b, "  . %s %s is foreign and stays\n", o.Kind(), o.Name())
	}
	if len(p.Adopted)+len(p.Conflicts)+len(p.Waiting)+len(p.Foreign) > 0 {
		b.WriteByte('\n')
	}
}

func conflict(c plan.Conflict) string {
	if s := changes(c.Observed, c.Desired); s != "" {
		return s
	}
	if c.Desired.Kind() == state.KindLink {
		return " it lacks lbgit's mark"
	}
	return " its destinations are others"
}

// labelled is what the label of an address is when nobody gave one: the link's
// name, and nothing for IPv6, which has none.
func labelled(a state.Address) string {
	if a.Label == "" {
		return ""
	}
	return a.Link
}
