package keepalived

import (
	"math"
	"time"

	"github.com/lbgit/lbgit/schema"
)

// bfd maps a bfd_instance (VRRP facts 19.1 to 19.9).
func (w *world) bfd(b *Stmt) {
	t := &schema.BFDSession{Name: w.str(b.arg(1)), Src: b.src()}
	t.SetDefaults()
	t.TTL = 0
	var vrrp, checker bool
	for i := range b.Block {
		s := &b.Block[i]
		switch s.Keyword() {
		case "neighbor_ip", "neighbour_ip":
			w.setAddr(s, &t.Neighbor)
		case "source_ip":
			w.setAddr(s, &t.Source)
		case "min_rx":
			w.millis(s, &t.MinRX, 1)
		case "min_tx":
			w.millis(s, &t.MinTX, 1)
		case "idle_tx":
			w.millis(s, &t.IdleTX, 1000)
		case "multiplier":
			if n, ok := w.number(s, 1, 1, 255); ok {
				t.Multiplier = uint8(n)
			}
		case "passive":
			t.Passive = true
		case "ttl", "hoplimit":
			if n, ok := w.number(s, 1, 1, 255); ok {
				t.TTL = uint8(n)
			}
		case "max_hops":
			if n, ok := w.number(s, 1, -1, 255); ok {
				t.MaxHops = int32(n)
			}
		case "multihop":
			w.bool(s, &t.Multihop)
		case "weight":
			if n, ok := w.number(s, 1, -253, 253); ok {
				t.Weight = int32(n)
			}
			t.Reverse = w.reverse(s)
		case "vrrp":
			vrrp = true
		case "checker":
			checker = true
		default:
			w.unknown("bfd_instance", s)
		}
	}
	switch {
	case vrrp && !checker:
		t.For = schema.BFDVRRP
	case checker && !vrrp:
		t.For = schema.BFDChecker
	}
	w.finishBFD(b, t)
}

// finishBFD writes keepalived's own defaults out and keeps the session.
func (w *world) finishBFD(b *Stmt, t *schema.BFDSession) {
	if !t.Neighbor.IsValid() {
		w.Warnf(b.at(), "bfd_instance %q has no neighbor_ip; dropped as keepalived does", t.Name).As("discarded")
		delete(w.known, "bfd_instance "+t.Name)
		return
	}
	if t.TTL == 0 {
		if t.TTL = 255; t.Neighbor.Is6() {
			t.TTL = 64 // fact 19.1
			w.Notef(b.at(), "bfd_instance %q: ttl 64 is keepalived's default for IPv6; RFC 5881 wants 255", t.Name).As("bfd-ttl").
				Because("other peers drop such packets; write hoplimit 255 on both sides")
		}
	}
	w.cfg.BFD = append(w.cfg.BFD, t)
}

// millis reads milliseconds.
func (w *world) millis(s *Stmt, to *time.Duration, least int64) {
	if n, ok := w.number(s, 1, least, math.MaxUint32/1000); ok {
		*to = time.Duration(n) * time.Millisecond
	}
}
