package schema

import (
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/schema/diag"
)

func (v *validator) services() {
	owner := make(map[Service]*VirtualServer, len(v.cfg.VirtualServers))
	pools := make(map[string]*Pool, len(v.cfg.Pools))
	for _, p := range v.cfg.Pools {
		if pools[p.Name] == nil {
			pools[p.Name] = p
		}
		v.servers(p.RealServers, "pool "+quote(p.Name))
		v.checks(p.Checks)
	}
	for _, vs := range v.cfg.VirtualServers {
		v.service(vs, pools)
		for s := range vs.Services() {
			if first := owner[s]; first != nil && first != vs {
				v.Errorf(vs.Src, "virtual server %q and %q are both %s", vs.Title(), first.Title(), s).And(first.Src).
					As("overlap").Because("the kernel has one service for an address, port and protocol; the other is at %s", first.Src)
				break
			}
			owner[s] = vs
		}
	}
}

func quote(s string) string { return `"` + s + `"` }

func (v *validator) service(vs *VirtualServer, pools map[string]*Pool) {
	title := vs.Title()
	switch {
	case vs.FWMark != 0 && len(vs.Addresses)+len(vs.Ports) > 0:
		v.Errorf(vs.Src, "virtual server %q has a fwmark and an address", title).
			Because("a service is found by its mark or by its address; leave one out")
	case vs.FWMark == 0 && len(vs.Addresses) == 0:
		v.Errorf(vs.Src, "virtual server %q has neither an address nor a fwmark", title)
	case vs.ServiceCount() > MaxServices:
		v.Errorf(vs.Src, "virtual server %q spans more than %d services", title, MaxServices)
	case vs.FWMark == 0 && len(vs.Ports) == 0 && vs.Persistence == nil:
		v.Errorf(vs.Src, "virtual server %q has no ports", title).
			Because("name them, or add a persistence block: IPVS takes a service for every port only with persistence")
	}
	for i, a := range vs.Addresses {
		if i > 0 && a.First.Is4() != vs.Addresses[0].First.Is4() && !v.allTunnelled(vs) {
			v.Errorf(vs.Src, "virtual server %q mixes IPv4 and IPv6 addresses", title).
				Because("only tunnelled real servers can serve both; make two virtual servers that share a pool")
			break
		}
	}
	if p := vs.Persistence; p != nil && (p.Timeout < time.Second || p.Timeout > maxTimeout || p.Timeout%time.Second != 0) {
		v.Errorf(vs.Src, "persistence timeout of %q is %s; the kernel takes whole seconds from 1s to %s", title, p.Timeout, maxTimeout)
	}
	if p := vs.Persistence; p != nil && (len(vs.Addresses) > 0 || vs.Family != AnyFamily) {
		switch fam, g := vs.ServiceFamily(), p.Granularity; {
		case fam == IPv6 && g.V4 != 0:
			v.Errorf(vs.Src, "granularity %s of virtual server %q is for IPv4; IPv6 has a prefix length", g, title)
		case fam == IPv4 && g.Bits > 32:
			v.Errorf(vs.Src, "granularity %s of virtual server %q is for IPv6; IPv4 has at most 32", g, title)
		}
	}
	if vs.OnePacket && vs.FWMark == 0 && vs.Protocol != UDP {
		v.Errorf(vs.Src, "virtual server %q: one_packet is for udp and fwmark services", title)
	}
	if vs.Tunnel != nil && vs.Forward != TUN {
		v.Warnf(vs.Src, "virtual server %q has a tunnel and does not forward by tun: it has no effect", title).As("no-effect")
	}
	if vs.FWMark == 0 && vs.Family != AnyFamily && len(vs.Addresses) > 0 && vs.Family != FamilyOf(vs.Addresses[0].First) {
		v.Errorf(vs.Src, "virtual server %q says family %s and has the address %s", title, vs.Family, vs.Addresses[0])
	}
	for _, f := range vs.SchedulerFlags {
		if s, ok := f.Scheduler(); ok && s != vs.Scheduler {
			v.Errorf(vs.Src, "virtual server %q: flag %s belongs to scheduler %s, not %s", title, f, s, vs.Scheduler)
		}
	}
	v.tunnel(vs.Tunnel, vs.Src)
	if vs.Pool != "" && pools[vs.Pool] == nil {
		d := v.Errorf(vs.Src, "virtual server %q names the pool %q, which does not exist", title, vs.Pool)
		if near := diag.Nearest(vs.Pool, keys(pools)); near != "" {
			d.Because("did you mean %q?", near)
		}
	}
	if vs.Pool != "" && len(vs.RealServers) > 0 {
		v.Errorf(vs.Src, "virtual server %q has a pool and real servers of its own", title).
			Because("put the real servers into the pool, or leave the pool out")
	}
	v.servers(vs.RealServers, "virtual server "+quote(title))
	v.checks(vs.Checks)
	v.families(vs, pools[vs.Pool])
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}

