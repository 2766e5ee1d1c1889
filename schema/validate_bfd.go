package schema

import (
	"math"
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/schema/diag"
)

// maxBFD is the longest interval that a packet can carry, in whole
// milliseconds; sensibleBFD is where it becomes doubtful.
const (
	maxBFD      = math.MaxUint32 / 1000 * time.Millisecond
	sensibleBFD = 10 * time.Second
)

// sessions checks the BFD sessions.
func (v *validator) sessions() {
	once(v, "BFD session", v.cfg.BFD, func(b *BFDSession) (string, diag.Range) { return b.Name, b.Src })
	type ends struct {
		neighbor, source netip.Addr
		multihop         bool
	}
	seen := map[ends]*BFDSession{}
	for _, b := range v.cfg.BFD {
		if !v.bfdAddresses(b) {
			continue
		}
		v.bfdValues(b)
		e := ends{b.Neighbor, b.Source, b.Multihop}
		if first := seen[e]; first != nil {
			v.Errorf(b.Src, "BFD sessions %q and %q have the same neighbour %s", first.Name, b.Name, b.Neighbor).And(first.Src).
				Because("there is one session between two addresses (RFC 5881 section 2); let one be used twice")
		}
		seen[e] = b
	}
	for _, i := range v.cfg.Instances {
		v.bfdUse("VRRP instance "+quote(i.Name), i.BFD, i.Src)
	}
	for _, g := range v.cfg.SyncGroups {
		v.bfdUse("sync group "+quote(g.Name), g.BFD, g.Src)
	}
}

// bfdUse refuses to track what is declared for checks only.
func (v *validator) bfdUse(who string, tracks []Track, at diag.Range) {
	for _, t := range tracks {
		for _, b := range v.cfg.BFD {
			if b.Name == t.Name && b.For == BFDChecker {
				v.Errorf(at, "%s tracks the BFD session %q, which is for checks only", who, b.Name).And(b.Src).
					Because("leave out its for = \"checker\"")
			}
		}
	}
}

func (v *validator) bfdAddresses(b *BFDSession) bool {
	n, s := b.Neighbor, b.Source
	switch {
	case !n.IsValid():
		v.Errorf(b.Src, "BFD session %q names no neighbor", b.Name).Because("add neighbor = \"192.0.2.1\" or the like")
	case n.IsUnspecified() || n.IsMulticast() || n.Is4In6():
		v.Errorf(b.Src, "neighbor %s of BFD session %q is not the address of one machine", n, b.Name)
	case n.Is6() && n.IsLinkLocalUnicast() && n.Zone() == "":
		v.Errorf(b.Src, "neighbor %s of BFD session %q is link-local and names no interface", n, b.Name).Because("write it as %s%%eth0", n)
	case s.IsValid() && (s.Is6() != n.Is6() || s.IsUnspecified() || s.IsMulticast()):
		v.Errorf(b.Src, "source_address %s of BFD session %q cannot reach its neighbor %s", s, b.Name, n)
	case s.Zone() != "":
		v.Errorf(b.Src, "source_address %s of BFD session %q has a zone", s, b.Name).Because("leave it out: the neighbour's counts")
	default:
		return true
	}
	return false
}

func (v *validator) bfdValues(b *BFDSession) {
	for _, i := range []struct {
		name  string
		d     time.Duration
		least time.Duration
	}{{"min_rx", b.MinRX, time.Millisecond}, {"min_tx", b.MinTX, time.Millisecond}, {"idle_tx", b.IdleTX, time.Second}} {
		switch {
		case i.d < i.least || i.d > maxBFD:
			v.Errorf(b.Src, "%s of BFD session %q is %s; it is %s to %s", i.name, b.Name, i.d, i.least, maxBFD)
		case i.d > sensibleBFD:
			v.Warnf(b.Src, "%s of BFD session %q is %s: failures are found late", i.name, b.Name, i.d)
		}
	}
	if b.Multiplier == 0 {
		v.Errorf(b.Src, "BFD session %q has multiplier 0; it is 1 to 255", b.Name)
	}
	if b.TTL == 0 {
		v.Errorf(b.Src, "BFD session %q has ttl 0; it is 1 to 255", b.Name)
	}
	if b.MaxHops < -1 || b.MaxHops > 255 {
		v.Errorf(b.Src, "BFD session %q has max_hops %d; it is -1 to 255", b.Name, b.MaxHops)
	}
	if b.Weight < -253 || b.Weight > 253 {
		v.Errorf(b.Src, "BFD session %q has weight %d; it is -253 to 253", b.Name, b.Weight)
	}
	if b.Multihop && b.MaxHops <= 0 {
		v.Warnf(b.Src, "BFD session %q is multihop and takes no packet that crossed a router", b.Name).
			Because("every router takes 1 off the TTL; max_hops says how many there may be")
	}
}
