package ipvs

import (
	"encoding/binary"
	"errors"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/internal/nl"
)

// Generic netlink family, commands and attributes (uapi/linux/ip_vs.h).
const (
	familyName    = "IPVS"
	familyVersion = 1

	cmdNewService = 1
	cmdSetService = 2
	cmdDelService = 3
	cmdGetService = 4
	cmdNewDest    = 5
	cmdSetDest    = 6
	cmdDelDest    = 7
	cmdGetDest    = 8
	cmdGetInfo    = 15

	attrService = 1
	attrDest    = 2

	svcFamily    = 1
	svcProtocol  = 2
	svcAddr      = 3
	svcPort      = 4
	svcMark      = 5
	svcScheduler = 6
	svcFlags     = 7
	svcTimeout   = 8
	svcNetmask   = 9
	svcEngine    = 11

	dstAddr        = 1
	dstPort        = 2
	dstForward     = 3
	dstWeight      = 4
	dstUpper       = 5
	dstLower       = 6
	dstFamily      = 11
	dstTunnelType  = 13
	dstTunnelPort  = 14
	dstTunnelFlags = 15

	flagHashed  = 0x2 // IP_VS_SVC_F_HASHED, set by the kernel
	forwardMask = 0x7 // IP_VS_CONN_F_FWD_MASK
)

var (
	errNoService = errors.New("ipvs: the kernel's answer holds no service")
	errNoDest    = errors.New("ipvs: the kernel's answer holds no destination")
)

// appendServiceKey adds what the kernel finds a service by.
func appendServiceKey(b *nl.Batch, k *state.ServiceKey) {
	b.Uint16(svcFamily, keyFamily(k))
	if k.Mark != 0 {
		b.Uint32(svcMark, k.Mark)
		return
	}
	b.Uint16(svcProtocol, uint16(k.Protocol))
	appendAddr(b, svcAddr, k.Addr)
	b.Port(svcPort, k.Port)
}

// appendKey adds a service attribute with the key only.
func appendKey(b *nl.Batch, k *state.ServiceKey) {
	nest := b.Nest(attrService)
	appendServiceKey(b, k)
	b.End(nest)
}

// appendService adds a service attribute with everything.
func appendService(b *nl.Batch, s *state.Service) {
	nest := b.Nest(attrService)
	appendServiceKey(b, &s.ServiceKey)
	b.String(svcScheduler, s.Scheduler)
	var flags [8]byte // struct ip_vs_flags: the flags, and which of them to set
	binary.NativeEndian.PutUint32(flags[:], s.Flags&^flagHashed)
	binary.NativeEndian.PutUint32(flags[4:], ^uint32(0))
	b.Data(svcFlags, flags[:])
	b.Uint32(svcTimeout, s.Timeout)
	b.Uint32(svcNetmask, swapNetmask(s.Netmask, keyFamily(&s.ServiceKey)))
	if s.Engine != "" {
		b.String(svcEngine, s.Engine)
	}
	b.End(nest)
}

// appendDest adds a destination attribute; full is false where the kernel only
// wants to find it.
func appendDest(b *nl.Batch, d *state.Dest, full bool) {
	nest := b.Nest(attrDest)
	// Without the family the kernel takes the address for one of the service's
	// family, and a tunnel from IPv4 to IPv6 would end elsewhere.
	b.Uint16(dstFamily, addrFamily(d.Addr))
	appendAddr(b, dstAddr, d.Addr)
	b.Port(dstPort, d.Port)
	if full {
		b.Uint32(dstForward, uint32(d.Forward))
		b.Uint32(dstWeight, uint32(d.Weight))
		b.Uint32(dstUpper, d.Upper)
		b.Uint32(dstLower, d.Lower)
		if d.Forward == state.ForwardTunnel {
			b.Uint8(dstTunnelType, d.TunnelType)
			b.Port(dstTunnelPort, d.TunnelPort)
			b.Uint16(dstTunnelFlags, d.TunnelFlags)
		}
	}
	b.End(nest)
}

// parseService reads the answer to a service request.
func parseService(body []byte) (state.Service, error) {
	for typ, v := range nl.Attrs(nl.GenlBody(body)) {
		if typ == attrService {
			return parseServiceAttrs(v)
		}
	}
	return state.Service{}, errNoService
}

