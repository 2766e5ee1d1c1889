package keepalived

import (
	"slices"

	"github.com/lbgit/lbgit/schema"
)

// servers maps the real_server blocks, after the rest of the virtual server,
// because they inherit from it wherever its lines stand (V6, P12).
func (d *decoder) servers(vs *Stmt, v *schema.VirtualServer, n int) {
	slab := make([]schema.RealServer, 0, n)
	inherited := false
	for i := range vs.Block {
		s := &vs.Block[i]
		if s.Keyword() != "real_server" || !d.need(s, 1) {
			continue
		}
		ep, ok := d.endpoint(s)
		if !ok {
			continue
		}
		if !s.HasBlock {
			d.Warnf(s.at(), "real_server without a block; skipped as keepalived does").As("discarded").
				Because("write real_server %s { }", ep)
			continue
		}
		slab = append(slab, schema.RealServer{Endpoint: ep, Weight: d.scan.weight, Src: s.src()})
		r := &slab[len(slab)-1]
		written := ep.Port
		d.serverLines(v, r, s)
		fwd, _ := v.Forwarding(r)
		if fwd != schema.TUN && d.scan.fam != schema.AnyFamily && schema.FamilyOf(ep.Addr) != d.scan.fam { // P17
			d.Warnf(s.at(), "real server %s is of another family than its virtual server; dropped as keepalived does", ep).
				As("family").Because("only TUN carries one family in the other")
			slab = slab[:len(slab)-1]
			continue
		}
		d.serverPort(v, r, s, fwd)
		d.checkPorts(v, r, s, written)
		r.Checks = d.shared()
		if first := d.twin(slab); first != nil { // V5
			d.Warnf(s.at(), "real server %s stands twice; the later one is dropped as keepalived does", ep).
				As("duplicate").And(first.Src)
			slab = slab[:len(slab)-1]
			continue
		}
		inherited = inherited || r.Forward == schema.Inherit
	}
	if len(slab) > 0 {
		v.RealServers = make([]*schema.RealServer, len(slab))
		for i := range slab {
			v.RealServers[i] = &slab[i]
		}
	}
	if v.Forward == schema.Inherit { // V4
		v.Forward = schema.NAT
		if inherited {
			d.Warnf(vs.at(), "no lb_kind is given; NAT is used").As("default-nat")
		}
	}
}

// twin finds an earlier server with the endpoint of the last one. Long lists
// would make this quadratic: 1,000 servers cost a millisecond.
func (d *decoder) twin(slab []schema.RealServer) *schema.RealServer {
	last := &slab[len(slab)-1]
	for i := range slab[:len(slab)-1] {
		if slab[i].Endpoint.Addr == last.Endpoint.Addr && d.realPort(&slab[i]) == d.realPort(last) {
			return &slab[i]
		}
	}
	return nil
}

// realPort is the port that the kernel gets.
func (d *decoder) realPort(r *schema.RealServer) uint16 {
	if r.Endpoint.Port == 0 {
		return d.scan.port
	}
	return r.Endpoint.Port
}

// serverLines maps the statements of a real_server block: its own first, then
// the checks, which inherit from it.
func (d *decoder) serverLines(v *schema.VirtualServer, r *schema.RealServer, rs *Stmt) {
	t := d.scan.timing
	for i := range rs.Block {
		s := &rs.Block[i]
		switch s.Keyword() {
		case "weight":
			if n, ok := d.number(s, 1, 0, 1<<31-1); ok {
				r.Weight = int32(n)
			}
			d.most(s, 1)
		case "lvs_method":
			d.method(s, &r.Forward, &r.Tunnel)
		case "uthreshold":
			if n, ok := d.number(s, 1, 0, 1<<32-1); ok {
				r.Upper = uint32(n)
			}
		case "lthreshold":
			if n, ok := d.number(s, 1, 0, 1<<32-1); ok {
				r.Lower = uint32(n)
			}
		case "inhibit_on_failure":
			d.tri(s, &r.Inhibit)
		case "alpha":
			d.tri(s, &r.Alpha)
		case "notify_up":
			d.command(s, &notify(&r.Notify).Up)
		case "notify_down":
			d.command(s, &notify(&r.Notify).Down)
		case "smtp_alert":
			d.tri(s, &notify(&r.Notify).Mail)
		case "virtualhost":
			d.word1(s, &t.host)
		case "lb_kind":
			d.Warnf(s.at(), "lb_kind is not read in real_server; ignored").As("unknown").
				Because("lvs_method is its name here")
		default:
			if checkType(s.Keyword()) == 0 && !d.timingLine(&t, s, 1) {
				if s.HasBlock && !known("real_server", s.Keyword()) {
					d.unknownCheck(s)
				} else {
					d.unknown("real_server", s)
				}
			}
		}
	}
	d.scan.scratch = d.scan.scratch[:0]
	for i := range rs.Block {
		if s := &rs.Block[i]; checkType(s.Keyword()) != 0 {
			d.check(s, checkType(s.Keyword()), &t)
		}
	}
}

