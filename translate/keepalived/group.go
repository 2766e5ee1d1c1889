package keepalived

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lbgit/lbgit/schema"
)

// group is a virtual_server_group: entries in the order of the file.
type group struct {
	stmt    *Stmt
	entries []groupEntry
	users   int // virtual servers that named it so far
}

type groupEntry struct {
	addr schema.AddressRange
	port uint16
	mark uint32
	fam  schema.Family
}

// serverGroup maps a virtual_server_group block.
func (d *decoder) serverGroup(s *Stmt) *group {
	g := &group{stmt: s}
	for i := range s.Block {
		st := &s.Block[i]
		var e groupEntry
		if st.Keyword() == "fwmark" {
			n, ok := d.number(st, 1, 1, 1<<32-1)
			if !ok {
				continue
			}
			e.mark = uint32(n)
			switch st.arg(2) {
			case "", "inet":
				e.fam = schema.AnyFamily
				if st.arg(2) != "" {
					e.fam = schema.IPv4
				}
			case "inet6":
				e.fam = schema.IPv6
			default:
				d.ignored(st, 2, "inet or inet6")
			}
			g.entries = append(g.entries, e)
			continue
		}
		port, ok := d.port(st, 1)
		if err := e.addr.UnmarshalText([]byte(st.Keyword())); err != nil || !ok {
			d.Warnf(st.at(), "%q is no entry of a virtual_server_group; skipped as keepalived does", st.text()).As("discarded").
				Because("an entry is an address, a range (a-b), a prefix (a/len) with an optional port, or fwmark N")
			continue
		}
		if e.addr.First.Is6() && wide(e.addr) { // M19 [bug], not copied
			d.Warnf(st.at(), "keepalived steps only the last 16 bits of this range").As("wide-range").
				Because("here each address of it is served")
		}
		e.port, e.fam = port, schema.FamilyOf(e.addr.First)
		g.entries = append(g.entries, e)
	}
	return g
}

func wide(r schema.AddressRange) bool {
	a, b := r.First.As16(), r.Last.As16()
	return [14]byte(a[:14]) != [14]byte(b[:14])
}

// groupServices maps a virtual server of a group: the addresses with one port
// become one, marks are ones of their own (M17).
func (d *decoder) groupServices(s *Stmt, groups map[string]*group) []*schema.VirtualServer {
	g := groups[s.arg(2)]
	if len(s.Words) > 2 && g == nil {
		d.Warnf(s.word(2), "virtual_server_group %q does not exist; the virtual server is dropped as keepalived does", s.arg(2)).
			As("discarded")
		return nil
	}
	made := d.virtualServer(s)
	if len(made) == 0 || g == nil {
		return nil
	}
	v := made[0]
	base := fmt.Sprintf("[%s]:%d", s.arg(2), g.users)
	g.users++
	if len(g.entries) == 0 {
		d.Warnf(s.at(), "virtual_server_group %q is empty; the virtual server is dropped", s.arg(2)).As("discarded")
		return nil
	}
	if !d.groupFamilies(s, v, g) {
		return nil
	}
	var out []*schema.VirtualServer
	var ports []uint16
	for _, e := range g.entries {
		if e.mark == 0 && !slices.Contains(ports, e.port) {
			ports = append(ports, e.port)
		}
	}
	for i, port := range ports {
		out = append(out, d.groupAddresses(s, v, g, port, groupName(base, i, port)))
	}
	marks := 0
	for _, e := range g.entries {
		if e.mark == 0 {
			continue
		}
		own := *v
		own.Name = fmt.Sprintf("%s fwmark %d", base, e.mark)
		if own.FWMark = e.mark; e.fam != schema.AnyFamily {
			own.Family = e.fam
		}
		if e.fam == schema.IPv6 {
			own.Name += " inet6"
		}
		own.HASuspend, own.Protocol = false, 0 // V12, V1
		if d.scan.persistence == 0 {
			own.Persistence = nil
		}
		out = append(out, &own)
		marks++
	}
	if marks > 0 && v.HASuspend {
		d.Warnf(s.at(), "ha_suspend has no effect with a fwmark").As("no-effect")
	}
	return out
}

func groupName(base string, i int, port uint16) string {
	if i == 0 {
		return base
	}
	return fmt.Sprintf("%s port %d", base, port)
}

// groupAddresses makes the service of the entries with one port.
func (d *decoder) groupAddresses(s *Stmt, v *schema.VirtualServer, g *group, port uint16, name string) *schema.VirtualServer {
	own := *v
	own.Name = name
	for _, e := range g.entries {
		if e.mark == 0 && e.port == port {
			own.Addresses = append(own.Addresses, e.addr)
		}
	}
	own.Family = schema.AnyFamily
	if port != 0 {
		own.Ports = []schema.PortRange{{First: port, Last: port}}
	} else if own.Persistence == nil { // V3
		own.Persistence = &schema.Persistence{Timeout: schema.DefaultPersistence}
		d.Warnf(s.at(), "a service for every port needs persistence; %s gets %s", name, schema.DefaultPersistence).As("port-zero")
	}
	if own.OnePacket && own.Protocol != schema.UDP { // V2
		d.Warnf(s.at(), "ops is for UDP and fwmark services only; ignored").As("no-effect")
		own.OnePacket = false
	}
	if port == 0 && slices.ContainsFunc(v.RealServers, func(r *schema.RealServer) bool {
		return r.Endpoint.Port == 0 && slices.ContainsFunc(r.Checks, needsPort)
	}) {
		d.Errorf(s.at(), "checks of %s have no port to probe", name).As("rs-without-port").
			Because("neither the group nor the real server names one; add connect_port")
	}
	return &own
}

func needsPort(c *schema.Check) bool {
	switch c.Type {
	case schema.CheckPing, schema.CheckScript, schema.CheckFile, schema.CheckBFD:
		return false
	}
	return c.Port == 0
}

// groupFamilies holds V14: what cannot be reached is dropped.
func (d *decoder) groupFamilies(s *Stmt, v *schema.VirtualServer, g *group) bool {
	var fams []string
	one := schema.AnyFamily
	for _, e := range g.entries {
		if e.fam != schema.AnyFamily && !slices.Contains(fams, e.fam.String()) {
			fams, one = append(fams, e.fam.String()), e.fam
		}
	}
	for _, r := range v.RealServers {
		if fwd, _ := v.Forwarding(r); fwd != schema.TUN && (len(fams) > 1 || one != schema.AnyFamily && schema.FamilyOf(r.Endpoint.Addr) != one) {
			d.Warnf(s.at(), "the families of virtual_server_group %q (%s) and of real server %s do not fit; the virtual server is dropped as keepalived does",
				s.arg(2), strings.Join(fams, ", "), r.Endpoint).As("family")
			return false
		}
	}
	if v.Family != schema.AnyFamily && one != schema.AnyFamily && len(fams) == 1 && v.Family != one {
		d.Warnf(s.at(), "ip_family is not that of virtual_server_group %q; the virtual server is dropped as keepalived does", s.arg(2)).As("family")
		return false
	}
	return true
}
