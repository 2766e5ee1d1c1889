package keepalived

import (
	"time"

	"github.com/lbgit/lbgit/schema"
)

func (d *decoder) family(v *schema.VirtualServer, s *Stmt) {
	if !d.need(s, 1) {
		return
	}
	switch s.arg(1) {
	case "inet":
		v.Family = schema.IPv4
	case "inet6":
		v.Family = schema.IPv6
	default:
		d.ignored(s, 1, "inet or inet6")
		return
	}
	if f := d.scan.fam; f != schema.AnyFamily && f != v.Family {
		d.Warnf(s.at(), "ip_family %s is not that of the address; ignored", s.arg(1)).As("family")
		v.Family = schema.AnyFamily
	}
}

func (d *decoder) protocol(v *schema.VirtualServer, s *Stmt) {
	if !d.need(s, 1) {
		return
	}
	var p schema.Protocol
	if err := p.UnmarshalText([]byte(lower(s.arg(1)))); err != nil { // P5
		d.ignored(s, 1, "TCP, UDP or SCTP")
		return
	}
	if v.FWMark != 0 { // V1
		d.Warnf(s.at(), "protocol is ignored: a firewall mark counts for every protocol").As("no-effect")
		return
	}
	v.Protocol, d.scan.protocol = p, true
}

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func (d *decoder) persistence(s *Stmt) {
	if len(s.Words) < 2 {
		d.scan.persistence = schema.DefaultPersistence
		return
	}
	if n, ok := d.number(s, 1, 1, 2678400); ok {
		d.scan.persistence = time.Duration(n) * time.Second
	}
}

// schedulerFlag keeps keepalived's order: a flag named after a scheduler
// counts only below the line that chooses it (P8).
func (d *decoder) schedulerFlag(v *schema.VirtualServer, s *Stmt) {
	var f schema.SchedulerFlag
	if f.UnmarshalText([]byte(s.Keyword())) != nil {
		return
	}
	if of, ok := f.Scheduler(); ok && of != v.Scheduler {
		d.Warnf(s.at(), "%s is ignored: no lb_algo %s stands above it", s.Keyword(), of).As("order").
			Because("keepalived drops the flag; write lb_algo %s first", of)
		return
	}
	v.SchedulerFlags = append(v.SchedulerFlags, f)
}

// method reads NAT, DR or TUN with its tunnel (P5, P13).
func (d *decoder) method(s *Stmt, f *schema.Forward, tun **schema.Tunnel) {
	if !d.need(s, 1) {
		return
	}
	switch s.arg(1) {
	case "NAT":
		*f = schema.NAT
	case "DR":
		*f = schema.DR
	case "TUN":
		*f = schema.TUN
	default:
		d.ignored(s, 1, "NAT, DR or TUN (in capitals)")
		return
	}
	*tun = nil
	if *f != schema.TUN || len(s.Words) < 3 {
		d.most(s, 1)
		return
	}
	t, ok := d.tunnel(s)
	if !ok {
		d.Warnf(s.word(2), "the tunnel options %q do not fit each other; ignored", s.restFrom(2)).As("bad-value").
			Because("gue needs a port and the others have none; ipip has no checksum, gre no remcsum")
		return
	}
	*tun = &t
}

func (d *decoder) tunnel(s *Stmt) (t schema.Tunnel, ok bool) {
	for i := 2; i < len(s.Words); i++ {
		switch s.arg(i) {
		case "type":
			i++
			if t.Type.UnmarshalText([]byte(s.arg(i))) != nil {
				return t, false
			}
		case "port":
			i++
			n, ok := d.port(s, i)
			if !ok || n == 0 {
				return t, false
			}
			t.Port = n
		case "nocsum":
			t.Checksum = schema.NoChecksum
		case "csum":
			t.Checksum = schema.Checksum
		case "remcsum":
			t.Checksum = schema.RemoteChecksum
		default:
			return t, false
		}
	}
	return t, (t.Type == schema.GUE) == (t.Port != 0) &&
		(t.Type != schema.IPIP || t.Checksum == schema.NoChecksum) &&
		(t.Type != schema.GRE || t.Checksum != schema.RemoteChecksum)
}
