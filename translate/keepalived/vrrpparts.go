package keepalived

import (
	"net/netip"

	"github.com/lbgit/lbgit/schema"
)

// state has no effect on the election (fact 2.4); what it does have is in
// instanceRules.
func (w *world) state(sc *vrrpScan, s *Stmt) {
	if !w.need(s, 1) {
		return
	}
	switch s.arg(1) {
	case "MASTER":
		sc.master, sc.stateAt = true, s // it wins over a BACKUP (fact 1.28)
	case "BACKUP":
	default:
		w.ignored(s, 1, "MASTER or BACKUP")
	}
	w.most(s, 1)
}

// fits holds an instance to one family: that of the first address it names
// (fact 1.29).
func (w *world) fits(sc *vrrpScan, s *Stmt, a netip.Addr) bool {
	f := schema.FamilyOf(a)
	if sc.fam == schema.AnyFamily {
		sc.fam = f
	}
	if sc.fam == f {
		return true
	}
	w.Warnf(s.at(), "%s is %s in an instance that is %s; skipped as keepalived does", a, f, sc.fam).As("family").
		Because("addresses of the other family can stand in virtual_ipaddress_excluded, or in an instance of their own")
	return false
}

// peers reads addresses, each with its limits after it; several may stand on
// a line.
func (w *world) peers(v *schema.VRRPInstance, sc *vrrpScan, s *Stmt) {
	for i := range s.Block {
		p := &s.Block[i]
		var peer *schema.Peer
		for j := 0; j < len(p.Words); j++ {
			if word := p.arg(j); word == "min_ttl" || word == "max_ttl" {
				j++
				switch n, ok := w.number(p, j, 0, 255); {
				case !ok || peer == nil:
				case word == "min_ttl":
					peer.MinTTL = uint8(n)
				default:
					peer.MaxTTL = uint8(n)
				}
				continue
			}
			peer = nil
			a, err := netip.ParseAddr(p.arg(j))
			if err != nil || a.Zone() != "" {
				w.Warnf(p.word(j), "unicast peer %q is not an address; skipped as keepalived does", p.arg(j)).As("bad-value")
			} else if w.fits(sc, p, a) {
				v.Peers = append(v.Peers, schema.Peer{Addr: a, MaxTTL: 255, Src: p.word(j)})
				peer = &v.Peers[len(v.Peers)-1]
			}
		}
	}
}

func (w *world) authentication(sc *vrrpScan, s *Stmt) {
	for i := range s.Block {
		st := &s.Block[i]
		switch st.Keyword() {
		case "auth_type":
			if !w.need(st, 1) {
				break
			}
			if st.arg(1) != "PASS" && st.arg(1) != "AH" {
				w.ignored(st, 1, "PASS or AH")
				break
			}
			sc.auth.typ = st
		case "auth_pass":
			if w.need(st, 1) {
				sc.auth.pass = st
			}
		default:
			w.unknown("authentication", st)
			continue
		}
		w.most(st, 1)
	}
}