// unknownCheck refuses a block that is no check anybody knows: without it the
// server would count as healthy unasked.
func (d *decoder) unknownCheck(s *Stmt) {
	e := d.Errorf(s.at(), "unknown block %q in real_server", s.Keyword()).As("unknown")
	why := "keepalived skips it and takes the server as healthy"
	if near := nearest("real_server", s.Keyword()); near != "" {
		e.Because("did you mean %q? %s", near, why)
	} else {
		e.Because("%s; take it out if that is meant", why)
	}
}

// serverPort settles the port (V9, V11): port 0 stands for the service's.
func (d *decoder) serverPort(v *schema.VirtualServer, r *schema.RealServer, s *Stmt, fwd schema.Forward) {
	ep := &r.Endpoint
	if fwd == schema.NAT {
		if ep.Port == 0 && d.asks() {
			d.Warnf(s.at(), "real server %s has no port", ep).As("rs-without-port").
				Because("keepalived would probe port 0, which always fails; here the virtual server's port is probed")
		}
		return
	}
	if ep.Port != 0 && ep.Port != d.scan.port && v.FWMark == 0 && !d.scan.group {
		d.Warnf(s.at(), "real server %s gets the port of its virtual server", ep).As("rs-port").
			Because("%s does not change ports; keepalived would still probe port %d, here the real one is probed", fwd, ep.Port)
	}
	if ep.Port == 0 && d.asks() {
		d.Warnf(s.at(), "real server %s has no port", ep).As("rs-without-port").
			Because("keepalived would probe port 0, which always fails; here the virtual server's port is probed")
	}
	ep.Port = 0
}

// asks tells whether a check of the server goes to the server's own port.
func (d *decoder) asks() bool {
	for _, c := range d.scan.scratch {
		switch c.Type {
		case schema.CheckPing, schema.CheckScript, schema.CheckFile, schema.CheckBFD:
		default:
			if c.Port == 0 {
				return true
			}
		}
	}
	return false
}

// checkPorts keeps the written port as the checks' when the service has none
// to stand for it: DR and TUN behind a fwmark, a group, or all ports.
func (d *decoder) checkPorts(v *schema.VirtualServer, r *schema.RealServer, s *Stmt, written uint16) {
	if r.Endpoint.Port != 0 || !d.asks() || d.scan.port != 0 {
		return
	}
	if written == 0 {
		if !d.scan.group {
			d.Errorf(s.at(), "the checks of real server %s have no port to probe", r.Endpoint).As("rs-without-port").
				Because("neither it nor its virtual server names one; add connect_port")
		}
		return
	}
	for i, c := range d.scan.scratch {
		if c.Port == 0 && c.Type != schema.CheckPing && c.Type != schema.CheckScript {
			own := *c
			own.Port = written
			d.scan.scratch[i] = d.share(&own)
		}
	}
}

// shared gives the checks just read; equal lists of neighbours are one slice.
func (d *decoder) shared() []*schema.Check {
	if len(d.scan.scratch) == 0 {
		return nil
	}
	if !slices.Equal(d.scan.scratch, d.scan.last) {
		d.scan.last = slices.Clone(d.scan.scratch)
	}
	return d.scan.last
}
