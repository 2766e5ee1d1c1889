package compile

import (
	"slices"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/schema"
	"github.com/lbgit/lbgit/schema/diag"
)

// Compile gives the desired state within the scope. It prepares everything
// first; who compiles more than once keeps the Prepared.
func Compile(cfg *schema.Config, live Live, scope state.Scope) (state.State, diag.List) {
	var notes diag.List
	if !live.Daemon {
		if len(cfg.Instances) > 0 {
			notes.Notef(diag.Range{}, "no daemon runs here: addresses that belong to VRRP are left as they are").As("no-daemon")
		}
		if hasChecks(cfg) {
			notes.Notef(diag.Range{}, "no daemon runs here: every real server is taken as healthy").As("no-daemon")
		}
	}
	return Prepare(cfg, nil).State(live, scope), notes
}

func hasChecks(cfg *schema.Config) bool {
	has := func(rs []*schema.RealServer) bool {
		return slices.ContainsFunc(rs, func(r *schema.RealServer) bool { return len(r.Checks) > 0 })
	}
	for _, p := range cfg.Pools {
		if len(p.Checks) > 0 || has(p.RealServers) {
			return true
		}
	}
	for _, v := range cfg.VirtualServers {
		if len(v.Checks) > 0 || has(v.RealServers) {
			return true
		}
	}
	return false
}

// Prepared is a configuration made ready for passes. It is never changed.
type Prepared struct {
	Config    *schema.Config
	Virtuals  []*Virtual
	Instances []*Instance

	addresses []state.Address
	routes    []state.Route
	rules     []state.Rule
	timeouts  state.Timeouts

	byService  map[state.ServiceKey]*Virtual
	byInstance map[string]*Instance
	made       map[string]bool // links by name
}

// Prepare makes a configuration ready, taking over from the one before
// whatever did not change.
func Prepare(cfg *schema.Config, prev *Prepared) *Prepared {
	p := &Prepared{
		Config:     cfg,
		Virtuals:   make([]*Virtual, 0, len(cfg.VirtualServers)),
		byService:  make(map[state.ServiceKey]*Virtual, len(cfg.VirtualServers)),
		byInstance: make(map[string]*Instance, len(cfg.Instances)),
		made:       map[string]bool{},
	}
	pools := make(map[string]*schema.Pool, len(cfg.Pools))
	for _, pool := range cfg.Pools {
		pools[pool.Name] = pool
	}
	old := map[*schema.VirtualServer]*Virtual{}
	if prev != nil {
		old = make(map[*schema.VirtualServer]*Virtual, len(prev.Virtuals))
		for _, v := range prev.Virtuals {
			old[v.VS] = v
		}
	}
	for _, vs := range cfg.VirtualServers {
		pool := pools[vs.Pool]
		v := old[vs]
		if v == nil || v.Pool != pool {
			v = newVirtual(vs, pool)
		}
		p.Virtuals = append(p.Virtuals, v)
		for i := range v.Services {
			p.byService[v.Services[i].ServiceKey] = v
		}
	}
	n := newNamer(cfg)
	for _, i := range cfg.Instances {
		in := p.newInstance(i, n)
		p.Instances = append(p.Instances, in)
		p.byInstance[i.Name] = in
		for _, m := range in.Made {
			p.made[m.Link.Dev] = true
		}
	}
	for _, a := range cfg.Addresses {
		p.addresses = append(p.addresses, address(&a.VirtualAddress, a.Dev, state.OwnerStatic))
	}
	for _, r := range cfg.Routes {
		p.routes = p.route(p.routes, &r.RouteSpec, "", state.OwnerStatic)
	}
	for _, r := range cfg.Rules {
		p.rules = p.rule(p.rules, &r.RuleSpec, state.OwnerStatic)
	}
	if t := cfg.Settings.Timeouts; t != nil {
		p.timeouts = state.Timeouts{TCP: seconds(t.TCP), TCPFin: seconds(t.TCPFin), UDP: seconds(t.UDP)}
	}
	return p
}

// Instance gives a prepared VRRP instance by name, or nil.
func (p *Prepared) Instance(name string) *Instance { return p.byInstance[name] }

// Virtual gives the virtual server that a kernel service belongs to, or nil.
func (p *Prepared) Virtual(k state.ServiceKey) *Virtual { return p.byService[k] }

// ServiceKeys are the keys of all kernel services, unsorted.
func (p *Prepared) ServiceKeys() []state.ServiceKey {
	out := make([]state.ServiceKey, 0, len(p.byService))
	for k := range p.byService {
		out = append(out, k)
	}
	return out
}

// State is the desired state within the scope.
func (p *Prepared) State(live Live, scope state.Scope) state.State {
	var s state.State
	if scope.Full {
		s.Services = make([]state.ServiceRows, 0, len(p.byService))
		s.Timeouts = p.timeouts
		for _, v := range p.Virtuals {
			s.Services = v.rows(s.Services, &live, nil)
		}
	} else {
		done := make(map[*Virtual]bool, len(scope.Services))
		for _, k := range scope.Services {
			if v := p.byService[k]; v != nil && !done[v] {
				done[v] = true
				s.Services = v.rows(s.Services, &live, &scope)
			}
		}
	}
	for _, a := range p.addresses {
		if scope.HasAddress(a.AddressKey) {
			s.Addresses = append(s.Addresses, a)
		}
	}
	for _, r := range p.routes {
		if scope.HasRoute(r.RouteKey) {
			s.Routes = append(s.Routes, r)
		}
	}
	for _, r := range p.rules {
		if scope.HasRule(r.RuleKey) {
			s.Rules = append(s.Rules, r)
		}
	}
	if live.Daemon {
		for _, i := range p.Instances {
			if live.Master[i.VRRP.Name] {
				i.held(&s, &scope)
			}
			if !live.Stopping {
				i.links(&s, &live, &scope)
			}
		}
	}
	s.Normalize()
	// Several instances may hold the same; the kernel has it once.
	s.Addresses = slices.CompactFunc(s.Addresses, func(a, b state.Address) bool { return a.AddressKey == b.AddressKey })
	s.Sysctls, s.Filters = slices.Compact(s.Sysctls), slices.Compact(s.Filters)
	s.Routes = slices.CompactFunc(s.Routes, func(a, b state.Route) bool { return a.RouteKey == b.RouteKey })
	s.Rules = slices.CompactFunc(s.Rules, func(a, b state.Rule) bool { return a.RuleKey == b.RuleKey })
	return s
}
