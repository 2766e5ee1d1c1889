package wire

import (
	"crypto/subtle"
	"slices"
	"time"
)

// Reject is why a packet does not reach the protocol.  It is an error and an
// index for counters, and it costs nothing to return.
type Reject uint8

// The reasons, in keepalived's order of checking (fact 4.6).
const (
	Accepted      Reject = iota // not a reason: the zero value
	Length                      // packet_len_err
	HopLimit                    // ip_ttl_err: TTL or hop limit is not 255, or for unicast out of the peer's range
	Version                     // another version, or none we know
	AuthUnknown                 // invalid_authtype
	AuthMismatch                // authtype_mismatch
	AuthFailure                 // auth_failure: wrong password; AH: wrong digest, or replayed
	Interval                    // v2: advert_interval_err
	Type                        // invalid_type_rcvd: not an advert
	Checksum                    // checksum_err
	Mode                        // multicast where unicast was expected, or the reverse
	Source                      // unicast from somebody who is no peer
	ExtMissing                  // auth_ext_missing: no trailer where one must be
	ExtMalformed                // auth_ext_malformed
	ExtUnknownKey               // auth_ext_unknown_key
	ExtInvalid                  // auth_ext_invalid_hmac
	ExtStale                    // auth_ext_stale: outside the time window
	ExtReplay                   // auth_ext_replay: not newer than the sender's last
	Rejects       int    = iota // the number of values, for arrays of counters
)

var rejectText = [...]string{
	"accepted",
	"packet length wrong",
	"TTL or hop limit out of range",
	"VRRP version differs",
	"authentication type unknown",
	"authentication type differs",
	"authentication failed",
	"advertisement interval differs",
	"packet type is not advertisement",
	"checksum wrong",
	"sent to the wrong address",
	"sender is no configured peer",
	"authentication trailer missing",
	"authentication trailer malformed",
	"authentication key unknown",
	"authentication trailer wrong",
	"authentication trailer outside the time window; do the clocks agree?",
	"replayed: not newer than the sender's last advert",
}

var rejectName = [...]string{
	"", "packet_len_err", "ip_ttl_err", "version_err", "invalid_authtype", "authtype_mismatch",
	"auth_failure", "advert_interval_err", "invalid_type_rcvd", "checksum_err", "mode_err",
	"unicast_src_err", "auth_ext_missing", "auth_ext_malformed", "auth_ext_unknown_key", "auth_ext_invalid_hmac",
	"auth_ext_stale", "auth_ext_replay",
}

// Error says it in words.
func (r Reject) Error() string {
	if int(r) < len(rejectText) {
		return "vrrp: " + rejectText[r]
	}
	return "vrrp: packet rejected"
}

// Name is the counter's name, keepalived's where it has one (fact 18.8).
func (r Reject) Name() string {
	if int(r) < len(rejectName) {
		return rejectName[r]
	}
	return "unknown"
}

// Expect is what one instance demands of a packet for its VRID.
type Expect struct {
	Version  uint8
	Interval time.Duration // own; compared for version 2 only
	AuthType AuthType
	AuthData [authLen]byte
}

// Check judges the content of a decoded packet.  The error is a [Reject] or nil.
//
// In version 2 every router of a link must have the same interval (RFC 3768
// section 7.1), and peers rely on its being enforced (fact 21.1).  In version
// 3 the master's interval is learned.
func (e Expect) Check(p *Packet) error {
	switch {
	case p.Version != e.Version:
		return Version
	case p.Version == 3:
		return nil
	case p.AuthType > AuthAH:
		return AuthUnknown
	case p.AuthType != e.AuthType:
		return AuthMismatch
	case p.AuthType == AuthPass && subtle.ConstantTimeCompare(p.AuthData[:], e.AuthData[:]) != 1:
		return AuthFailure
	case p.Interval != e.Interval:
		return Interval
	}
	return nil
}

// SameAddresses says whether a packet lists exactly the addresses of want, in
// any order.  A difference is worth a warning and a counter (addr_list_err)
// but no rejection: that would make two masters while a change is rolled out
// (fact 4.7).  It does not allocate.
func (p *Packet) SameAddresses(want *Packet) bool {
	if len(p.Addresses) != len(want.Addresses) {
		return false
	}
	if slices.Equal(p.Addresses, want.Addresses) {
		return true
	}
	for _, a := range want.Addresses {
		if !slices.Contains(p.Addresses, a) {
			return false
		}
	}
	return true
}