func (v *validator) allTunnelled(vs *VirtualServer) bool {
	servers := vs.RealServers
	if p := v.cfg.FindPool(vs.Pool); p != nil {
		servers = p.RealServers
	}
	for _, r := range servers {
		if f, _ := vs.Forwarding(r); f != TUN {
			return false
		}
	}
	return true
}

// families refuses servers whose family the service cannot reach, and ports
// that direct routing cannot change.
func (v *validator) families(vs *VirtualServer, pool *Pool) {
	servers := vs.RealServers
	if pool != nil {
		servers = pool.RealServers
	}
	fam := vs.ServiceFamily()
	v.sameDestination(vs, servers)
	for _, r := range servers {
		f, _ := vs.Forwarding(r)
		if f != TUN && r.Endpoint.Addr.IsValid() && FamilyOf(r.Endpoint.Addr) != fam {
			v.Errorf(r.Src, "real server %s is not %s like virtual server %q", r.Endpoint, fam, vs.Title()).
				As("family").Because("only forward = \"tun\" carries one family in the other")
		}
		if f != NAT && r.Endpoint.Port != 0 && vs.FWMark == 0 {
			for p := range vs.ports() {
				if p != r.Endpoint.Port {
					v.Errorf(r.Src, "real server %s cannot serve port %d of virtual server %q", r.Endpoint, p, vs.Title()).
						Because("%s forwarding does not change ports; leave the port out, or use nat", f)
					break
				}
			}
		}
	}
	if s := vs.SorryServer; s != nil {
		if !s.Endpoint.Addr.IsValid() {
			v.Errorf(vs.Src, "sorry server of %q has no address", vs.Title())
		} else if f, _ := vs.SorryForwarding(); f != TUN && FamilyOf(s.Endpoint.Addr) != fam {
			v.Errorf(vs.Src, "sorry server %s is not %s like virtual server %q", s.Endpoint, fam, vs.Title()).As("family")
		}
		v.tunnel(s.Tunnel, vs.Src)
	}
}

// sameDestination refuses a server with a port beside one without, where both
// are the same destination of a service.
func (v *validator) sameDestination(vs *VirtualServer, servers []*RealServer) {
	if vs.FWMark != 0 {
		return
	}
	var open map[netip.Addr]*RealServer
	for _, r := range servers {
		if r.Endpoint.Port == 0 {
			if open == nil {
				open = map[netip.Addr]*RealServer{}
			}
			open[r.Endpoint.Addr] = r
		}
	}
	if open == nil {
		return
	}
	for _, r := range servers {
		first := open[r.Endpoint.Addr]
		if first == nil || r.Endpoint.Port == 0 {
			continue
		}
		for p := range vs.ports() {
			if p == r.Endpoint.Port {
				v.Errorf(r.Src, "real server %s is real server %s on port %d of virtual server %q", r.Endpoint, first.Endpoint, p, vs.Title()).And(first.Src)
				break
			}
		}
	}
}

func (v *validator) servers(servers []*RealServer, where string) {
	for i, r := range servers {
		for _, before := range servers[:i] {
			if before.Endpoint == r.Endpoint {
				v.Errorf(r.Src, "real server %s stands twice in %s", r.Endpoint, where).And(before.Src).
					Because("the first is at %s", before.Src)
				break
			}
		}
		switch {
		case !r.Endpoint.Addr.IsValid() || r.Endpoint.Addr.IsUnspecified():
			v.Errorf(r.Src, "real server in %s has no usable address", where)
		case r.Weight < 0:
			v.Errorf(r.Src, "real server %s has weight %d; it is 0 to 2147483647", r.Endpoint, r.Weight)
		case r.Upper != 0 && r.Lower > r.Upper:
			v.Errorf(r.Src, "real server %s has lower_threshold %d above upper_threshold %d", r.Endpoint, r.Lower, r.Upper).
				Because("the kernel refuses that; servers come back below the lower one")
		}
		v.tunnel(r.Tunnel, r.Src)
		v.checks(r.Checks)
	}
}

