package state

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Forwarding methods (kernel uapi/linux/ip_vs.h, IP_VS_CONN_F_*).
const (
	ForwardNAT    uint8 = 0
	ForwardLocal  uint8 = 1
	ForwardTunnel uint8 = 2
	ForwardDirect uint8 = 3
	ForwardBypass uint8 = 4
)

// Service flags (kernel uapi/linux/ip_vs.h, IP_VS_SVC_F_*). HASHED (0x2) is
// the kernel's own and never part of a state.
const (
	FlagPersistent uint32 = 0x01
	FlagOnePacket  uint32 = 0x04
	FlagSched1     uint32 = 0x08
	FlagSched2     uint32 = 0x10
	FlagSched3     uint32 = 0x20
)

// Tunnel types and flags (kernel uapi/linux/ip_vs.h, IP_VS_CONN_F_TUNNEL_TYPE_*
// and IP_VS_TUNNEL_ENCAP_FLAG_*).
const (
	TunnelIPIP uint8 = 0
	TunnelGUE  uint8 = 1
	TunnelGRE  uint8 = 2

	TunnelChecksum       uint16 = 1
	TunnelRemoteChecksum uint16 = 2
)

// ServiceKey is what the kernel finds a service by. A firewall-mark service
// has Mark and V6; any other has Addr, Port and Protocol.
type ServiceKey struct {
	Addr     netip.Addr `json:"address,omitzero"`
	Mark     uint32     `json:"fwmark,omitempty"`
	Port     uint16     `json:"port,omitempty"`
	Protocol uint8      `json:"protocol,omitempty"`
	V6       bool       `json:"ipv6,omitempty"`
}

// Compare orders keys: marks last, then by protocol, address and port.
func (k ServiceKey) Compare(o ServiceKey) int {
	if c := cmp.Compare(k.Mark, o.Mark); c != 0 {
		return c
	}
	if k.Mark != 0 {
		if k.V6 == o.V6 {
			return 0
		} else if o.V6 {
			return -1
		}
		return 1
	}
	if c := cmp.Compare(k.Protocol, o.Protocol); c != 0 {
		return c
	}
	if c := k.Addr.Compare(o.Addr); c != 0 {
		return c
	}
	return cmp.Compare(k.Port, o.Port)
}

func (k ServiceKey) String() string {
	if k.Mark != 0 {
		if k.V6 {
			return fmt.Sprintf("fwmark %d ipv6", k.Mark)
		}
		return fmt.Sprintf("fwmark %d", k.Mark)
	}
	return ProtocolName(k.Protocol) + " " + netip.AddrPortFrom(k.Addr, k.Port).String()
}

// ProtocolName is the name of an IP protocol that IPVS balances.
func ProtocolName(p uint8) string {
	switch p {
	case 6:
		return "tcp"
	case 17:
		return "udp"
	case 132:
		return "sctp"
	}
	return "protocol " + strconv.Itoa(int(p))
}

// Service is an IPVS service without its destinations.
type Service struct {
	ServiceKey
	Scheduler string `json:"scheduler"`
	Flags     uint32 `json:"flags"`
	// Timeout of the persistence in seconds; 0 without persistence.
	Timeout uint32 `json:"persistence_timeout,omitempty"`
	// Netmask is an IPv4 mask as a number (255.255.255.255 is 0xffffffff), or
	// a prefix length for IPv6.
	Netmask uint32 `json:"netmask"`
	Engine  string `json:"persistence_engine,omitempty"`
}

// Dest is a destination as a row of its service.
type Dest struct {
	Addr        netip.Addr `json:"address"`
	Port        uint16     `json:"port"`
	Forward     uint8      `json:"forward"`
	TunnelType  uint8      `json:"tunnel_type,omitempty"`
	TunnelPort  uint16     `json:"tunnel_port,omitempty"`
	TunnelFlags uint16     `json:"tunnel_flags,omitempty"`
	Weight      int32      `json:"weight"`
	Upper       uint32     `json:"upper,omitempty"`
	Lower       uint32     `json:"lower,omitempty"`
}

// Compare orders destinations by address and port.
func (d *Dest) Compare(o *Dest) int {
	if c := d.Addr.Compare(o.Addr); c != 0 {
		return c
	}
	return cmp.Compare(d.Port, o.Port)
}

// Endpoint is the destination's address and port.
func (d *Dest) Endpoint() netip.AddrPort { return netip.AddrPortFrom(d.Addr, d.Port) }

// ServiceRows is a service with its destinations, sorted.
type ServiceRows struct {
	Service Service
	Dests   []Dest
}

// Destination is a destination with the service it belongs to: what an
// operation is about.
type Destination struct {
	Service ServiceKey `json:"service"`
	Dest
}

// Timeouts are the connection timeouts in seconds; 0 means "as it is".
type Timeouts struct {
	TCP    uint32 `json:"tcp"`
	TCPFin uint32 `json:"tcp_fin"`
	UDP    uint32 `json:"udp"`
}

// FlagNames writes service flags as ipvsadm names them.
func FlagNames(flags uint32) string {
	var out []string
	for _, f := range []struct {
		bit  uint32
		name string
	}{{FlagPersistent, "persistent"}, {FlagOnePacket, "ops"}, {FlagSched1, "flag-1"}, {FlagSched2, "flag-2"}, {FlagSched3, "flag-3"}} {
		if flags&f.bit != 0 {
			out = append(out, f.name)
		}
	}
	return strings.Join(out, ",")
}

// ForwardName is the name of a forwarding method.
func ForwardName(f uint8) string {
	switch f {
	case ForwardNAT:
		return "nat"
	case ForwardLocal:
		return "local"
	case ForwardTunnel:
		return "tun"
	case ForwardDirect:
		return "dr"
	case ForwardBypass:
		return "bypass"
	}
	return "forward " + strconv.Itoa(int(f))
}
