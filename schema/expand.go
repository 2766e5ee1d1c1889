package schema

import (
	"fmt"
	"iter"
	"net/netip"
)

// Service names one kernel service: an address with protocol and port, or a
// firewall mark with its family.
type Service struct {
	Protocol Protocol
	Addr     netip.Addr
	Port     uint16
	Mark     uint32
	Family   Family
}

func (s Service) String() string {
	if s.Mark != 0 {
		if s.Family == IPv6 {
			return fmt.Sprintf("fwmark %d ipv6", s.Mark)
		}
		return fmt.Sprintf("fwmark %d", s.Mark)
	}
	return s.Protocol.String() + " " + netip.AddrPortFrom(s.Addr, s.Port).String()
}

// MaxServices bounds how many kernel services one virtual server may span.
const MaxServices = 65536

// Services gives every kernel service of the virtual server: each address
// with each port, in the order of the source.
func (v *VirtualServer) Services() iter.Seq[Service] {
	return func(yield func(Service) bool) {
		if v.FWMark != 0 {
			yield(Service{Mark: v.FWMark, Family: v.MarkFamily()})
			return
		}
		n := 0
		for _, r := range v.Addresses {
			fam := FamilyOf(r.First)
			for a := r.First; a.IsValid(); a = a.Next() {
				for p := range v.ports() {
					if n++; n > MaxServices || !yield(Service{Protocol: v.Protocol, Addr: a, Port: p, Family: fam}) {
						return
					}
				}
				if a == r.Last {
					break
				}
			}
		}
	}
}

func (v *VirtualServer) ports() iter.Seq[uint16] {
	return func(yield func(uint16) bool) {
		if len(v.Ports) == 0 {
			yield(0)
			return
		}
		for _, r := range v.Ports {
			for p := uint32(r.First); p <= uint32(r.Last); p++ {
				if !yield(uint16(p)) {
					return
				}
			}
		}
	}
}

// ServiceCount gives the number of kernel services without making them, at
// most MaxServices+1.
func (v *VirtualServer) ServiceCount() int {
	if v.FWMark != 0 {
		return 1
	}
	addrs, ports := 0, 0
	for _, r := range v.Addresses {
		addrs += r.Count(MaxServices + 1)
	}
	for _, r := range v.Ports {
		ports += int(r.Last) - int(r.First) + 1
	}
	return min(addrs*max(ports, 1), MaxServices+1)
}

// MarkFamily is the family of a firewall-mark service: what it says, else
// that of its first real server that is not tunnelled, else of any (keepalived
// lvs fact P18).
func (v *VirtualServer) MarkFamily() Family {
	if v.Family != AnyFamily {
		return v.Family
	}
	f := AnyFamily
	for _, r := range v.RealServers {
		if r.Forward.or(v.Forward) != TUN {
			return FamilyOf(r.Endpoint.Addr)
		}
		if f == AnyFamily {
			f = FamilyOf(r.Endpoint.Addr)
		}
	}
	if f == AnyFamily {
		f = IPv4
	}
	return f
}

// ServiceFamily is the family of the virtual server's services.
func (v *VirtualServer) ServiceFamily() Family {
	if len(v.Addresses) > 0 {
		return FamilyOf(v.Addresses[0].First)
	}
	return v.MarkFamily()
}

// FamilyOf is the family of an address.
func FamilyOf(a netip.Addr) Family {
	if a.Is4() {
		return IPv4
	}
	return IPv6
}

func (f Forward) or(outer Forward) Forward {
	if f == Inherit {
		f = outer
	}
	if f == Inherit {
		f = NAT
	}
	return f
}

// Forwarding gives the forwarding method and tunnel of a real server of v.
func (v *VirtualServer) Forwarding(r *RealServer) (Forward, *Tunnel) {
	t := r.Tunnel
	if r.Forward == Inherit && t == nil {
		t = v.Tunnel
	}
	return r.Forward.or(v.Forward), t
}

// SorryForwarding is the same for the sorry server.
func (v *VirtualServer) SorryForwarding() (Forward, *Tunnel) {
	s := v.SorryServer
	t := s.Tunnel
	if s.Forward == Inherit && t == nil {
		t = v.Tunnel
	}
	return s.Forward.or(v.Forward), t
}

// FindPool gives the pool of that name, or nil.
func (c *Config) FindPool(name string) *Pool {
	for _, p := range c.Pools {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// IsEmpty tells whether nothing would be put into the kernel.
func (c *Config) IsEmpty() bool {
	return len(c.VirtualServers)+len(c.Instances)+len(c.Addresses)+len(c.Routes)+len(c.Rules) == 0
}
