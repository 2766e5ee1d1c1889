package agent

import (
	"slices"

	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
)

// aside is what is desired and cannot be had: it is somebody else's, or waits
// for its interface.
type aside struct{ conflicts, waiting []state.Object }

// note takes over what a pass found within its scope, and gives the conflicts
// that are new.
func (s *aside) note(scope state.Scope, p *plan.Plan) (fresh []state.Object) {
	known := names(s.conflicts)
	within := func(o state.Object) bool { return covers(scope, o) }
	s.conflicts = slices.DeleteFunc(s.conflicts, within)
	s.waiting = slices.DeleteFunc(s.waiting, within)
	for _, c := range p.Conflicts {
		s.conflicts = append(s.conflicts, c.Desired)
		if !slices.Contains(known, name(c.Desired)) {
			fresh = append(fresh, c.Desired)
		}
	}
	s.waiting = append(s.waiting, p.Waiting...)
	return fresh
}

// covers tells whether a pass over the scope would have found the object.
func covers(scope state.Scope, o state.Object) bool {
	switch v := o.(type) {
	case state.Service:
		return scope.HasService(v.ServiceKey)
	case state.Address:
		return scope.HasAddress(v.AddressKey)
	case state.Route:
		return scope.HasRoute(v.RouteKey)
	case state.Link:
		return scope.HasLink(v.Dev)
	case state.Filter:
		return scope.HasFilter(v)
	case state.Rule:
		return scope.HasRule(v.RuleKey)
	}
	return scope.Full
}

func name(o state.Object) string { return o.Kind().String() + " " + o.Name() }

func names(list []state.Object) (out []string) {
	for _, o := range list {
		out = append(out, name(o))
	}
	slices.Sort(out)
	return out
}
