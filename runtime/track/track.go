// Package track turns the outside world into inputs of VRRP: scripts that are
// run at intervals, and the arithmetic that makes a priority or a fault of
// their results.
//
// It reports verdicts; what follows from them is the agent's and vrrp's.
package track

import (
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

// Uses gives an instance's tracked scripts with their weights resolved: its
// own word, or else the script's.
func Uses(i *schema.VRRPInstance, cfg *schema.Config, verdict func(script string) Verdict) []Use {
	var out []Use
	for _, t := range i.Scripts {
		for _, s := range cfg.Scripts {
			if s.Name != t.Name {
				continue
			}
			u := Use{Weight: s.Weight, Reverse: s.Reverse, Verdict: verdict(t.Name)}
			switch {
			case t.Weight != nil:
				u.Weight, u.Reverse = *t.Weight, t.Reverse
			case t.Reverse:
				u.Reverse = true
			}
			out = append(out, u)
		}
	}
	return out
}