func parseServiceAttrs(p []byte) (s state.Service, err error) {
	var family uint16
	var addr nl.Attr
	for typ, v := range nl.Attrs(p) {
		switch typ {
		case svcFamily:
			family = v.Uint16()
		case svcProtocol:
			s.Protocol = uint8(v.Uint16())
		case svcAddr:
			addr = v
		case svcPort:
			s.Port = v.Port()
		case svcMark:
			s.Mark = v.Uint32()
		case svcScheduler:
			s.Scheduler = v.Text()
		case svcFlags:
			s.Flags = v.Uint32() &^ flagHashed
		case svcTimeout:
			s.Timeout = v.Uint32()
		case svcNetmask:
			s.Netmask = v.Uint32()
		case svcEngine:
			s.Engine = v.Text()
		}
	}
	s.Netmask = swapNetmask(s.Netmask, family)
	if s.Flags&state.FlagPersistent == 0 {
		s.Timeout = 0 // what the kernel keeps there has no meaning
	}
	if s.Mark != 0 {
		s.V6 = family == unix.AF_INET6
		s.Addr, s.Port, s.Protocol = netip.Addr{}, 0, 0
		return s, nil
	}
	var ok bool
	if s.Addr, ok = parseAddr(addr, family); !ok {
		return s, errNoService
	}
	return s, nil
}

// parseDest reads an entry of a destination dump. family is the service's: the
// destination's own is told since kernel 3.18.
func parseDest(body []byte, family uint16) (state.Dest, error) {
	for typ, v := range nl.Attrs(nl.GenlBody(body)) {
		if typ == attrDest {
			return parseDestAttrs(v, family)
		}
	}
	return state.Dest{}, errNoDest
}

func parseDestAttrs(p []byte, family uint16) (d state.Dest, err error) {
	var addr nl.Attr
	for typ, v := range nl.Attrs(p) {
		switch typ {
		case dstAddr:
			addr = v
		case dstPort:
			d.Port = v.Port()
		case dstForward:
			d.Forward = uint8(v.Uint32() & forwardMask)
		case dstWeight:
			d.Weight = int32(v.Uint32())
		case dstUpper:
			d.Upper = v.Uint32()
		case dstLower:
			d.Lower = v.Uint32()
		case dstFamily:
			if f := v.Uint16(); f != 0 {
				family = f
			}
		case dstTunnelType:
			d.TunnelType = v.Uint8()
		case dstTunnelPort:
			d.TunnelPort = v.Port()
		case dstTunnelFlags:
			d.TunnelFlags = v.Uint16()
		}
	}
	if d.Forward != state.ForwardTunnel {
		d.TunnelType, d.TunnelPort, d.TunnelFlags = 0, 0, 0
	}
	var ok bool
	if d.Addr, ok = parseAddr(addr, family); !ok {
		return d, errNoDest
	}
	return d, nil
}

// appendAddr adds a union nf_inet_addr: 16 bytes, of which IPv4 fills four.
func appendAddr(b *nl.Batch, typ uint16, a netip.Addr) {
	var raw [16]byte
	if a.Is4() {
		v4 := a.As4()
		copy(raw[:], v4[:])
	} else {
		raw = a.As16()
	}
	b.Data(typ, raw[:])
}

func parseAddr(v nl.Attr, family uint16) (netip.Addr, bool) {
	switch {
	case family == unix.AF_INET && len(v) >= 4:
		return netip.AddrFrom4([4]byte(v[:4])), true
	case family == unix.AF_INET6 && len(v) >= 16:
		return netip.AddrFrom16([16]byte(v[:16])), true
	}
	return netip.Addr{}, false
}

func addrFamily(a netip.Addr) uint16 {
	if a.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

func keyFamily(k *state.ServiceKey) uint16 {
	if k.Mark == 0 {
		return addrFamily(k.Addr)
	}
	if k.V6 {
		return unix.AF_INET6
	}
	return unix.AF_INET
}

// swapNetmask turns a netmask between the kernel's form and the state's, in
// both directions: an IPv4 mask is in network byte order there, an IPv6 prefix
// length is a plain number.
func swapNetmask(v uint32, family uint16) uint32 {
	if family != unix.AF_INET {
		return v
	}
	var b [4]byte
	binary.NativeEndian.PutUint32(b[:], v)
	return binary.BigEndian.Uint32(b[:])
}
