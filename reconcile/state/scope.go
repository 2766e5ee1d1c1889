package state

import (
	"cmp"
	"slices"
)

// Scope limits a pass to some rows. The zero value is an empty scope; Full
// covers everything.
type Scope struct {
	Full      bool
	Services  []ServiceKey
	Addresses []AddressKey
	Routes    []RouteKey
	// Links by name; with a made link go its link-local address and, in
	// Sysctls, the settings that it needs.
	Links []string
	// Sysctls by path. They are never read otherwise, also by a Full scope.
	Sysctls []string
	Rules   []RuleKey
	Filters []Filter
}

// Everything is the scope of a whole pass.
var Everything = Scope{Full: true}

// IsEmpty tells whether the scope covers nothing.
func (s Scope) IsEmpty() bool {
	return !s.Full && len(s.Services)+len(s.Addresses)+len(s.Routes)+len(s.Rules)+len(s.Links)+len(s.Sysctls)+len(s.Filters) == 0
}

// NeedsIPVS tells whether the scope reaches into the IPVS table.
func (s Scope) NeedsIPVS() bool { return s.Full || len(s.Services) > 0 }

// NeedsLinks tells whether it reaches links, addresses, routes or rules.
func (s Scope) NeedsLinks() bool {
	return s.Full || len(s.Addresses)+len(s.Routes)+len(s.Rules)+len(s.Links) > 0
}

// Add joins two scopes.
func (s Scope) Add(o Scope) Scope {
	sysctls := union(s.Sysctls, o.Sysctls, cmp.Compare[string])
	if s.Full || o.Full {
		return Scope{Full: true, Sysctls: sysctls}
	}
	return Scope{
		Links: union(s.Links, o.Links, cmp.Compare[string]), Sysctls: sysctls,
		Services:  union(s.Services, o.Services, ServiceKey.Compare),
		Addresses: union(s.Addresses, o.Addresses, AddressKey.Compare),
		Routes:    union(s.Routes, o.Routes, RouteKey.Compare),
		Rules:     union(s.Rules, o.Rules, RuleKey.Compare),
		Filters:   union(s.Filters, o.Filters, Filter.Compare),
	}
}

func union[K any](a, b []K, c func(K, K) int) []K {
	if len(b) == 0 {
		return a
	}
	out := append(slices.Clone(a), b...)
	slices.SortFunc(out, c)
	return slices.CompactFunc(out, func(x, y K) bool { return c(x, y) == 0 })
}

// Split parts what another covers of the scope from the rest; services are never
// parted. Of a Full scope there is no such part: it counts as covered.
func (s Scope) Split(by Scope) (covered, rest Scope) {
	if by.Full || s.Full {
		return s, Scope{}
	}
	rest.Services = s.Services
	covered.Links, rest.Links = split(s.Links, by.HasLink)
	covered.Sysctls, rest.Sysctls = split(s.Sysctls, by.HasSysctl)
	covered.Addresses, rest.Addresses = split(s.Addresses, by.HasAddress)
	covered.Routes, rest.Routes = split(s.Routes, by.HasRoute)
	covered.Rules, rest.Rules = split(s.Rules, by.HasRule)
	covered.Filters, rest.Filters = split(s.Filters, by.HasFilter)
	return covered, rest
}

func split[K any](list []K, has func(K) bool) (in, out []K) {
	for _, k := range list {
		if has(k) {
			in = append(in, k)
		} else {
			out = append(out, k)
		}
	}
	return in, out
}

// HasService tells whether the scope covers the service.
func (s *Scope) HasService(k ServiceKey) bool {
	return s.Full || has(s.Services, k, ServiceKey.Compare)
}

// HasAddress tells whether the scope covers the address.
func (s *Scope) HasAddress(k AddressKey) bool {
	return s.Full || has(s.Addresses, k, AddressKey.Compare) || k.Prefix.Addr().IsLinkLocalUnicast() && s.HasLink(k.Link)
}

// HasLink tells whether the scope covers the link.
func (s *Scope) HasLink(name string) bool { return s.Full || has(s.Links, name, cmp.Compare[string]) }

// HasSysctl tells whether the scope covers the setting.
func (s *Scope) HasSysctl(path string) bool { return has(s.Sysctls, path, cmp.Compare[string]) }

// HasRoute tells whether the scope covers the route.
func (s *Scope) HasRoute(k RouteKey) bool { return s.Full || has(s.Routes, k, RouteKey.Compare) }

// HasRule tells whether the scope covers the rule.
func (s *Scope) HasRule(k RuleKey) bool { return s.Full || has(s.Rules, k, RuleKey.Compare) }

// HasFilter tells whether the scope covers the filter.
func (s *Scope) HasFilter(f Filter) bool { return s.Full || has(s.Filters, f, Filter.Compare) }

// Lists are sorted by Add and by whoever makes a scope; the first few are
// searched in order, as most scopes are tiny.
func has[K any](list []K, k K, c func(K, K) int) bool {
	if len(list) <= 8 {
		for _, x := range list {
			if c(x, k) == 0 {
				return true
			}
		}
		return false
	}
	_, ok := slices.BinarySearchFunc(list, k, c)
	return ok
}