// tunnel holds the kernel's rules: gue needs a port, the others must not have
// one; ipip has no checksum, gre no remote checksum (keepalived fact P13).
func (v *validator) tunnel(t *Tunnel, at diag.Range) {
	if t == nil {
		return
	}
	switch {
	case t.Type == GUE && t.Port == 0:
		v.Errorf(at, "a gue tunnel needs a port")
	case t.Type != GUE && t.Port != 0:
		v.Errorf(at, "a %s tunnel has no port", t.Type)
	case t.Type == IPIP && t.Checksum != NoChecksum:
		v.Errorf(at, "an ipip tunnel has no checksum")
	case t.Type == GRE && t.Checksum == RemoteChecksum:
		v.Errorf(at, "a gre tunnel has no remote checksum")
	}
}

// misplaced names a setting of a check that belongs to another type.
func misplaced(c *Check) string {
	http := c.Type == CheckHTTP || c.Type == CheckHTTPS
	for _, x := range []struct {
		set  bool
		name string
	}{
		{!http && c.Path != "", "path"}, {!http && len(c.Status) > 0, "status"}, {!http && !c.Digest.IsZero(), "digest"},
		{!http && len(c.URLs) > 0, "url"}, {c.Type != CheckHTTPS && c.SNI != "", "sni"}, {c.Type != CheckHTTPS && c.Verify, "verify"},
		{c.Type != CheckScript && c.Command != "", "command"}, {c.Type != CheckScript && c.User != "", "user"},
		{c.Type != CheckDNS && c.QueryName != "", "query_name"}, {c.Type != CheckSMTP && c.Helo != "", "helo"},
		{c.Type != CheckUDP && c.Payload != "", "payload"}, {c.Type != CheckUDP && c.Reply != "", "require_reply"},
		{c.BindPort != 0 && !c.Bind.IsValid(), "bind_port without bind_address"},
	} {
		if x.set {
			return x.name
		}
	}
	return ""
}

func (v *validator) checks(checks []*Check) {
	for _, c := range checks {
		switch {
		case c.Interval <= 0:
			v.Errorf(c.Src, "check interval is %s; it must be positive", c.Interval)
		case c.Timeout <= 0 && c.Type != CheckFile && c.Type != CheckBFD:
			v.Errorf(c.Src, "check timeout is %s; it must be positive", c.Timeout)
		case c.RetryDelay < 0 || c.Warmup < 0:
			v.Errorf(c.Src, "a check's delays cannot be negative")
		case c.Rise == 0:
			v.Errorf(c.Src, "rise is 0; a server needs at least one success to come up")
		case c.Jitter > 100:
			v.Errorf(c.Src, "jitter is %d percent; it is at most 100", c.Jitter)
		case c.Type == CheckScript && c.Command == "":
			v.Errorf(c.Src, "a script check needs a command")
		case c.HTTPVersion != "" && c.HTTPVersion != "1.0" && c.HTTPVersion != "1.0C" && c.HTTPVersion != "1.1":
			v.Errorf(c.Src, "http_version %q is not 1.0, 1.0C or 1.1", c.HTTPVersion)
		case c.Bind.IsValid() && c.Address.IsValid() && c.Bind.Is4() != c.Address.Is4():
			v.Errorf(c.Src, "bind_address %s and connect_address %s are of different families", c.Bind, c.Address)
		}
		if name := misplaced(c); name != "" {
			v.Warnf(c.Src, "%s has no effect in a %s check", name, c.Type).As("no-effect")
		}
		if c.Type == CheckHTTP || c.Type == CheckHTTPS {
			for _, u := range c.Requests() {
				if u.Path == "" || u.Path[0] != '/' && u.Path != "*" {
					v.Warnf(c.Src, "the path %q of an HTTP check does not begin with /", u.Path)
				}
			}
		}
	}
}
