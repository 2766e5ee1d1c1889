package plan

import (
	"fmt"
	"slices"

	"github.com/lbgit/lbgit/reconcile/state"
)

// Fits tells why a saved plan no longer fits what is observed, or nothing when
// it does: what each operation was to change must still be as it was. Other
// objects may have changed.
func (p *Plan) Fits(observed *state.State) string {
	for i := range p.Ops {
		op := &p.Ops[i]
		now := find(observed, op.Object())
		if op.Object().Kind() == state.KindSysctl {
			continue
		}
		switch {
		case op.Old == nil && now == op.New && p.putsBack(op.New):
		case op.Phase == phaseLinkOn: // of the link as this plan makes it
		case op.Old == nil && now != nil:
			return fmt.Sprintf("%s %s is there by now", op.Object().Kind(), op.Object().Name())
		case op.Old != nil && now == nil:
			return fmt.Sprintf("%s %s is gone", op.Object().Kind(), op.Object().Name())
		case op.Old != now:
			return fmt.Sprintf("%s %s is not as it was", op.Object().Kind(), op.Object().Name())
		}
	}
	return ""
}

// putsBack tells that the object goes while another is replaced: with its link,
// or, a route, with the address that is its source (see keepRoutes).
func (p *Plan) putsBack(o state.Object) bool {
	on := ""
	r, isRoute := o.(state.Route)
	if a, ok := o.(state.Address); ok {
		on = a.Link
	} else {
		on = r.Link
	}
	if slices.ContainsFunc(p.Ops, func(op Op) bool {
		l, ok := op.Old.(state.Link)
		return ok && op.Verb == state.Replace && l.Dev == on
	}) {
		return true
	}
	return isRoute && r.Source.IsValid() && slices.ContainsFunc(p.Ops, func(op Op) bool {
		a, ok := op.Old.(state.Address)
		return ok && op.Verb == state.Replace && a.Prefix.Addr() == r.Source
	})
}

// find gives the observed object with the key of o, or nil.
func find(s *state.State, o state.Object) state.Object {
	switch v := o.(type) {
	case state.Service:
		if r := s.FindService(v.ServiceKey); r != nil {
			return r.Service
		}
	case state.Destination:
		if r := s.FindService(v.Service); r != nil {
			if d := r.FindDest(&v.Dest); d != nil {
				return state.Destination{Service: v.Service, Dest: *d}
			}
		}
	case state.Timeouts:
		return s.Timeouts
	case state.Address:
		if a := s.FindAddress(v.AddressKey); a != nil {
			return *a
		}
	case state.Link:
		if l := s.FindLink(v.Dev); l != nil {
			seen := *l
			seen.Up = false
			return seen
		}
	case state.Route:
		for _, r := range s.Routes {
			if r.RouteKey == v.RouteKey {
				return r
			}
		}
	case state.Filter:
		if slices.Contains(s.Filters, v) {
			return v
		}
	case state.Rule:
		for _, r := range s.Rules {
			if r.RuleKey == v.RuleKey {
				return r
			}
		}
	}
	return nil
}
