package agent

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"

	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/ipvs"
	"github.com/lbgit/lbgit/runtime/link"
	"github.com/lbgit/lbgit/runtime/link/filter"
)

// Kernel joins the kernel's parts of one network namespace: that of the thread
// that opened it. A node that only runs VRRP need not have IPVS.
type Kernel struct {
	links *link.Links
	table *ipvs.Table
	// ipvsErr is why there is no table.
	ipvsErr error
	sweeper *ipvs.Sweeper
}

// OpenKernel opens the kernel of this network namespace.
func OpenKernel(log *slog.Logger) (*Kernel, error) {
	links, err := link.Open(log)
	if err != nil {
		return nil, err
	}
	k := &Kernel{links: links}
	k.table, k.ipvsErr = ipvs.Open()
	return k, nil
}

// Close gives the sockets back.
func (k *Kernel) Close() error {
	var err error
	if k.table != nil {
		err = k.table.Close()
	}
	return errors.Join(err, k.links.Close())
}

// NeedIPVS says why there is no IPVS, or nil. The module may have come since
// it was asked last.
func (k *Kernel) NeedIPVS() error {
	if k.table == nil {
		k.table, k.ipvsErr = ipvs.Open()
	}
	return k.ipvsErr
}

// Observe reads what the scope covers.
func (k *Kernel) Observe(ctx context.Context, scope state.Scope) (state.State, error) {
	var s state.State
	if scope.Full {
		err := k.observeAll(ctx, &s)
		k.sysctls(&s, scope.Sysctls)
		return s, err
	}
	if len(scope.Services) > 0 {
		if k.ipvsErr != nil {
			return s, k.ipvsErr
		}
		var err error
		if s.Services, err = k.table.ObserveServices(ctx, scope.Services); err != nil {
			return s, err
		}
	}
	if len(scope.Routes) > 0 {
		o, err := k.links.ObserveSome(ctx, scope.HasRoute)
		if err != nil {
			return s, err
		}
		s.Addresses, s.Routes, s.Rules, s.Links = o.Addresses, o.Routes, o.Rules, o.Links
	} else if len(scope.Addresses) > 0 {
		var err error
		if s.Addresses, s.Links, err = k.links.ObserveAddresses(ctx, scope.Addresses); err != nil {
			return s, err
		}
	}
	if len(scope.Links) > 0 && len(scope.Routes) == 0 {
		links, addrs, err := k.links.ObserveLinks(scope.Links)
		if err != nil {
			return s, err
		}
		// What was read in full comes before what was only seen.
		s.Links = append(links, s.Links...)
		s.Addresses = append(s.Addresses, addrs...)
	}
	if len(scope.Rules) > 0 && len(scope.Routes) == 0 {
		var err error
		if s.Rules, err = k.links.ObserveRules(); err != nil {
			return s, err
		}
	}
	if len(scope.Filters) > 0 {
		var err error
		if s.Filters, err = filter.Observe(); err != nil {
			return s, err
		}
	}
	k.sysctls(&s, scope.Sysctls)
	s.Normalize()
	s.Links = slices.CompactFunc(s.Links, func(a, b state.Link) bool { return a.Dev == b.Dev })
	s.Addresses = slices.CompactFunc(s.Addresses, func(a, b state.Address) bool { return a.AddressKey == b.AddressKey })
	return s, nil
}

func (k *Kernel) observeAll(ctx context.Context, s *state.State) error {
	o, err := k.links.Observe(ctx)
	if err != nil {
		return err
	}
	s.Addresses, s.Routes, s.Rules, s.Links = o.Addresses, o.Routes, o.Rules, o.Links
	if k.table != nil {
		if s.Services, err = k.table.Observe(ctx); err != nil {
			return err
		}
		if s.Timeouts, err = k.table.Timeouts(); err != nil {
			return err
		}
	}
	if s.Filters, err = filter.Observe(); err != nil {
		return err
	}
	s.Normalize()
	return nil
}

// sysctls reads the settings of these paths, and the one that decides what the
// removal of an address does to its neighbours for every link that holds one of
// ours.
func (k *Kernel) sysctls(s *state.State, paths []string) {
	done := map[string]bool{}
	read := func(path string) {
		if done[path] {
			return
		}
		done[path] = true
		if v, err := k.links.SysctlRead(path); err == nil {
			s.Sysctls = append(s.Sysctls, state.Sysctl{Path: path, Value: v})
		}
	}
	for _, p := range paths {
		read(p)
	}
	for _, a := range s.Addresses {
		if a.Prefix.Addr().Is4() && state.OwnedByUs(a.Owner) {
			read(plan.PromoteSecondaries(a.Link).Path)
		}
	}
	slices.SortFunc(s.Sysctls, func(a, b state.Sysctl) int { return cmp.Compare(a.Path, b.Path) })
}

// ApplyIPVS writes services and destinations.
func (k *Kernel) ApplyIPVS(c []state.Change) []error {
	if k.table == nil {
		errs := make([]error, len(c))
		for i := range errs {
			errs[i] = k.ipvsErr
		}
		return errs
	}
	return k.table.Apply(c)
}

// ApplyLink writes a link, an address, a route, a rule, a filter or a sysctl.
func (k *Kernel) ApplyLink(c state.Change) error { return k.links.Apply(c) }

// expect tells the sweep what the table should hold.
func (k *Kernel) expect(rows []state.ServiceRows) {
	if k.table == nil {
		return
	}
	if k.sweeper == nil {
		k.sweeper = k.table.Sweeper()
	}
	k.sweeper.Expect(rows)
}

// sweep gives the services that do not look as expected.
func (k *Kernel) sweep() ([]state.ServiceKey, error) {
	if k.sweeper == nil {
		return nil, nil
	}
	d, err := k.sweeper.Sweep()
	return d.Changed, err
}
