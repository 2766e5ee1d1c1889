package engine

import (
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// HMAC is keepalived's auth_hmac (facts 3.12, 4.9a, 4.11).
type HMAC struct {
	// Keys are the secrets by their IDs.
	Keys map[uint8][]byte
	// Active is the key that signs.  If it is missing the instance is at fault,
	// unless it only receives.
	Active uint8
	// Window is how far a sender's clock may be off; 0 means three intervals,
	// from 5 s to 300 s.
	Window time.Duration
	// Monotonic leaves clocks out of it: a sequence must only grow.
	Monotonic bool
	Mode      HMACMode
}

// HMACMode is what becomes of adverts without a trailer.
type HMACMode uint8

// They are rejected; accepted; or accepted while own ones have none either.
// A trailer that is wrong is always rejected.
const (
	HMACEnforce HMACMode = iota
	HMACPermissive
	HMACReceiveOnly
)

// hmac is the authentication of an instance at work.
type hmac struct {
	HMAC
	keys map[uint8]*wire.Key
	sent uint64 // the last own sequence
	// heard are the senders by their last use; an old one makes room.
	heard []heardFrom
	skew  bool // a clock was complained about
}

// heardFrom is the last sequence of a sender.
type heardFrom struct {
	from netip.Addr
	seq  uint64
}

// groupSenders is how many senders are remembered on a group: routers of one
// VRID are few, and only those with the key get here.
const groupSenders = 4

// newHMAC keeps what was heard and sent before: a reload must not let old
// packets in (unlike fact 16.6).
func newHMAC(spec *HMAC, old *hmac) *hmac {
	if spec == nil {
		return nil
	}
	h := &hmac{HMAC: *spec, keys: map[uint8]*wire.Key{}}
	for id, secret := range spec.Keys {
		h.keys[id] = wire.NewKey(secret)
	}
	if old != nil {
		h.sent, h.heard = old.sent, old.heard
	}
	return h
}

// signs says whether own adverts have a trailer.
func (h *hmac) signs() bool { return h != nil && h.Mode != HMACReceiveOnly }

// broken says that it cannot do what it should: no advert may leave unsigned.
func (h *hmac) broken() bool { return h.signs() && h.keys[h.Active] == nil }

// next is the sequence of the next advert (one for all peers).
func (h *hmac) next(wall time.Time) uint64 {
	if seq := wire.Sequence(wall); wire.Newer(seq, h.sent) {
		h.sent = seq
	} else {
		h.sent++
	}
	return h.sent
}

// window is the allowed difference of clocks.
func (h *hmac) window(interval time.Duration) time.Duration {
	if h.Window > 0 {
		return h.Window
	}
	return min(max(3*interval, 5*time.Second), 300*time.Second)
}

// verify judges a decoded packet.  What is cheap comes first; nothing is
// remembered of a packet whose digest is wrong.
func (h *hmac) verify(p *wire.Packet, d *datagram, interval time.Duration, senders int, wall time.Time) (skew time.Duration, err error) {
	if p.Trailer == nil {
		if h.Mode == HMACEnforce {
			return 0, wire.ExtMissing
		}
		return 0, nil
	}
	t, err := wire.ParseTrailer(p.Trailer)
	if err != nil {
		return 0, err
	}
	if !h.Monotonic {
		if skew = t.Age(wall); skew.Abs() > h.window(interval) {
			return skew, wire.ExtStale
		}
	}
	key := h.keys[t.KeyID]
	if key == nil {
		return skew, wire.ExtUnknownKey
	}
	if err := key.Verify(d.Payload, d.Src); err != nil {
		return skew, err
	}
	if !h.grows(d.Src, t.Seq, max(senders, groupSenders)) {
		return skew, wire.ExtReplay
	}
	return skew, nil
}

// grows notes a sequence if it is later than the sender's last.
func (h *hmac) grows(from netip.Addr, seq uint64, limit int) bool {
	for n, s := range h.heard {
		if s.from != from {
			continue
		}
		if !wire.Newer(seq, s.seq) {
			return false
		}
		copy(h.heard[1:n+1], h.heard[:n]) // the latest stands first
		h.heard[0] = heardFrom{from, seq}
		return true
	}
	if len(h.heard) < limit {
		h.heard = append(h.heard, heardFrom{})
	}
	copy(h.heard[1:], h.heard)
	h.heard[0] = heardFrom{from, seq}
	return true
}
