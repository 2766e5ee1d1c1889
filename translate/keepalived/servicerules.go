package keepalived

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/lbgit/lbgit/schema"
)

// sorry reads the fallback; its port is settled in serviceRules (V9).
func (d *decoder) sorry(v *schema.VirtualServer, s *Stmt) {
	if !d.need(s, 1) {
		return
	}
	ep, ok := d.endpoint(s)
	if !ok {
		return
	}
	if v.SorryServer != nil {
		d.Warnf(s.at(), "a second sorry_server replaces the first").As("repeated")
	}
	v.SorryServer = &schema.SorryServer{Endpoint: ep}
}

// endpoint reads an address with an optional port; keepalived skips the
// server when it cannot.
func (d *decoder) endpoint(s *Stmt) (schema.Endpoint, bool) {
	a, err := netip.ParseAddr(cutAddr(s.arg(1)))
	if err != nil || a.Zone() != "" {
		d.Warnf(s.word(1), "%s %q is not an address; skipped as keepalived does", s.Keyword(), s.arg(1)).As("discarded").
			Because("names are not looked up; write the server's address")
		return schema.Endpoint{}, false
	}
	port, ok := d.port(s, 2)
	if !ok {
		d.Warnf(s.word(2), "%s port %q is not from 0 to 65535; skipped as keepalived does", s.Keyword(), s.arg(2)).As("discarded")
		return schema.Endpoint{}, false
	}
	d.most(s, 2)
	return schema.Endpoint{Addr: a, Port: port}, true
}

// serviceRules is what keepalived settles about a service after parsing it:
// V1 to V4, V9 for the sorry server, P14, P17.
func (d *decoder) serviceRules(s *Stmt, v *schema.VirtualServer) {
	sc := &d.scan
	if v.FWMark == 0 && !sc.protocol {
		v.Protocol = schema.UDP // V1
		d.Warnf(s.at(), "virtual_server without protocol is UDP").As("default-udp").
			Because("add protocol TCP, if that is meant")
	}
	if v.OnePacket && v.FWMark == 0 && v.Protocol != schema.UDP && !sc.group { // V2
		d.Warnf(s.at(), "ops is for UDP and fwmark services only; ignored").As("no-effect")
		v.OnePacket = false
	}
	if v.HASuspend && v.FWMark != 0 { // V12
		d.Warnf(s.at(), "ha_suspend has no effect with a fwmark").As("no-effect")
		v.HASuspend = false
	}
	d.naming(v)
	d.persistent(s, v)
	if ss := v.SorryServer; ss != nil {
		fwd, _ := v.SorryForwarding()
		if fwd != schema.TUN && sc.fam != schema.AnyFamily && schema.FamilyOf(ss.Endpoint.Addr) != sc.fam {
			d.Warnf(s.at(), "sorry server %s is of another family; dropped as keepalived does", ss.Endpoint).As("family")
			v.SorryServer = nil
		} else if ss.Endpoint.Port == sc.port || fwd != schema.NAT {
			if p := ss.Endpoint.Port; fwd != schema.NAT && p != 0 && p != sc.port && !sc.group && v.FWMark == 0 {
				d.Warnf(s.at(), "sorry server %s gets the port of the virtual server", ss.Endpoint).As("port").
					Because("%s does not change ports", fwd)
			}
			ss.Endpoint.Port = 0
		}
	}
}

// naming gives the stable name: what a reader of keepalived's log would call
// the service.
func (d *decoder) naming(v *schema.VirtualServer) {
	switch {
	case d.scan.group:
	case v.FWMark != 0 && v.Family == schema.IPv6:
		v.Name = fmt.Sprintf("fwmark %d inet6", v.FWMark)
	case v.FWMark != 0:
		v.Name = fmt.Sprintf("fwmark %d", v.FWMark)
	default:
		v.Name = serviceName(v.Addresses[0].First, d.scan.port, v.Protocol)
	}
}

func serviceName(a netip.Addr, port uint16, p schema.Protocol) string {
	var buf [64]byte
	b := buf[:0]
	if port != 0 {
		b = netip.AddrPortFrom(a, port).AppendTo(b)
	} else {
		b = a.AppendTo(b)
	}
	b = append(b, '/')
	b = append(b, p.String()...)
	return string(b)
}

// persistent settles persistence: a mask implies it (P14), a service for
// every port needs it (V3), an engine is nothing without it.
func (d *decoder) persistent(s *Stmt, v *schema.VirtualServer) {
	sc := &d.scan
	var mask schema.Netmask
	if sc.mask != "" {
		text := sc.mask
		err := mask.UnmarshalText([]byte(text))
		if v6 := sc.fam == schema.IPv6 || sc.fam == schema.AnyFamily && !strings.Contains(text, "."); err != nil || v6 && mask.V4 != 0 || !v6 && mask.Bits > 32 {
			d.ignored(sc.maskAt, 1, "a netmask of the service's family")
			mask = schema.Netmask{}
		} else if sc.persistence == 0 {
			sc.persistence = schema.DefaultPersistence
		}
		if sc.fam == schema.IPv4 {
			mask = mask.Normal(schema.IPv4)
		}
	}
	if sc.persistence == 0 && v.FWMark == 0 && !sc.group && sc.port == 0 {
		sc.persistence = schema.DefaultPersistence
		d.Warnf(s.at(), "a service for every port needs persistence; it gets %s", sc.persistence).As("port-zero")
	}
	if sc.persistence == 0 {
		if sc.engine != "" {
			d.Warnf(s.at(), "persistence_engine without persistence_timeout has no effect").As("no-effect")
		}
		return
	}
	if len(sc.engine) > 16 {
		d.Warnf(s.at(), "persistence_engine %q is cut to 16 characters", sc.engine).As("bad-value")
		sc.engine = d.str(sc.engine[:16])
	}
	v.Persistence = &schema.Persistence{Timeout: sc.persistence, Granularity: mask, Engine: sc.engine}
}

// quorum settles V7 and V8. With nothing but zero weights keepalived's
// numbers run under, and its quorum is never reached [bug]; a quorum of 1
// says that in the model's own terms.
func (d *decoder) quorum(s *Stmt, v *schema.VirtualServer) {
	total := uint64(0)
	for _, r := range v.RealServers {
		total += uint64(r.Weight)
	}
	if total == 0 {
		if v.SorryServer != nil || v.Notify != nil {
			d.Warnf(s.at(), "every real server of %s has weight 0: its quorum is never reached", v.Name).As("quorum")
		}
		v.Quorum, v.Hysteresis = 1, 0
		return
	}
	if uint64(v.Quorum) > total {
		d.Warnf(s.at(), "quorum %d is above the weight of all real servers; lowered to %d", v.Quorum, total).As("quorum")
		v.Quorum = uint32(total)
	}
	if v.Hysteresis >= v.Quorum && v.Hysteresis > 0 {
		d.Warnf(s.at(), "hysteresis %d is not below the quorum; lowered to %d", v.Hysteresis, v.Quorum-1).As("quorum")
		v.Hysteresis = v.Quorum - 1
	}
	if uint64(v.Quorum)+uint64(v.Hysteresis) > total {
		d.Warnf(s.at(), "quorum and hysteresis are above the weight of all real servers: the quorum can never be reached").As("quorum")
	}
}
