package wire

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/binary"
	"hash"
	"net/netip"
)

// ProtocolAH is the Authentication Header's IP protocol number.
const ProtocolAH = 51

// AHLen is the length of the header, with a digest of icvLen bytes.
const (
	AHLen  = 24
	icvLen = 12
)

// AHKey makes and verifies the Authentication Header of version 2 over IPv4
// (RFC 2402 with HMAC-MD5-96 of RFC 2403), as keepalived has it: the key is the
// authentication data, the SPI the sender's address (facts 3.9, 3.10).  It is
// not for concurrent use.
type AHKey struct {
	mac    hash.Hash
	header [IPv4HeaderLen]byte
	sum    [md5.Size]byte
}

// NewAHKey takes the password, of which 8 bytes count.
func NewAHKey(password string) *AHKey {
	key := PassAuth(password)
	return &AHKey{mac: hmac.New(md5.New, key[:])}
}

// icv digests a packet: what routers may change in the IP header counts as
// zero (RFC 2402 section 3.3.3.1.1), and so does the digest itself.  The TTL
// changes on the way to peers only: keepalived counts it in for multicast.
func (k *AHKey) icv(header, ah, pdu []byte, unicast bool) []byte {
	copy(k.header[:], header)
	k.header[1] = 0
	clear(k.header[6:8])
	clear(k.header[10:12])
	if unicast {
		k.header[8] = 0
	}
	k.mac.Reset()
	k.mac.Write(k.header[:])
	k.mac.Write(ah[:AHLen-icvLen])
	k.mac.Write(zeros[:icvLen])
	k.mac.Write(pdu)
	return k.mac.Sum(k.sum[:0])[:icvLen]
}

// appendAH appends a header without sequence number and digest.
func appendAH(b []byte, src netip.Addr) []byte {
	spi := as4(src)
	b = append(b, Protocol, AHLen/4-2, 0, 0)
	b = append(b, spi[:]...)
	return append(b, make([]byte, AHLen-8)...)
}

// SealAH writes sequence number and digest into a frame that was built for an
// AuthAH packet.  It comes after all other changes.
func (f *Frame) SealAH(k *AHKey, seq uint32, unicast bool) {
	ah := f.bytes[IPv4HeaderLen:f.pdu]
	binary.BigEndian.PutUint32(ah[8:], seq)
	copy(ah[AHLen-icvLen:], k.icv(f.bytes, ah, f.bytes[f.pdu:], unicast))
}

// Open verifies the Authentication Header at the begin of an IPv4 packet's
// payload and returns what follows it, and its sequence number.  That it grows
// is for the caller to check.  The error is a [Reject].
func (k *AHKey) Open(header, payload []byte, unicast bool) (pdu []byte, seq uint32, err error) {
	if len(header) < IPv4HeaderLen || len(payload) < AHLen {
		return nil, 0, Length
	}
	ah := payload[:AHLen]
	if ah[0] != Protocol || ah[1] != AHLen/4-2 || [4]byte(ah[4:8]) != [4]byte(header[12:16]) {
		return nil, 0, AuthFailure
	}
	if len(header) > IPv4HeaderLen {
		return nil, 0, Length // nobody sends VRRP with IP options
	}
	pdu = payload[AHLen:]
	if !hmac.Equal(k.icv(header, ah, pdu, unicast), ah[AHLen-icvLen:]) {
		return nil, 0, AuthFailure
	}
	return pdu, binary.BigEndian.Uint32(ah[8:]), nil
}
