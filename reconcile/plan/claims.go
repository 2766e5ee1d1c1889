package plan

import (
	"maps"

	"github.com/lbgit/lbgit/reconcile/state"
)

// Claims say which objects are lbgit's. Addresses and routes mostly say so
// themselves, by their protocol number; IPVS rows cannot.
type Claims struct {
	Services  map[state.ServiceKey]bool
	Addresses map[state.AddressKey]bool
	// Routes that carry another protocol number than lbgit's.
	Routes map[state.RouteKey]bool
	// Sysctls are settings that lbgit has changed, with the value that was there
	// before; those of links that it made itself go with them.
	Sysctls map[string]string
	// Rules that carry another protocol number than lbgit's.
	Rules map[state.RuleKey]bool
	// VRRP tells that what VRRP owns may be touched: only a daemon may.
	VRRP bool
}

func (c *Claims) address(a *state.Address) bool {
	return a.Owner == state.OwnerStatic || a.Owner == state.OwnerVRRP && c.VRRP || c.Addresses[a.AddressKey]
}

func (c *Claims) route(r *state.Route) bool {
	return r.Owner == state.OwnerStatic || r.Owner == state.OwnerVRRP && c.VRRP || c.Routes[r.RouteKey]
}

func (c *Claims) rule(r *state.Rule) bool {
	return r.Owner == state.OwnerStatic || r.Owner == state.OwnerVRRP && c.VRRP || c.Rules[r.RuleKey]
}

// Accept gives the claims that follow from taking on a desired state: what is
// desired is lbgit's, unless it is in conflict. What was claimed before stays
// claimed until it is gone (see Forget). Without anything new it costs nothing.
func (c Claims) Accept(desired *state.State, p *Plan) (next Claims, changed bool) {
	next = c
	change := func() {
		if !changed {
			next.Sysctls = maps.Clone(c.Sysctls)
			next.Services, next.Addresses = maps.Clone(c.Services), maps.Clone(c.Addresses)
			next.Routes, next.Rules = maps.Clone(c.Routes), maps.Clone(c.Rules)
			changed = true
		}
	}
	refused := map[state.ServiceKey]bool{}
	for _, x := range p.Conflicts {
		if s, ok := x.Desired.(state.Service); ok {
			refused[s.ServiceKey] = true
		}
	}
	for i := range desired.Services {
		k := desired.Services[i].Service.ServiceKey
		if !refused[k] && !next.Services[k] {
			change()
			next.Services = mark(next.Services, k)
		}
	}
	for _, o := range p.Adopted {
		switch a := o.(type) {
		case state.Address:
			change()
			next.Addresses = mark(next.Addresses, a.AddressKey)
		case state.Route:
			change()
			next.Routes = mark(next.Routes, a.RouteKey)
		case state.Rule:
			change()
			next.Rules = mark(next.Rules, a.RuleKey)
		}
	}
	for i := range p.Ops {
		was, ok := p.Ops[i].Old.(state.Sysctl)
		_, known := next.Sysctls[was.Path]
		if !ok || known || desired.FindSysctl(was.Path) == nil || desired.HasLink(was.Link()) {
			continue
		}
		change()
		if next.Sysctls == nil {
			next.Sysctls = map[string]string{}
		}
		next.Sysctls[was.Path] = was.Value
	}
	return next, changed
}

func mark[K comparable](m map[K]bool, k K) map[K]bool {
	if m == nil {
		m = map[K]bool{}
	}
	m[k] = true
	return m
}

// Forget drops the claims of what a plan has removed.
func (c Claims) Forget(p *Plan) (changed bool) {
	for i := range p.Ops {
		if back, ok := p.Ops[i].New.(state.Sysctl); ok && p.Ops[i].Phase == phaseSysctlBack {
			delete(c.Sysctls, back.Path)
			changed = true
		}
		if p.Ops[i].Verb != state.Remove {
			continue
		}
		switch o := p.Ops[i].Old.(type) {
		case state.Service:
			changed = changed || c.Services[o.ServiceKey]
			delete(c.Services, o.ServiceKey)
		case state.Address:
			changed = changed || c.Addresses[o.AddressKey]
			delete(c.Addresses, o.AddressKey)
		case state.Route:
			changed = changed || c.Routes[o.RouteKey]
			delete(c.Routes, o.RouteKey)
		case state.Rule:
			changed = changed || c.Rules[o.RuleKey]
			delete(c.Rules, o.RuleKey)
		}
	}
	return changed
}
