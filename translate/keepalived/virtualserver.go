package keepalived

import (
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/schema"
)

// timing is what a virtual server and a real server hand down to the checks
// below them (V6). The set flags tell what was written.
type timing struct {
	loop, timeout, wait, warmup             time.Duration
	retry                                   uint32
	hasLoop, hasTimeout, hasWait, hasWarmup bool
	hasRetry                                bool
	host                                    string
}

// vsScan is a virtual server while its block is read: what the model has no
// field for, because it ends up elsewhere.
type vsScan struct {
	timing
	weight      int32
	protocol    bool // was written
	persistence time.Duration
	engine      string
	mask        string
	maskAt      *Stmt
	vhost       string
	last        []*schema.Check // of the real server before, to be shared
	checks      []*schema.Check // every distinct check of this virtual server
	scratch     []*schema.Check // of the real server being read
	fam         schema.Family
	group       bool
	port        uint16
}

// virtualServer maps one virtual_server block; nothing when keepalived would
// discard it. A group becomes services in group.go.
func (d *decoder) virtualServer(s *Stmt) []*schema.VirtualServer {
	if !d.need(s, 1) {
		return nil
	}
	v := &schema.VirtualServer{Src: s.src()}
	v.SetDefaults()
	v.Drain = 0 // a removed server goes at once (R9)
	d.scan = vsScan{weight: 1, last: d.scan.last[:0], checks: d.scan.checks[:0], scratch: d.scan.scratch[:0]}
	if !s.HasBlock {
		d.Warnf(s.at(), "virtual_server without a block; ignored").As("discarded")
		return nil
	}
	if !d.identity(s, v) {
		return nil
	}
	servers := 0
	for i := range s.Block {
		if st := &s.Block[i]; st.Keyword() == "real_server" {
			servers++
		} else {
			d.serviceLine(v, st)
		}
	}
	d.serviceRules(s, v)
	d.servers(s, v, servers)
	if len(v.RealServers) == 0 { // P16
		d.Warnf(s.at(), "virtual server %s has no real server; discarded as keepalived does", v.Name).As("discarded")
		return nil
	}
	d.quorum(s, v)
	return []*schema.VirtualServer{v}
}

// identity reads what stands behind virtual_server.
func (d *decoder) identity(s *Stmt, v *schema.VirtualServer) bool {
	switch s.arg(1) {
	case "fwmark":
		if !d.need(s, 2) {
			return false
		}
		n, ok := d.numberIn(s, 2, 0, 1<<32-1)
		if !ok || n == 0 {
			d.Warnf(s.at(), "virtual server without a usable fwmark; discarded").As("discarded")
			return false
		}
		v.FWMark = uint32(n)
		d.most(s, 2)
	case "group":
		d.scan.group = true
		return d.need(s, 2)
	default:
		a, err := netip.ParseAddr(cutAddr(s.arg(1)))
		if err != nil || a.Zone() != "" {
			d.Warnf(s.word(1), "virtual_server %q is not an address; discarded as keepalived does", s.arg(1)).As("discarded").
				Because("write virtual_server 192.0.2.10 80, virtual_server fwmark 1 or virtual_server group NAME")
			return false
		}
		port, ok := d.port(s, 2)
		if !ok {
			d.Warnf(s.word(2), "virtual_server port %q is not from 0 to 65535; discarded as keepalived does", s.arg(2)).As("discarded")
			return false
		}
		v.Addresses = []schema.AddressRange{schema.One(a)}
		if port != 0 {
			v.Ports = []schema.PortRange{{First: port, Last: port}}
		}
		d.scan.port, d.scan.fam = port, schema.FamilyOf(a)
		d.most(s, 2)
	}
	return true
}

// cutAddr is an address up to its first - or / (P15).
func cutAddr(t string) string {
	for i := range len(t) {
		if t[i] == '-' || t[i] == '/' {
			return t[:i]
		}
	}
	return t
}

