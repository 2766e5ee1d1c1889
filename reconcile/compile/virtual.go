package compile

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/schema"
)

// Virtual is a virtual server made ready: its kernel services, and its real
// servers as destinations with the probes that decide on them.
type Virtual struct {
	VS       *schema.VirtualServer
	Pool     *schema.Pool
	Services []state.Service
	Servers  []Server
	sorry    *state.Dest
	specs    specs
}

// Server is a real server of one virtual server.
type Server struct {
	RS *schema.RealServer
	// Probes are its checks; without any it is always healthy.
	Probes  []ProbeRef
	Alpha   bool
	Inhibit bool
	dest    state.Dest
}

// ProbeRef is a probe as a server sees it: until there is a result, one with
// alpha counts as failed.
type ProbeRef struct {
	ID    string
	Alpha bool
}

// Probe is one check of one real server. Equal probes of several virtual
// servers have the same ID and are done once.
type Probe struct {
	ID     string
	Target netip.AddrPort
	Server netip.Addr
	Check  *schema.Check
	Alpha  bool
}

func newVirtual(vs *schema.VirtualServer, pool *schema.Pool) *Virtual {
	v := &Virtual{VS: vs, Pool: pool}
	flags, timeout, mask, engine := serviceFlags(vs)
	for s := range vs.Services() {
		v.Services = append(v.Services, state.Service{
			ServiceKey: serviceKey(s),
			Scheduler:  vs.Scheduler.String(),
			Flags:      flags,
			Timeout:    timeout,
			Netmask:    mask(s.Family),
			Engine:     engine,
		})
	}
	servers, checks, alpha, inhibit := v.members()
	v.Servers = make([]Server, 0, len(servers))
	for _, rs := range servers {
		sv := Server{RS: rs, Alpha: rs.Alpha.Or(alpha), Inhibit: rs.Inhibit.Or(inhibit)}
		fwd, tun := vs.Forwarding(rs)
		sv.dest = dest(rs.Endpoint, fwd, tun, rs.Weight)
		sv.dest.Upper, sv.dest.Lower = rs.Upper, rs.Lower
		if n := len(rs.Checks) + len(checks); n > 0 {
			sv.Probes = make([]ProbeRef, 0, n)
			for p := range v.probesOf(&sv, checks) {
				sv.Probes = append(sv.Probes, ProbeRef{p.ID, p.Alpha})
			}
		}
		v.Servers = append(v.Servers, sv)
	}
	if ss := vs.SorryServer; ss != nil {
		fwd, tun := vs.SorryForwarding()
		d := dest(ss.Endpoint, fwd, tun, 1)
		v.sorry = &d
	}
	return v
}

// members gives the real servers of the virtual server and what they inherit:
// from the pool, or from the virtual server itself.
func (v *Virtual) members() (servers []*schema.RealServer, checks []*schema.Check, alpha, inhibit bool) {
	servers, checks, alpha, inhibit = v.VS.RealServers, v.VS.Checks, v.VS.Alpha, v.VS.Inhibit
	if v.Pool != nil {
		servers = v.Pool.RealServers
		if len(v.Pool.Checks) > 0 {
			checks = append(checks[:len(checks):len(checks)], v.Pool.Checks...)
		}
		alpha, inhibit = alpha || v.Pool.Alpha, inhibit || v.Pool.Inhibit
	}
	return servers, checks, alpha, inhibit
}

// Probes calls yield for every probe of the virtual server.
func (v *Virtual) Probes(yield func(Probe) bool) {
	_, checks, _, _ := v.members()
	for i := range v.Servers {
		for p := range v.probesOf(&v.Servers[i], checks) {
			if !yield(p) {
				return
			}
		}
	}
}

func (v *Virtual) probesOf(sv *Server, shared []*schema.Check) func(func(Probe) bool) {
	return func(yield func(Probe) bool) {
		for _, list := range [2][]*schema.Check{sv.RS.Checks, shared} {
			for _, c := range list {
				target := v.target(sv.RS.Endpoint, c)
				alpha := c.Alpha.Or(sv.Alpha)
				if !yield(Probe{ID: probeID(target, sv.RS.Endpoint.Addr, c, v.specs.of(c), alpha), Target: target, Server: sv.RS.Endpoint.Addr, Check: c, Alpha: alpha}) {
					return
				}
			}
		}
	}
}

// target is where a check goes: the real server, on the port of the service
// when it has none of its own, unless the check says otherwise.
func (v *Virtual) target(e schema.Endpoint, c *schema.Check) netip.AddrPort {
	addr, port := e.Addr, e.Port
	if port == 0 && len(v.Services) > 0 {
		port = v.Services[0].Port
	}
	if c.Address.IsValid() {
		addr = c.Address
	}
	if c.Port != 0 {
		port = c.Port
	}
	return netip.AddrPortFrom(addr, port)
}

