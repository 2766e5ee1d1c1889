package nl

import "encoding/binary"

const headerLen = 16 // struct nlmsghdr

// Batch is a row of requests in the kernel's byte layout. It is built by
// appending and keeps its memory when it is reset, so a batch that is used
// again does not allocate.
type Batch struct {
	buf   []byte
	start []int // where each message begins
}

// Reset empties the batch.
func (b *Batch) Reset() { b.buf, b.start = b.buf[:0], b.start[:0] }

// Len is the number of messages.
func (b *Batch) Len() int { return len(b.start) }

// Bytes are the messages as they are sent. They are valid until the batch is
// changed. Sequence numbers are filled in by the socket.
func (b *Batch) Bytes() []byte {
	b.finish()
	return b.buf
}

// Begin starts a message; whatever is appended next belongs to it. flags are
// NLM_F_ bits without REQUEST and ACK, which the socket sets.
func (b *Batch) Begin(typ, flags uint16) {
	b.finish()
	b.start = append(b.start, len(b.buf))
	b.buf = binary.NativeEndian.AppendUint32(b.buf, 0)
	b.buf = binary.NativeEndian.AppendUint16(b.buf, typ)
	b.buf = binary.NativeEndian.AppendUint16(b.buf, flags)
	b.buf = append(b.buf, 0, 0, 0, 0, 0, 0, 0, 0)
}

// Raw appends a protocol's own header; the caller keeps it a multiple of four
// bytes long.
func (b *Batch) Raw(p ...byte) { b.buf = append(b.buf, p...) }

// Uint8 appends an attribute.
func (b *Batch) Uint8(typ uint16, v uint8) {
	b.attr(typ, 1)
	b.buf = append(b.buf, v, 0, 0, 0)
}

// Uint16 appends an attribute in the machine's byte order.
func (b *Batch) Uint16(typ uint16, v uint16) {
	b.attr(typ, 2)
	b.buf = append(binary.NativeEndian.AppendUint16(b.buf, v), 0, 0)
}

// Port appends an attribute in network byte order.
func (b *Batch) Port(typ uint16, v uint16) {
	b.attr(typ, 2)
	b.buf = append(binary.BigEndian.AppendUint16(b.buf, v), 0, 0)
}

// Uint32 appends an attribute in the machine's byte order.
func (b *Batch) Uint32(typ uint16, v uint32) {
	b.attr(typ, 4)
	b.buf = binary.NativeEndian.AppendUint32(b.buf, v)
}

// Data appends an attribute of any bytes.
func (b *Batch) Data(typ uint16, v []byte) {
	b.attr(typ, len(v))
	b.buf = append(b.buf, v...)
	b.pad()
}

// String appends an attribute with a closing zero byte.
func (b *Batch) String(typ uint16, v string) {
	b.attr(typ, len(v)+1)
	b.buf = append(append(b.buf, v...), 0)
	b.pad()
}

// Nest opens an attribute that holds attributes; End closes it, given what
// Nest returned.
func (b *Batch) Nest(typ uint16) int {
	b.attr(typ|nested, 0)
	return len(b.buf) - 4
}

// End closes a nested attribute.
func (b *Batch) End(nest int) {
	binary.NativeEndian.PutUint16(b.buf[nest:], uint16(len(b.buf)-nest))
}

func (b *Batch) attr(typ uint16, size int) {
	b.buf = binary.NativeEndian.AppendUint16(b.buf, uint16(4+size))
	b.buf = binary.NativeEndian.AppendUint16(b.buf, typ)
}

func (b *Batch) pad() {
	for len(b.buf)%4 != 0 {
		b.buf = append(b.buf, 0)
	}
}

// finish writes the length of the message being built.
func (b *Batch) finish() {
	if n := len(b.start); n > 0 {
		at := b.start[n-1]
		binary.NativeEndian.PutUint32(b.buf[at:], uint32(len(b.buf)-at))
	}
}

// stamp numbers the messages from first on, makes them requests and asks for
// an acknowledgement of the last one only: an error is reported for every
// message anyway, and hundreds of acknowledgements would only fill the buffer.
func (b *Batch) stamp(first uint32, ack bool) {
	b.finish()
	for i, at := range b.start {
		flags := binary.NativeEndian.Uint16(b.buf[at+6:])&^flagAck | flagRequest
		if ack && i == len(b.start)-1 {
			flags |= flagAck
		}
		binary.NativeEndian.PutUint16(b.buf[at+6:], flags)
		binary.NativeEndian.PutUint32(b.buf[at+8:], first+uint32(i))
	}
}

// setFlags adds flags to the only message.
func (b *Batch) setFlags(flags uint16) {
	at := b.start[0]
	v := binary.NativeEndian.Uint16(b.buf[at+6:])
	binary.NativeEndian.PutUint16(b.buf[at+6:], v|flags)
}
