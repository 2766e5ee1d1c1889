package wire

import (
	"encoding/binary"
	"net/netip"
)

// add adds b to an Internet checksum (RFC 1071) that is not folded yet.  At
// most 64 KiB fit without overflow.
func add(sum uint32, b []byte) uint32 {
	for ; len(b) >= 2; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	return sum
}

// fold brings a sum to 16 bits.
func fold(sum uint32) uint16 {
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}

// pseudo sums the pseudo header: both addresses, the protocol and the length
// of the PDU (fact 3.5; RFC 8200 section 8.1, whose longer fields add up to
// the same).
func pseudo(src, dst netip.Addr, length int) uint32 {
	sum := uint32(Protocol) + uint32(length)
	for _, a := range [...]netip.Addr{src.Unmap(), dst.Unmap()} {
		if a.Is4() {
			raw := a.As4()
			sum = add(sum, raw[:])
		} else {
			raw := a.As16()
			sum = add(sum, raw[:])
		}
	}
	return sum
}
