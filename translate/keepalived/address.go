package keepalived

import (
	"cmp"
	"net/netip"
	"strings"

	"github.com/lbgit/lbgit/schema"
)

// addresses maps virtual_ipaddress and virtual_ipaddress_excluded. Only the
// advertised ones must be of one family (fact 1.29).
func (w *world) addresses(b *Stmt, sc *vrrpScan, to *[]schema.VirtualAddress, oneFamily bool) {
	for i := range b.Block {
		s := &b.Block[i]
		a, ok := w.address(s, false)
		if !ok || oneFamily && !w.fits(sc, s, a.Prefix.Addr) {
			continue
		}
		dup := false
		for j := range *to {
			dup = dup || (*to)[j].Prefix == a.Prefix
		}
		if dup {
			w.Warnf(s.at(), "address %s stands twice; the later one is dropped", a.Prefix).As("duplicate")
			continue
		}
		*to = append(*to, a)
	}
}

// address reads one entry (facts 1.43, 1.44).
func (w *world) address(s *Stmt, static bool) (schema.VirtualAddress, bool) {
	a := schema.VirtualAddress{Src: s.src()}
	p, ok := prefix(s.Keyword())
	if !ok {
		w.Warnf(s.at(), "%q is not an address; skipped as keepalived does", s.Keyword()).As("bad-value").
			Because("an entry begins with an address, such as 192.0.2.10/24")
		return a, false
	}
	a.Prefix = p
	for i := 1; i < len(s.Words); i++ {
		word := s.arg(i)
		switch word { // flags
		case "no_track":
			a.NoTrack = true
			continue
		case "noprefixroute":
			a.NoPrefixRoute = true
			continue
		case "-nodad":
			a.DAD = true
			continue
		case "home":
			a.Home = true
			continue
		case "mngtmpaddr":
			a.ManageTemp = true
			continue
		case "autojoin":
			a.AutoJoin = true
			continue
		case "use_vmac":
			if static {
				w.Warnf(s.word(i), "use_vmac is for virtual addresses; ignored").As("bad-value")
			} else {
				a.VMAC = true
			}
			continue
		case "dev", "scope", "broadcast", "brd", "label", "peer", "preferred_lft", "track_group":
		default:
			w.Warnf(s.word(i), "unknown word %q in an address is ignored", word).As("unknown")
			continue
		}
		if i++; i >= len(s.Words) { // fact 1.43
			w.Warnf(s.at(), "%s needs a value; the address is dropped as keepalived does", word).As("bad-value")
			return a, false
		}
		if !w.addressOption(&a, s, word, i) {
			return a, false
		}
	}
	if static && a.Dev == "" {
		a.Dev = w.g.dev
	}
	return a, true
}

// addressOption sets one option; false drops the address.
func (w *world) addressOption(a *schema.VirtualAddress, s *Stmt, word string, i int) bool {
	val := s.arg(i)
	drop := func(why string) bool {
		w.Warnf(s.word(i), "%s %q %s; the address is dropped as keepalived does", word, val, why).As("bad-value")
		return false
	}
	v6 := a.Prefix.Addr.Is6()
	if v6 && word == "label" {
		w.Warnf(s.word(i), "label is ignored for IPv6").As("no-effect")
		return true
	}
	switch word {
	case "dev":
		w.device(s, i, &a.Dev)
	case "scope":
		if a.Scope.UnmarshalText([]byte(val)) != nil {
			w.ignored(s, i, "a scope: site, link, host, nowhere, global or a number")
		}
	case "broadcast", "brd":
		b, err := netip.ParseAddr(val)
		switch {
		case v6:
			return drop("is not for IPv6")
		case val == "+":
			a.Broadcast = "+"
		case val == "-":
			a.Broadcast = "-"
		case err != nil || !b.Is4():
			return drop("is not an IPv4 address, + or -")
		default:
			a.Broadcast = w.str(val)
		}
	case "label":
		if len(val) > 15 {
			return drop("is longer than 15 characters")
		}
		a.Label = w.str(val)
	case "peer":
		p, ok := prefix(val)
		if !ok || p.Addr.Is6() != v6 {
			return drop("is not an address of the same family")
		}
		if a.Prefix.Bits != p.Bits && strings.Contains(s.Keyword(), "/") {
			w.Warnf(s.at(), "an address with a peer has the peer's prefix length, /%d; its own is ignored as keepalived does", p.Bits).As("no-effect")
		}
		a.Peer, a.Prefix.Bits = p, p.Bits
	case "preferred_lft":
		if a.Preferred.UnmarshalText([]byte(val)) != nil {
			return drop("is not a number of seconds or forever")
		}
	case "track_group":
		w.trackGroup(s, i)
	}
	return true
}

// statics maps static_ipaddress, static_routes and static_rules.
func (w *world) statics(in instance) {
	w.g.dev = in.g.dev
	w.static = true
	defer func() { w.static = false }()
	for i := range in.stmt.Block {
		s := &in.stmt.Block[i]
		w.gated = ""
		switch in.stmt.Keyword() {
		case "static_ipaddress":
			if a, ok := w.address(s, true); ok {
				w.cfg.Addresses = append(w.cfg.Addresses, &schema.StaticAddress{VirtualAddress: a})
				w.endGated(s, a.Dev)
			}
		case "static_routes":
			if r, ok := w.route(s); ok {
				w.cfg.Routes = append(w.cfg.Routes, &schema.StaticRoute{RouteSpec: r})
				w.endGated(s, r.Dev)
			}
		default:
			if r, ok := w.rule(s); ok {
				w.cfg.Rules = append(w.cfg.Rules, &schema.StaticRule{RuleSpec: r})
				w.endGated(s, cmp.Or(r.In, r.Out))
			}
		}
	}
}
