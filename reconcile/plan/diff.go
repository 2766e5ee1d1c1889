package plan

import (
	"cmp"

	"github.com/lbgit/lbgit/reconcile/state"
)

// Diff says what leads from observed to desired state within the scope.
// Both states must be normalized.
func Diff(desired, observed state.State, own Claims, scope state.Scope) Plan {
	d, o, p := settle(&desired, &observed, &own, &scope)
	if len(o.Services) == 0 {
		// All of it is new: make room once.
		p.Ops = make([]Op, 0, d.Rows()+len(d.Addresses)+len(d.Routes)+len(d.Rules))
	}
	services(&p, d.Services, o.Services)
	if scope.Full {
		timeouts(&p, d.Timeouts, o.Timeouts)
	}
	walk(d.Addresses, o.Addresses, func(a, b *state.Address) int { return a.AddressKey.Compare(b.AddressKey) },
		func(want, have *state.Address) { address(&p, want, have) })
	walk(d.Routes, o.Routes, func(a, b *state.Route) int { return a.RouteKey.Compare(b.RouteKey) },
		func(want, have *state.Route) { route(&p, want, have) })
	walk(d.Links, o.Links, func(a, b *state.Link) int { return cmp.Compare(a.Dev, b.Dev) },
		func(want, have *state.Link) { link(&p, want, have) })
	walk(d.Rules, o.Rules, func(a, b *state.Rule) int { return a.RuleKey.Compare(b.RuleKey) },
		func(want, have *state.Rule) { rule(&p, want, have) })
	walk(d.Filters, o.Filters, func(a, b *state.Filter) int { return a.Compare(*b) },
		func(want, have *state.Filter) { filter(&p, want, have) })
	walk(d.Sysctls, o.Sysctls, func(a, b *state.Sysctl) int { return cmp.Compare(a.Path, b.Path) },
		func(want, have *state.Sysctl) { sysctl(&p, want, have, &own, &scope) })
	order(&p, &d, &o, &observed)
	return p
}

// walk goes through two sorted slices side by side; one of the arguments of
// pair is nil where a key is on one side only.
func walk[T any](want, have []T, compare func(a, b *T) int, pair func(want, have *T)) {
	i, j := 0, 0
	for i < len(want) || j < len(have) {
		switch {
		case j == len(have):
			pair(&want[i], nil)
			i++
		case i == len(want):
			pair(nil, &have[j])
			j++
		default:
			switch c := compare(&want[i], &have[j]); {
			case c < 0:
				pair(&want[i], nil)
				i++
			case c > 0:
				pair(nil, &have[j])
				j++
			default:
				pair(&want[i], &have[j])
				i++
				j++
			}
		}
	}
}

// old makes an Object of a pointer that may be nil.
func old[T state.Object](p *T) state.Object {
	if p == nil {
		return nil
	}
	return *p
}

func (p *Plan) set(ph Phase, have, want state.Object) {
	v := state.Add
	if have != nil {
		v = state.Update
	}
	p.Ops = append(p.Ops, Op{Change: state.Change{Verb: v, Old: have, New: want}, Phase: ph})
}

func (p *Plan) remove(ph Phase, have state.Object) {
	p.Ops = append(p.Ops, Op{Change: state.Change{Verb: state.Remove, Old: have}, Phase: ph})
}

func services(p *Plan, want, have []state.ServiceRows) {
	walk(want, have, func(a, b *state.ServiceRows) int { return a.Service.Compare(b.Service.ServiceKey) },
		func(w, h *state.ServiceRows) {
			switch {
			case h == nil:
				p.set(phaseService, nil, w.Service)
				for i := range w.Dests {
					p.set(phaseService, nil, state.Destination{Service: w.Service.ServiceKey, Dest: w.Dests[i]})
				}
			case w == nil:
				// The kernel drops the destinations with their service.
				p.remove(phaseServiceGone, h.Service)
			default:
				if w.Service != h.Service {
					p.set(phaseService, h.Service, w.Service)
				}
				dests(p, w, h)
			}
		})
}

