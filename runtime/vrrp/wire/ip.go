package wire

import (
	"encoding/binary"
	"net/netip"
)

// The lengths of the headers that AppendHeader makes.
const (
	IPv4HeaderLen = 20
	IPv6HeaderLen = 40
)

// TOS is "internetwork control" with no drop preference, for IPv4's TOS and
// IPv6's traffic class (facts 3.1, 3.15).
const TOS = 0xc0

// Path is the way of an advert.
type Path struct {
	Src, Dst netip.Addr // of one family
	// TTL is the time to live or hop limit, 1..255; 0 means 255.
	TTL uint8
}

// AppendHeader appends the IP header of a packet with length bytes after it:
// without options, extension headers or fragment bits (fact 3.1).  An IPv4
// header has the identification 0; see [Frame.Number].
func (p Path) AppendHeader(b []byte, protocol uint8, length int) []byte {
	ttl := p.TTL
	if ttl == 0 {
		ttl = TTL
	}
	src, dst := p.Src.Unmap(), p.Dst.Unmap()
	if !src.Is4() {
		b = append(b, 0x60|TOS>>4, TOS<<4&0xf0, 0, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(length))
		b = append(b, protocol, ttl)
		s, d := src.As16(), dst.As16()
		return append(append(b, s[:]...), d[:]...)
	}
	at := len(b)
	b = append(b, 0x45, TOS)
	b = binary.BigEndian.AppendUint16(b, uint16(IPv4HeaderLen+length))
	b = append(b, 0, 0, 0, 0, ttl, protocol, 0, 0)
	s, d := src.As4(), as4(dst)
	b = append(append(b, s[:]...), d[:]...)
	binary.BigEndian.PutUint16(b[at+10:], ^fold(add(0, b[at:])))
	return b
}

// NextID follows id in a header: 1, 2, 3 and so on, without 0, for which the
// kernel would put in a number of its own.
func NextID(id uint16) uint16 {
	if id++; id == 0 {
		return 1
	}
	return id
}

// IPv4 is what an advert's IPv4 header tells the receiver.
type IPv4 struct {
	Src, Dst netip.Addr
	TTL      uint8
	Protocol uint8
}

// ParseIPv4 splits a packet of a raw socket into header and payload.  Padding
// of short Ethernet frames is cut off (fact 4.6b).  The kernel has verified
// the header's checksum.  The error is [Length].
func ParseIPv4(b []byte) (IPv4, []byte, error) {
	if len(b) < IPv4HeaderLen || b[0]>>4 != 4 {
		return IPv4{}, nil, Length
	}
	head, total := int(b[0]&0x0f)*4, int(binary.BigEndian.Uint16(b[2:]))
	if head < IPv4HeaderLen || total < head || total > len(b) {
		return IPv4{}, nil, Length
	}
	h := IPv4{
		Src:      netip.AddrFrom4([4]byte(b[12:16])),
		Dst:      netip.AddrFrom4([4]byte(b[16:20])),
		TTL:      b[8],
		Protocol: b[9],
	}
	return h, b[head:total], nil
}

func as4(a netip.Addr) [4]byte {
	if a = a.Unmap(); a.Is4() {
		return a.As4()
	}
	return [4]byte{}
}
