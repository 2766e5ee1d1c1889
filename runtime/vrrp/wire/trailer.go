package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"net/netip"
	"time"
)

// TrailerLen is the length of keepalived 2.4's authentication trailer, which
// follows the PDU (fact 3.12):
//
//	1 byte   type 1
//	1 byte   key ID
//	2 bytes  zero
//	8 bytes  sequence: seconds (4), 1/65536 s (2), counter (2)
//	16 bytes HMAC-SHA-256, cut, over a pseudo header, the PDU without its
//	         checksum, and the trailer without this digest
const TrailerLen = 28

const (
	trailerType = 1
	digestLen   = 16
	digestAt    = TrailerLen - digestLen
)

// zeros stand for what a digest leaves out.  They are never written to.
var zeros [digestLen]byte

// Key signs and verifies trailers.  It is not for concurrent use.
type Key struct {
	mac    hash.Hash
	pseudo [20]byte
	sum    [sha256.Size]byte
}

// NewKey takes the shared secret.
func NewKey(secret []byte) *Key { return &Key{mac: hmac.New(sha256.New, secret)} }

// digest leaves out the checksum, which differs from peer to peer.
func (k *Key) digest(pdu, trailer []byte, src netip.Addr) []byte {
	src = src.Unmap()
	k.pseudo = [20]byte{6, pdu[0] >> 4, pdu[1]}
	if src.Is4() {
		k.pseudo[0] = 4
		a := src.As4()
		copy(k.pseudo[4:], a[:])
	} else {
		a := src.As16()
		copy(k.pseudo[4:], a[:])
	}
	k.mac.Reset()
	k.mac.Write(k.pseudo[:])
	k.mac.Write(pdu[:6])
	k.mac.Write(zeros[:2])
	k.mac.Write(pdu[8:])
	k.mac.Write(trailer[:digestAt])
	k.mac.Write(zeros[:])
	return k.mac.Sum(k.sum[:0])[:digestLen]
}

// Sequence packs a wall clock reading: later readings are greater, serially
// (RFC 1982), and leave 16 bits to count adverts in between.
func Sequence(now time.Time) uint64 {
	return uint64(uint32(now.Unix()))<<32 | uint64(now.Nanosecond())<<16/1e9<<16
}

// Newer says whether sequence a comes after b (RFC 1982 section 3.2).
func Newer(a, b uint64) bool { return int64(a-b) > 0 }

// Sign fills in the trailer of a frame that was built for a Signed packet.  It
// comes after all other changes.
func (f *Frame) Sign(k *Key, id uint8, seq uint64, path Path) {
	end := len(f.bytes) - TrailerLen
	pdu, trailer := f.bytes[f.pdu:end], f.bytes[end:]
	trailer[0], trailer[1] = trailerType, id
	binary.BigEndian.PutUint64(trailer[4:], seq)
	copy(trailer[digestAt:], k.digest(pdu, trailer, path.Src))
	if f.pdu == IPv6HeaderLen {
		// With IPv6 it is the kernel that sums, and it sums all there is (fact 3.7).
		pdu[6], pdu[7] = 0, 0
		body := f.bytes[f.pdu:]
		binary.BigEndian.PutUint16(pdu[6:], ^fold(add(pseudo(path.Src, path.Dst, len(body)), body)))
	}
}

// Trailer is what a trailer says before it is believed.
type Trailer struct {
	KeyID uint8
	Seq   uint64
}

// ParseTrailer reads the trailer of a decoded packet ([Packet.Trailer]).  The
// error is [ExtMalformed].
func ParseTrailer(b []byte) (Trailer, error) {
	if len(b) != TrailerLen || b[0] != trailerType || b[2] != 0 || b[3] != 0 {
		return Trailer{}, ExtMalformed
	}
	return Trailer{b[1], binary.BigEndian.Uint64(b[4:])}, nil
}

// Age is how long before now a trailer was made, to the second; negative if
// the sender's clock is ahead.
func (t Trailer) Age(now time.Time) time.Duration {
	return time.Duration(int32(uint32(now.Unix())-uint32(t.Seq>>32))) * time.Second
}

// Verify checks the digest of a payload that Decode accepted as Signed.
func (k *Key) Verify(payload []byte, src netip.Addr) error {
	end := len(payload) - TrailerLen
	if end < headerLen {
		return ExtMalformed
	}
	if !hmac.Equal(k.digest(payload[:end], payload[end:], src), payload[end+digestAt:]) {
		return ExtInvalid
	}
	return nil
}
