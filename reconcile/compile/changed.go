package compile

import (
	"net/netip"
	"slices"

	"github.com/lbgit/lbgit/reconcile/state"
)

// Changed is the scope of what differs between two configurations: the rows
// of everything that is new, gone or not the same. With no configuration
// before, it is everything.
func Changed(before, after *Prepared) state.Scope {
	if before == nil || before.timeouts != after.timeouts {
		all := state.Scope{Full: true, Sysctls: after.LinkScope("").Sysctls}
		if before != nil {
			all = all.Add(state.Scope{Sysctls: before.LinkScope("").Sysctls})
		}
		return all
	}
	var s state.Scope
	gone, came := Virtuals(before, after)
	for _, v := range slices.Concat(gone, came) {
		for i := range v.Services {
			s.Services = append(s.Services, v.Services[i].ServiceKey)
		}
	}
	s.Addresses = append(s.Addresses, unlike(before.heldAddresses(), after.heldAddresses(), func(a state.Address) state.AddressKey { return a.AddressKey })...)
	s.Routes = append(s.Routes, unlike(before.heldRoutes(), after.heldRoutes(), func(r state.Route) state.RouteKey { return r.RouteKey })...)
	s.Rules = append(s.Rules, unlike(before.heldRules(), after.heldRules(), func(r state.Rule) state.RuleKey { return r.RuleKey })...)
	s.Filters = unlike(before.heldFilters(), after.heldFilters(), func(f state.Filter) state.Filter { return f })
	for _, p := range [2]*Prepared{before, after} {
		for _, in := range p.Instances {
			s = s.Add(in.unlike(before, after))
		}
	}
	return sorted(s)
}

func sorted(s state.Scope) state.Scope {
	slices.SortFunc(s.Services, state.ServiceKey.Compare)
	slices.SortFunc(s.Addresses, state.AddressKey.Compare)
	slices.SortFunc(s.Routes, state.RouteKey.Compare)
	slices.SortFunc(s.Filters, state.Filter.Compare)
	s.Filters = slices.Compact(s.Filters)
	slices.Sort(s.Links)
	slices.Sort(s.Sysctls)
	s.Links, s.Sysctls = slices.Compact(s.Links), slices.Compact(s.Sysctls)
	slices.SortFunc(s.Rules, state.RuleKey.Compare)
	s.Services, s.Addresses = slices.Compact(s.Services), slices.Compact(s.Addresses)
	s.Routes, s.Rules = slices.Compact(s.Routes), slices.Compact(s.Rules)
	return s
}

// Virtuals tells which virtual servers are gone and which are new. A changed
// one is both.
func Virtuals(before, after *Prepared) (gone, came []*Virtual) {
	if before == nil {
		return nil, after.Virtuals
	}
	have := make(map[*Virtual]bool, len(before.Virtuals))
	for _, v := range before.Virtuals {
		have[v] = true
	}
	for _, v := range after.Virtuals {
		if have[v] {
			delete(have, v)
		} else {
			came = append(came, v)
		}
	}
	for _, v := range before.Virtuals {
		if have[v] {
			gone = append(gone, v)
		}
	}
	return gone, came
}

func (p *Prepared) heldAddresses() []state.Address {
	out := slices.Clone(p.addresses)
	for _, i := range p.Instances {
		out = append(out, i.Addresses...)
	}
	return out
}

func (p *Prepared) heldRoutes() []state.Route {
	out := slices.Clone(p.routes)
	for _, i := range p.Instances {
		out = append(out, i.Routes...)
	}
	return out
}

func (p *Prepared) heldFilters() (out []state.Filter) {
	for _, i := range p.Instances {
		out = append(out, i.Filters...)
	}
	return out
}

func (p *Prepared) heldRules() []state.Rule {
	out := slices.Clone(p.rules)
	for _, i := range p.Instances {
		out = append(out, i.Rules...)
	}
	return out
}

// unlike gives the keys of what is not in both lists.
func unlike[T comparable, K any](a, b []T, key func(T) K) []K {
	in := make(map[T]int, len(a))
	for _, x := range a {
		in[x] |= 1
	}
	for _, x := range b {
		in[x] |= 2
	}
	var out []K
	for x, where := range in {
		if where != 3 {
			out = append(out, key(x))
		}
	}
	return out
}

// LinkScope is everything that may be held on an interface, with the links that
// are made on it and what is on those, and every route, which may have gone with
// it; an empty name means all interfaces, and rules. Rules stay when their
// interface goes.
func (p *Prepared) LinkScope(link string) state.Scope {
	var s state.Scope
	on := map[string]bool{link: true}
	for _, in := range p.Instances {
		mine := false
		for _, m := range in.Made {
			if link == "" || m.Link.Dev == link || m.Link.Parent == link {
				mine, on[m.Link.Dev] = true, true
			}
		}
		if mine || len(in.settings) > 0 && (link == "" || in.VRRP.Interface == link) {
			s = s.Add(in.LinkScope())
		}
	}
	for _, a := range p.heldAddresses() {
		if link == "" || on[a.Link] {
			s.Addresses = append(s.Addresses, a.AddressKey)
		}
	}
	for _, r := range p.heldRoutes() {
		s.Routes = append(s.Routes, r.RouteKey)
	}
	if link == "" {
		s.Filters = p.heldFilters()
		for _, r := range p.heldRules() {
			s.Rules = append(s.Rules, r.RuleKey)
		}
	}
	return sorted(s)
}

// AddressScope is what it may concern that an address came or went: the address
// itself where it may be held, and the routes, which may have gone with it. A
// link-local address may be that of a link which is made here.
func (p *Prepared) AddressScope(link string, addr netip.Addr) state.Scope {
	var s state.Scope
	match := func(list []state.Address) {
		for i := range list {
			if k := list[i].AddressKey; k.Link == link && k.Prefix.Addr() == addr {
				s.Addresses = append(s.Addresses, k)
			}
		}
	}
	match(p.addresses)
	for _, i := range p.Instances {
		match(i.Addresses)
	}
	switch {
	case len(s.Addresses) > 0:
		for _, r := range p.heldRoutes() {
			s.Routes = append(s.Routes, r.RouteKey)
		}
	case addr.IsLinkLocalUnicast() && p.Makes(link):
		s.Links = p.LinkScope(link).Links
	}
	return sorted(s)
}

// RuleScope is the rule of that key, if one may be held.
func (p *Prepared) RuleScope(k state.RuleKey) []state.RuleKey {
	if slices.ContainsFunc(p.heldRules(), func(r state.Rule) bool { return r.RuleKey == k }) {
		return []state.RuleKey{k}
	}
	return nil
}

// NeedsIPVS tells whether the configuration has anything for IPVS.
func (p *Prepared) NeedsIPVS() bool { return len(p.byService) > 0 || p.timeouts != (state.Timeouts{}) }
