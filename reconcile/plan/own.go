package plan

import (
	"slices"

	"github.com/lbgit/lbgit/reconcile/state"
)

// settle takes out of both states what the diff must not see: objects out of
// scope, objects of others, and desired objects that cannot be had. What is
// left on the observed side is lbgit's.
func settle(desired, observed *state.State, own *Claims, scope *state.Scope) (d, o state.State, p Plan) {
	d, o = *desired, *observed
	p.services(&d, &o, own, scope)
	there := p.links(&d, &o, own, scope)
	p.addresses(&d, &o, own, scope, there)
	p.routes(&d, &o, own, scope, there)
	p.rules(&d, &o, own, scope)
	// Whatever is in the table of filters is lbgit's: only VRRP puts something there.
	o.Filters = without(o.Filters, func(f state.Filter) bool { return !own.VRRP || !scope.HasFilter(f) })
	return d, o, p
}

func (p *Plan) services(d, o *state.State, own *Claims, scope *state.Scope) {
	var mine []state.ServiceRows
	var refused map[state.ServiceKey]bool
	clean := true
	for i := range o.Services {
		rows := &o.Services[i]
		k := rows.Service.ServiceKey
		if !scope.HasService(k) {
			clean = false
			mine = sliceOnce(mine, o.Services, i)
			continue
		}
		if own.Services[k] {
			if !clean {
				mine = append(mine, *rows)
			}
			continue
		}
		if clean {
			clean = false
			mine = sliceOnce(mine, o.Services, i)
		}
		want := d.FindService(k)
		switch {
		case want == nil:
			p.Foreign = append(p.Foreign, rows.Service)
		case sameRows(want, rows):
			p.Adopted = append(p.Adopted, rows.Service)
			mine = append(mine, *rows)
		default:
			p.Conflicts = append(p.Conflicts, Conflict{want.Service, rows.Service})
			if refused == nil {
				refused = map[state.ServiceKey]bool{}
			}
			refused[k] = true
		}
	}
	if !clean {
		o.Services = mine
	}
	if refused != nil {
		d.Services = without(d.Services, func(r state.ServiceRows) bool { return refused[r.Service.ServiceKey] })
	}
}

// sliceOnce starts a filtered copy with the rows before i; a table that is all
// lbgit's, the usual case, is never copied.
func sliceOnce(mine, all []state.ServiceRows, i int) []state.ServiceRows {
	if mine == nil {
		return append(make([]state.ServiceRows, 0, len(all)), all[:i]...)
	}
	return mine
}

func sameRows(a, b *state.ServiceRows) bool {
	if a.Service != b.Service || len(a.Dests) != len(b.Dests) {
		return false
	}
	for i := range a.Dests {
		if a.Dests[i] != b.Dests[i] {
			return false
		}
	}
	return true
}

// links leaves on the observed side what lbgit has made, and on the desired one
// what can be made. It tells for the rows that come after which links there
// will be; without a list of interfaces nothing is known to be missing.
func (p *Plan) links(d, o *state.State, own *Claims, scope *state.Scope) (there func(name string) bool) {
	seen := *o
	refused := map[string]bool{}
	d.Links = without(d.Links, func(l state.Link) bool {
		have := seen.FindLink(l.Dev)
		switch {
		case l.Type == "":
			return true // it is only there
		case have != nil && !have.Owned:
			p.Conflicts = append(p.Conflicts, Conflict{l, *have})
			refused[l.Dev] = true
			return true
		case len(seen.Links) > 0 && !seen.HasLink(l.Parent):
			p.Waiting = append(p.Waiting, l)
			return true
		case have != nil && !have.Alike(l):
			// What is on it goes when it is replaced.
			o.Addresses = without(o.Addresses, func(a state.Address) bool { return a.Link == l.Dev })
			o.Routes = without(o.Routes, func(r state.Route) bool { return r.Link == l.Dev })
			o.Sysctls = without(o.Sysctls, func(s state.Sysctl) bool { return s.Link() == l.Dev })
		}
		return false
	})
	o.Links = without(o.Links, func(l state.Link) bool { return !l.Owned || !own.VRRP || !scope.HasLink(l.Dev) })
	for i := range o.Links {
		o.Links[i].Up = false
	}
	made := d.Links
	return func(name string) bool {
		if refused[name] {
			return false
		}
		return len(seen.Links) == 0 || seen.HasLink(name) || (&state.State{Links: made}).HasLink(name)
	}
}

