// Package track turns the outside world into inputs of VRRP: scripts that are
// run at intervals, and the arithmetic that makes a priority or a fault of
// their results.
//
// It reports verdicts; what follows from them is the agent's and vrrp's.
package track

import (
	"slices"

	"github.com/lbgit/lbgit/schema"
)

// Verdict is what is known of a tracked object.
type Verdict uint8

const (
	// Pending has no result yet.
	Pending Verdict = iota
	Good
	Bad
)

// Use is one tracked object as an instance uses it.
type Use struct {
	Weight  int32
	Reverse bool
	Verdict Verdict
}

// Effect is what all tracked objects together do to an instance: the sum to
// add to its priority, or a fault, or that a result is still awaited
// (keepalived vrrp facts 8.2, 8.3, 9 and 7.10). A positive weight counts while
// the object is good, a negative one while it is bad; reverse turns the sign
// of the sum around, and for weight 0 the meaning of good and bad.
func Effect(uses []Use) (sum int, fault, pending bool) {
	for _, u := range uses {
		if u.Weight == 0 {
			switch {
			case u.Verdict == Pending:
				pending = true
			case (u.Verdict == Bad) != u.Reverse:
				fault = true
			}
			continue
		}
		if u.Verdict == Pending {
			continue
		}
		w := int(u.Weight)
		if u.Reverse {
			w = -w
		}
		if (u.Weight > 0) == (u.Verdict == Good) {
			sum += w
		}
	}
	return sum, fault, pending
}

// Uses gives everything that an instance tracks, with weights resolved: its
// own word, or else the script's. up tells whether an interface can be used.
// Besides the interfaces that it names, an instance depends on each that holds
// one of its addresses, unless the address says no_track (fact 2.19); its own
// is watched by the engine.
func Uses(i *schema.VRRPInstance, cfg *schema.Config, verdict func(script string) Verdict, up func(link string) bool) []Use {
	var out []Use
	for _, t := range i.Scripts {
		for _, s := range cfg.Scripts {
			if s.Name != t.Name {
				continue
			}
			u := Use{Weight: s.Weight, Reverse: s.Reverse || t.Reverse, Verdict: verdict(t.Name)}
			switch {
			case t.Weight != nil:
				u.Weight, u.Reverse = *t.Weight, t.Reverse
			case t.Reverse:
				u.Reverse = true
			}
			if u.Verdict == Pending && s.InitFail {
				u.Verdict = Bad
			}
			out = append(out, u)
		}
	}
	for _, t := range links(i) {
		u := Use{Reverse: t.Reverse, Verdict: Bad}
		if t.Weight != nil {
			u.Weight = *t.Weight
		}
		if up(t.Name) {
			u.Verdict = Good
		}
		out = append(out, u)
	}
	return out
}

// links are the interfaces that an instance tracks.
func links(i *schema.VRRPInstance) []schema.Track {
	out := slices.Clone(i.Interfaces)
	for _, list := range [2][]schema.VirtualAddress{i.Addresses, i.Excluded} {
		for _, a := range list {
			named := func(t schema.Track) bool { return t.Name == a.Dev }
			if a.Dev != "" && a.Dev != i.Interface && !a.NoTrack && !slices.ContainsFunc(out, named) {
				out = append(out, schema.Track{Name: a.Dev})
			}
		}
	}
	return out
}

// Depends tells whether an instance tracks an interface beside its own.
func Depends(i *schema.VRRPInstance, link string) bool {
	return slices.ContainsFunc(links(i), func(t schema.Track) bool { return t.Name == link })
}
