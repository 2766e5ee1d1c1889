package nl

import (
	"encoding/binary"
	"iter"
)

// Bits of an attribute's type that are not its number (uapi/linux/netlink.h).
const (
	nested    = 1 << 15
	byteOrder = 1 << 14
)

// Attr is an attribute's value.
type Attr []byte

// Attrs walks the attributes in p. Bytes that are no whole attribute end it:
// the kernel does not send them, and guessing would be worse.
func Attrs(p []byte) iter.Seq2[uint16, Attr] {
	return func(yield func(uint16, Attr) bool) {
		for len(p) >= 4 {
			size := int(binary.NativeEndian.Uint16(p))
			if size < 4 || size > len(p) {
				return
			}
			if !yield(binary.NativeEndian.Uint16(p[2:])&^(nested|byteOrder), Attr(p[4:size])) {
				return
			}
			p = p[min((size+3)&^3, len(p)):]
		}
	}
}

// Uint8 is the value as a number, 0 when it is too short.
func (a Attr) Uint8() uint8 {
	if len(a) < 1 {
		return 0
	}
	return a[0]
}

// Uint16 is the value in the machine's byte order, 0 when it is too short.
func (a Attr) Uint16() uint16 {
	if len(a) < 2 {
		return 0
	}
	return binary.NativeEndian.Uint16(a)
}

// Port is the value in network byte order, 0 when it is too short.
func (a Attr) Port() uint16 {
	if len(a) < 2 {
		return 0
	}
	return binary.BigEndian.Uint16(a)
}

// Uint32 is the value in the machine's byte order, 0 when it is too short.
func (a Attr) Uint32() uint32 {
	if len(a) < 4 {
		return 0
	}
	return binary.NativeEndian.Uint32(a)
}

// Text is the value up to its closing zero byte.
func (a Attr) Text() string {
	for i, c := range a {
		if c == 0 {
			return string(a[:i])
		}
	}
	return string(a)
}