func dests(p *Plan, w, h *state.ServiceRows) {
	key := w.Service.ServiceKey
	walk(w.Dests, h.Dests, func(a, b *state.Dest) int { return a.Compare(b) }, func(want, have *state.Dest) {
		switch {
		case have == nil:
			p.set(phaseService, nil, state.Destination{Service: key, Dest: *want})
		case want == nil:
			p.remove(phaseDestGone, state.Destination{Service: key, Dest: *have})
		case *want != *have:
			p.set(phaseDest, state.Destination{Service: key, Dest: *have}, state.Destination{Service: key, Dest: *want})
		}
	})
}

// timeouts compares only what the source sets.
func timeouts(p *Plan, want, have state.Timeouts) {
	full := have
	for _, f := range []struct{ to, from *uint32 }{{&full.TCP, &want.TCP}, {&full.TCPFin, &want.TCPFin}, {&full.UDP, &want.UDP}} {
		if *f.from != 0 {
			*f.to = *f.from
		}
	}
	if full != have {
		p.set(phaseTimeouts, have, full)
	}
}

// adopted tells that an object of lbgit's carries another's protocol number: it
// was there before, or the kernel keeps none. It is as good as one of ours.
func adopted(owner uint8) bool { return !state.OwnedByUs(owner) }

func address(p *Plan, want, have *state.Address) {
	switch {
	case have == nil:
		p.set(phaseAddress, nil, *want)
	case want == nil:
		p.remove(phaseAddressGone, *have)
	case want.Given(*have) == *have, adopted(have.Owner) && want.Given(*have).Same(*have):
	case fixed(want, have):
		p.Ops = append(p.Ops, Op{Change: state.Change{Verb: state.Replace, Old: *have, New: *want}, Phase: phaseAddress})
	default:
		p.set(phaseAddress, *have, *want)
	}
}

// fixed tells that the kernel has no way to change the one into the other in
// place.
func fixed(want, have *state.Address) bool {
	v4 := want.Prefix.Addr().Is4()
	return have.Label != want.Label || have.Scope != want.Scope || have.Peer != want.Peer || have.Broadcast != want.Broadcast ||
		have.AutoJoin != want.AutoJoin || v4 && have.NoPrefixRoute != want.NoPrefixRoute
}

func route(p *Plan, want, have *state.Route) {
	switch {
	case have == nil:
		p.set(phaseRoute, nil, *want)
	case want == nil:
		p.remove(phaseRouteGone, *have)
	case want.Given(*have) != *have && !(adopted(have.Owner) && want.Given(*have).Same(*have)):
		p.set(phaseRoute, *have, *want)
	}
}

func link(p *Plan, want, have *state.Link) {
	switch {
	case want == nil:
		p.remove(phaseLinkGone, *have)
	case have != nil && want.Same(*have):
	case have != nil && want.Alike(*have):
		p.set(phaseLink, *have, *want)
	default:
		off := *want
		off.On = false
		p.set(phaseLink, nil, off)
		if have != nil { // another parent or mode: the kernel cannot change these
			p.Ops[len(p.Ops)-1].Change = state.Change{Verb: state.Replace, Old: *have, New: off}
		}
		p.set(phaseLinkOn, off, *want)
	}
}

// sysctl sets what is desired, and gives back what was there before once
// nothing asks for the setting any more.
func sysctl(p *Plan, want, have *state.Sysctl, own *Claims, scope *state.Scope) {
	switch {
	case want != nil && (have == nil || *want != *have):
		p.set(phaseSysctl, old(have), *want)
	case want == nil && scope.HasSysctl(have.Path):
		if was, ok := own.Sysctls[have.Path]; ok && was != have.Value {
			p.set(phaseSysctlBack, *have, state.Sysctl{Path: have.Path, Value: was})
		}
	}
}

func rule(p *Plan, want, have *state.Rule) {
	switch {
	case have == nil:
		p.set(phaseRule, nil, *want)
	case want == nil:
		p.remove(phaseRuleGone, *have)
	case *want != *have && !(adopted(have.Owner) && want.Same(*have)):
		p.set(phaseRule, *have, *want)
	}
}

func filter(p *Plan, want, have *state.Filter) {
	switch {
	case have == nil:
		p.set(phaseFilter, nil, *want)
	case want == nil:
		p.remove(phaseFilterGone, *have)
	}
}