func (p *Plan) addresses(d, o *state.State, own *Claims, scope *state.Scope, there func(string) bool) {
	d.Addresses = without(d.Addresses, func(a state.Address) bool {
		if !there(a.Link) {
			p.Waiting = append(p.Waiting, a)
			return true
		}
		return false
	})
	o.Addresses = without(o.Addresses, func(a state.Address) bool {
		if !scope.HasAddress(a.AddressKey) {
			return true
		}
		if own.address(&a) {
			return false
		}
		want := d.FindAddress(a.AddressKey)
		switch {
		case want == nil:
			if a.Owner == state.OwnerKeepalived || a.Owner == state.OwnerVRRP {
				p.Foreign = append(p.Foreign, a)
			}
			return true
		case want.Given(a).Same(a):
			p.Adopted = append(p.Adopted, a)
		default:
			p.Conflicts = append(p.Conflicts, Conflict{*want, a})
		}
		// Equal or refused, there is nothing to write: both sides forget it.
		k := a.AddressKey
		d.Addresses = without(d.Addresses, func(x state.Address) bool { return x.AddressKey == k })
		return true
	})
}

func (p *Plan) routes(d, o *state.State, own *Claims, scope *state.Scope, there func(string) bool) {
	d.Routes = without(d.Routes, func(r state.Route) bool {
		if slices.ContainsFunc(r.Links(), func(l string) bool { return !there(l) }) {
			p.Waiting = append(p.Waiting, r)
			return true
		}
		return false
	})
	o.Routes = without(o.Routes, func(r state.Route) bool {
		if !scope.HasRoute(r.RouteKey) {
			return true
		}
		if own.route(&r) {
			return false
		}
		for i := range d.Routes {
			if want := d.Routes[i]; want.RouteKey == r.RouteKey {
				if want.Given(r).Same(r) {
					p.Adopted = append(p.Adopted, r)
				} else {
					p.Conflicts = append(p.Conflicts, Conflict{want, r})
				}
				d.Routes = without(d.Routes, func(x state.Route) bool { return x.RouteKey == r.RouteKey })
				break
			}
		}
		return true
	})
}

// rules wait for no interface: the kernel keeps one whose interface is to come.
func (p *Plan) rules(d, o *state.State, own *Claims, scope *state.Scope) {
	o.Rules = without(o.Rules, func(r state.Rule) bool {
		if !scope.HasRule(r.RuleKey) {
			return true
		}
		if own.rule(&r) {
			return false
		}
		i := slices.IndexFunc(d.Rules, func(want state.Rule) bool { return want.RuleKey == r.RuleKey })
		switch {
		case i < 0:
			if r.Owner == state.OwnerKeepalived || r.Owner == state.OwnerVRRP {
				p.Foreign = append(p.Foreign, r)
			}
			return true
		case d.Rules[i].Same(r):
			p.Adopted = append(p.Adopted, r)
		default:
			p.Conflicts = append(p.Conflicts, Conflict{d.Rules[i], r})
		}
		d.Rules = without(d.Rules, func(x state.Rule) bool { return x.RuleKey == r.RuleKey })
		return true
	})
}

// without copies a slice, leaving out what drop says; the argument is not
// changed, for it may belong to somebody else.
func without[T any](in []T, drop func(T) bool) []T {
	var out []T
	for _, x := range in {
		if !drop(x) {
			out = append(out, x)
		}
	}
	return out
}
