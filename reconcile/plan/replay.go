package plan

import (
	"slices"

	"github.com/lbgit/lbgit/reconcile/state"
)

// Replay applies a plan to a state without a kernel and gives what the kernel
// would show. An address takes the routes with that source along, a link all that
// is on it.
func Replay(observed state.State, p Plan) state.State {
	s := clone(observed)
	for _, op := range p.Ops {
		c := op.Change
		if c.Verb == state.Remove || c.Verb == state.Replace {
			drop(&s, c.Old)
		}
		if c.New != nil {
			put(&s, c.New)
		}
		s.Normalize()
	}
	return s
}

func clone(s state.State) state.State {
	s.Services = slices.Clone(s.Services)
	for i := range s.Services {
		s.Services[i].Dests = slices.Clone(s.Services[i].Dests)
	}
	s.Addresses = slices.Clone(s.Addresses)
	s.Routes = slices.Clone(s.Routes)
	s.Rules = slices.Clone(s.Rules)
	s.Sysctls = slices.Clone(s.Sysctls)
	s.Links = slices.Clone(s.Links)
	s.Filters = slices.Clone(s.Filters)
	return s
}

func put(s *state.State, o state.Object) {
	switch n := o.(type) {
	case state.Service:
		if r := s.FindService(n.ServiceKey); r != nil {
			r.Service = n
		} else {
			s.Services = append(s.Services, state.ServiceRows{Service: n})
		}
	case state.Destination:
		if r := s.FindService(n.Service); r != nil {
			if d := r.FindDest(&n.Dest); d != nil {
				*d = n.Dest
			} else {
				r.Dests = append(r.Dests, n.Dest)
			}
		}
	case state.Timeouts:
		s.Timeouts = n
	case state.Address:
		s.Addresses = append(without(s.Addresses, func(a state.Address) bool { return a.AddressKey == n.AddressKey }), n)
	case state.Route:
		s.Routes = append(without(s.Routes, func(r state.Route) bool { return r.RouteKey == n.RouteKey }), n)
	case state.Link:
		s.Links = append(without(s.Links, func(l state.Link) bool { return l.Dev == n.Dev }), n)
	case state.Rule:
		s.Rules = append(without(s.Rules, func(r state.Rule) bool { return r.RuleKey == n.RuleKey }), n)
	case state.Filter:
		s.Filters = append(without(s.Filters, func(f state.Filter) bool { return f == n }), n)
	case state.Sysctl:
		s.Sysctls = append(without(s.Sysctls, func(x state.Sysctl) bool { return x.Path == n.Path }), n)
	}
}

func drop(s *state.State, o state.Object) {
	switch n := o.(type) {
	case state.Service:
		s.Services = without(s.Services, func(r state.ServiceRows) bool { return r.Service.ServiceKey == n.ServiceKey })
	case state.Destination:
		if r := s.FindService(n.Service); r != nil {
			r.Dests = without(r.Dests, func(d state.Dest) bool { return d.Compare(&n.Dest) == 0 })
		}
	case state.Address:
		s.Addresses = without(s.Addresses, func(a state.Address) bool { return a.AddressKey == n.AddressKey })
		s.Routes = without(s.Routes, func(r state.Route) bool { return r.Source == n.Prefix.Addr() })
	case state.Route:
		s.Routes = without(s.Routes, func(r state.Route) bool { return r.RouteKey == n.RouteKey })
	case state.Link:
		s.Links = without(s.Links, func(l state.Link) bool { return l.Dev == n.Dev })
		s.Addresses = without(s.Addresses, func(a state.Address) bool { return a.Link == n.Dev })
		s.Routes = without(s.Routes, func(r state.Route) bool { return r.Link == n.Dev })
		s.Sysctls = without(s.Sysctls, func(x state.Sysctl) bool { return x.Link() == n.Dev })
	case state.Rule:
		s.Rules = without(s.Rules, func(r state.Rule) bool { return r.RuleKey == n.RuleKey })
	case state.Filter:
		s.Filters = without(s.Filters, func(f state.Filter) bool { return f == n })
	}
}