// serviceLine maps one statement of a virtual_server block, real servers
// apart.
func (d *decoder) serviceLine(v *schema.VirtualServer, s *Stmt) {
	sc := &d.scan
	switch kw := s.Keyword(); kw {
	case "ip_family":
		d.family(v, s)
	case "lb_algo", "lvs_sched":
		if d.need(s, 1) {
			var x schema.Scheduler
			if err := x.UnmarshalText([]byte(s.arg(1))); err != nil {
				d.ignored(s, 1, "an IPVS scheduler (rr, wrr, lc, wlc, lblc, lblcr, sh, mh, dh, fo, ovf, sed, nq, twos)")
			} else {
				v.Scheduler = x
			}
		}
	case "lb_kind", "lvs_method":
		d.method(s, &v.Forward, &v.Tunnel)
	case "hashed": // never has an effect (P9)
		d.Notef(s.at(), "hashed has no effect in keepalived").As("no-effect")
	case "ops":
		v.OnePacket = true
	case "flag-1", "flag-2", "flag-3", "sh-port", "sh-fallback", "mh-port", "mh-fallback":
		d.schedulerFlag(v, s)
	case "persistence_engine":
		d.word1(s, &sc.engine)
	case "persistence_timeout":
		d.persistence(s)
	case "persistence_granularity":
		if d.need(s, 1) {
			sc.mask, sc.maskAt = s.arg(1), s
		}
	case "protocol":
		d.protocol(v, s)
	case "ha_suspend":
		v.HASuspend = true
	case "smtp_alert":
		d.tri(s, &notify(&v.Notify).Mail)
	case "virtualhost":
		d.word1(s, &sc.host)
		sc.vhost = sc.host
	case "alpha": // arguments are ignored here (P6)
		v.Alpha = d.always(s)
	case "omega":
		v.Omega = d.always(s)
	case "inhibit_on_failure":
		v.Inhibit = d.always(s)
	case "quorum":
		if n, ok := d.number(s, 1, 1, 1<<32-1); ok {
			v.Quorum = uint32(n)
		}
	case "hysteresis":
		if n, ok := d.number(s, 1, 0, 1<<32-1); ok {
			v.Hysteresis = uint32(n)
		}
	case "quorum_up":
		d.command(s, &notify(&v.Notify).QuorumUp)
	case "quorum_down":
		d.command(s, &notify(&v.Notify).QuorumDown)
	case "weight":
		if n, ok := d.number(s, 1, 1, 1<<31-1); ok {
			sc.weight = int32(n)
		}
	case "sorry_server":
		d.sorry(v, s)
	case "sorry_server_inhibit", "sorry_server_lvs_method":
		if v.SorryServer == nil { // P11
			d.Warnf(s.at(), "%s before sorry_server is ignored", kw).As("order")
		} else if kw == "sorry_server_inhibit" {
			v.SorryServer.Inhibit = true
		} else {
			d.method(s, &v.SorryServer.Forward, &v.SorryServer.Tunnel)
		}
	default:
		if !d.timingLine(&sc.timing, s, 1) {
			d.unknown("virtual_server", s)
		}
	}
}

// always is a switch that any argument turns on, even off (P6).
func (d *decoder) always(s *Stmt) bool {
	switch s.arg(1) {
	case "false", "off", "no":
		d.Warnf(s.at(), "%s %s turns %s on", s.Keyword(), s.arg(1), s.Keyword()).As("always-on").
			Because("keepalived ignores the argument in virtual_server; take the line out to leave it off")
	}
	return true
}

// timingLine maps the keywords that are handed down; minRetry is 1 but for
// checks (P7).
func (d *decoder) timingLine(t *timing, s *Stmt, minRetry int64) bool {
	switch s.Keyword() {
	case "delay_loop":
		if v, ok := d.timer(s, 1, micro, forever); ok {
			t.loop, t.hasLoop = v, true
		}
	case "connect_timeout":
		if v, ok := d.timer(s, 1, micro, 4294967295*micro); ok {
			t.timeout, t.hasTimeout = v, true
		}
	case "delay_before_retry":
		if v, ok := d.timer(s, 1, 0, forever); ok {
			t.wait, t.hasWait = v, true
		}
	case "warmup":
		if v, ok := d.timer(s, 1, 0, forever); ok {
			t.warmup, t.hasWarmup = v, true
		}
	case "retry":
		if v, ok := d.number(s, 1, minRetry, 1<<32-1); ok {
			t.retry, t.hasRetry = uint32(v), true
		}
	default:
		return false
	}
	d.most(s, 1)
	return true
}