// Scope is everything of the virtual server in the kernel.
func (v *Virtual) Scope() state.Scope {
	keys := make([]state.ServiceKey, len(v.Services))
	for i := range v.Services {
		keys[i] = v.Services[i].ServiceKey
	}
	return state.Scope{Services: keys}
}

// Alive tells whether the server is fit to serve by what its probes say.
func (sv *Server) Alive(live *Live) bool {
	if !live.Daemon {
		return true
	}
	for i := range sv.Probes {
		switch live.Health[sv.Probes[i].ID] {
		case Down:
			return false
		case Unknown:
			if sv.Probes[i].Alpha {
				return false
			}
		}
	}
	return true
}

// Weight gives the configured weight of the healthy servers, and of all.
func (v *Virtual) Weight(live *Live) (healthy, total int64) {
	for i := range v.Servers {
		w := int64(v.Servers[i].RS.Weight)
		total += w
		if v.Servers[i].Alive(live) {
			healthy += w
		}
	}
	return healthy, total
}

// rows appends the kernel rows of the virtual server.
func (v *Virtual) rows(out []state.ServiceRows, live *Live, scope *state.Scope) []state.ServiceRows {
	sorry := v.sorry != nil && live.QuorumLost[v.VS.Title()]
	for i := range v.Services {
		svc := v.Services[i]
		if scope != nil && !scope.HasService(svc.ServiceKey) {
			continue
		}
		dests := make([]state.Dest, 0, len(v.Servers)+1)
		for j := range v.Servers {
			sv := &v.Servers[j]
			d := sv.dest
			if sv.Alive(live) && !sorry {
				dests = append(dests, withPort(d, svc.Port))
			} else if sv.Inhibit {
				d.Weight = 0
				dests = append(dests, withPort(d, svc.Port))
			}
		}
		if v.sorry != nil && (sorry || v.VS.SorryServer.Inhibit) {
			d := withPort(*v.sorry, svc.Port)
			if !sorry {
				d.Weight = 0
			}
			dests = addSorry(dests, d)
		}
		for _, d := range live.Draining[svc.ServiceKey] {
			if !hasDest(dests, &d) {
				d.Weight = 0
				dests = append(dests, d)
			}
		}
		state.SortDests(dests)
		out = append(out, state.ServiceRows{Service: svc, Dests: dests})
	}
	return out
}

// addSorry puts the sorry server in. One that is a real server, too, has one
// row in the kernel: while it sorrily serves it must have a weight.
func addSorry(dests []state.Dest, d state.Dest) []state.Dest {
	for i := range dests {
		if dests[i].Compare(&d) == 0 {
			if d.Weight > 0 {
				dests[i] = d
			}
			return dests
		}
	}
	return append(dests, d)
}

func hasDest(dests []state.Dest, d *state.Dest) bool {
	for i := range dests {
		if dests[i].Compare(d) == 0 {
			return true
		}
	}
	return false
}

func withPort(d state.Dest, port uint16) state.Dest {
	if d.Port == 0 {
		d.Port = port
	}
	return d
}

func seconds(d time.Duration) uint32 { return uint32(d / time.Second) }

// probeID names a probe by everything that makes its result: two checks with
// the same ID are the same check.
func probeID(target netip.AddrPort, server netip.Addr, c *schema.Check, spec uint64, alpha bool) string {
	b := make([]byte, 0, 96)
	b = append(b, c.Type.String()...)
	b = append(b, ' ')
	b = target.AppendTo(b)
	if target.Addr() != server {
		b = append(b, " for "...)
		b = server.AppendTo(b)
	}
	if alpha {
		b = append(b, " alpha"...)
	}
	b = append(b, ' ')
	b = strconv.AppendUint(b, spec, 16)
	return string(b)
}

// Has tells whether a destination of a kernel service stands for one of the
// virtual server's real servers, or for its sorry server.
func (v *Virtual) Has(k state.ServiceKey, d *state.Dest) bool {
	same := func(mine state.Dest) bool {
		mine = withPort(mine, k.Port)
		return mine.Compare(d) == 0
	}
	for i := range v.Servers {
		if same(v.Servers[i].dest) {
			return true
		}
	}
	return v.sorry != nil && same(*v.sorry)
}

// Shown tells whether a row of a kernel service shows real server i in
// service: present with a weight above 0.
func (v *Virtual) Shown(i int, rows *state.ServiceRows) bool {
	d := withPort(v.Servers[i].dest, rows.Service.Port)
	have := rows.FindDest(&d)
	return have != nil && have.Weight > 0
}
