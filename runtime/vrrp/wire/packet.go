package wire

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// Protocol is VRRP's IP protocol number.
const Protocol = 112

// TTL is the only time to live or hop limit that VRRP accepts: a packet that
// crossed a router is forged (RFC 9568 section 5.1.1.3).
const TTL = 255

// The groups that routers of a link talk to (RFC 9568 sections 5.1.1.2, 5.1.2.2).
var (
	GroupIPv4 = netip.AddrFrom4([4]byte{224, 0, 0, 18})
	GroupIPv6 = netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 0x12})
)

// AuthType is the authentication field of version 2.
type AuthType uint8

// The types of RFC 2338, which RFC 3768 keeps only as reserved numbers.
const (
	AuthNone AuthType = 0
	AuthPass AuthType = 1
	AuthAH   AuthType = 2
)

const (
	headerLen  = 8
	authLen    = 8
	typeAdvert = 1
	maxCenti   = 1<<12 - 1
	// MaxLen is the longest PDU: version 3, 255 IPv6 addresses.
	MaxLen = headerLen + 255*16
)

// Packet is one advertisement.
type Packet struct {
	// Version is 2 or 3.
	Version uint8
	// VRID is the virtual router, 1..255.
	VRID uint8
	// Priority is 0..255; 0 says that the sender ceases to be master.
	Priority uint8
	// Interval between adverts: version 2 carries whole seconds 1..255, version
	// 3 centiseconds 1..4095.  Append brings other values into range; a packet
	// of version 2 or 3 may carry 0.
	Interval time.Duration
	// Addresses are the virtual addresses in configuration order, at most 255,
	// of the family of the packet's source.
	Addresses []netip.Addr
	// AuthType and AuthData exist in version 2 only.
	AuthType AuthType
	AuthData [authLen]byte
	// ChecksumAsV2 leaves the pseudo header out of a version 3 checksum over
	// IPv4, for peers that do so (v3_checksum_as_v2).  It is read by Append and
	// by Decode, which then accepts either form.
	ChecksumAsV2 bool
	// OldUnicast puts the group in place of the destination into the pseudo
	// header of version 3 over IPv4, as keepalived before 1.4 did for unicast
	// (fact 3.6).  Decode accepts that form if it is set, and then leaves it set
	// only if the packet has it.
	OldUnicast bool
	// Signed asks for a trailer: Frame leaves room for one, Decode accepts one.
	Signed bool
	// Trailer is the one that Decode found, part of its input; nil if none.
	Trailer []byte
}

// PassAuth makes the authentication data of a password: its first 8 bytes,
// padded with zeros (fact 2.9).
func PassAuth(password string) (data [authLen]byte) {
	copy(data[:], password)
	return data
}

// Append appends the PDU of p, as sent from src to dst, and returns the longer
// slice.  It allocates only if b has no room.  Addresses of another family
// than src's, and those after the 255th, are left out: the model refuses them
// long before.
func Append(b []byte, p Packet, src, dst netip.Addr) []byte {
	at := len(b)
	b = append(b, p.Version<<4|typeAdvert, p.VRID, p.Priority, 0)
	if p.Version == 3 {
		centi := min(max(p.Interval/(10*time.Millisecond), 1), maxCenti)
		b = binary.BigEndian.AppendUint16(b, uint16(centi))
	} else {
		b = append(b, byte(p.AuthType), byte(min(max(p.Interval/time.Second, 1), 255)))
	}
	b = append(b, 0, 0) // checksum
	v4 := src.Unmap().Is4()
	for _, a := range p.Addresses {
		if v4 {
			a = a.Unmap()
		}
		if !a.IsValid() || a.Is4() != v4 || b[at+3] == 255 {
			continue
		}
		if v4 {
			raw := a.As4()
			b = append(b, raw[:]...)
		} else {
			raw := a.As16()
			b = append(b, raw[:]...)
		}
		b[at+3]++
	}
	if p.Version != 3 {
		b = append(b, p.AuthData[:]...)
	}
	pdu := b[at:]
	var sum uint32
	switch {
	case p.Version != 3 || v4 && p.ChecksumAsV2:
	case v4 && p.OldUnicast:
		sum = pseudo(src, GroupIPv4, len(pdu))
	default:
		sum = pseudo(src, dst, len(pdu))
	}
	binary.BigEndian.PutUint16(pdu[6:], ^fold(add(sum, pdu)))
	return b
}

// Parse reads a PDU that was sent from src to dst.  The error is a [Reject].
func Parse(b []byte, src, dst netip.Addr) (Packet, error) {
	var p Packet
	err := p.Decode(b, src, dst)
	return p, err
}

// Decode is Parse into p, whose Addresses slice is used again.  The error is a
// [Reject]; p is then undefined but for its Addresses and what it was told to accept.
func (p *Packet) Decode(b []byte, src, dst netip.Addr) error {
	*p = Packet{Addresses: p.Addresses[:0], ChecksumAsV2: p.ChecksumAsV2, OldUnicast: p.OldUnicast, Signed: p.Signed}
	if len(b) < headerLen {
		return Length
	}
	src, dst = src.Unmap(), dst.Unmap()
	v4 := src.Is4()
	p.Version, p.VRID, p.Priority = b[0]>>4, b[1], b[2]
	size, trailer := 16, 0
	if v4 {
		size = 4
	}
	switch {
	case p.Version == 3:
		p.Interval = time.Duration(binary.BigEndian.Uint16(b[4:])&maxCenti) * 10 * time.Millisecond
	case p.Version == 2 && v4:
		trailer = authLen
		p.AuthType, p.Interval = AuthType(b[4]), time.Duration(b[5])*time.Second
	default:
		return Version
	}
	if b[0]&0x0f != typeAdvert {
		return Type
	}
	whole, end := b, headerLen+int(b[3])*size+trailer
	if p.Signed && len(b) == end+TrailerLen {
		p.Trailer, b = b[end:], b[:end]
		if v4 {
			whole = b // with IPv6 the trailer is summed, too; see [Frame.Sign]
		}
	}
	if len(b) != end {
		return Length
	}
	if !p.sumOK(whole, src, dst) {
		return Checksum
	}
	list := b[headerLen : len(b)-trailer]
	for ; len(list) > 0; list = list[size:] {
		a, _ := netip.AddrFromSlice(list[:size])
		p.Addresses = append(p.Addresses, a)
	}
	copy(p.AuthData[:], b[len(b)-trailer:])
	return nil
}

// sumOK verifies the checksum.  keepalived verifies none at all with
// v3_checksum_as_v2 (fact 4.6n, not copied).
func (p *Packet) sumOK(b []byte, src, dst netip.Addr) bool {
	plain := add(0, b)
	if p.Version == 2 {
		p.OldUnicast = false
		return fold(plain) == 0xffff
	}
	if fold(add(pseudo(src, dst, len(b)), b)) == 0xffff {
		p.OldUnicast = false
		return true
	}
	if p.OldUnicast = p.OldUnicast && src.Is4() && fold(add(pseudo(src, GroupIPv4, len(b)), b)) == 0xffff; p.OldUnicast {
		return true
	}
	return p.ChecksumAsV2 && src.Is4() && fold(plain) == 0xffff
}
