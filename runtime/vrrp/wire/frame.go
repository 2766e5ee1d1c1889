package wire

import "encoding/binary"

// Frame is an advert to one destination as a raw socket takes it: IP header
// and PDU.  It is built once; what changes from one advert to the next, the
// priority and the identification, is patched in (fact 3.11).
type Frame struct {
	bytes []byte
	pdu   int // where the PDU begins
}

// Build makes the frame of p; its buffer is used again.  With AuthAH it must be
// sealed before it is sent, and with Signed signed.
func (f *Frame) Build(p *Packet, path Path) {
	head, protocol := IPv6HeaderLen, uint8(Protocol)
	if path.Src.Unmap().Is4() {
		head = IPv4HeaderLen
	}
	f.bytes = append(f.bytes[:0], make([]byte, head)...)
	if f.pdu = head; p.AuthType == AuthAH {
		f.bytes, protocol = appendAH(f.bytes, path.Src), ProtocolAH
		f.pdu += AHLen
	}
	f.bytes = Append(f.bytes, *p, path.Src, path.Dst)
	if p.Signed {
		f.bytes = append(f.bytes, make([]byte, TrailerLen)...)
	}
	path.AppendHeader(f.bytes[:0], protocol, len(f.bytes)-head)
}

// SetPriority changes the priority of the advert.
func (f *Frame) SetPriority(priority uint8) {
	pdu := f.bytes[f.pdu:]
	exchange(pdu, 6, 2, uint16(priority)<<8|uint16(pdu[3]))
}

// Number sets the identification of an IPv4 header (see [NextID]); IPv6 has none.
func (f *Frame) Number(id uint16) {
	if f.bytes[0]>>4 == 4 {
		exchange(f.bytes, 10, 4, id)
	}
}

// Bytes is the frame.  It changes with the next call of another method.
func (f *Frame) Bytes() []byte { return f.bytes }

// exchange replaces the 16 bits at b[at:] and keeps the checksum at b[sum:]
// true (RFC 1624, equation 3).
func exchange(b []byte, sum, at int, value uint16) {
	s := uint32(^binary.BigEndian.Uint16(b[sum:])) + uint32(^binary.BigEndian.Uint16(b[at:])) + uint32(value)
	binary.BigEndian.PutUint16(b[at:], value)
	binary.BigEndian.PutUint16(b[sum:], ^fold(s))
}
