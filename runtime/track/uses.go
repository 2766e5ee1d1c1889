package track

import (
	"slices"

	"github.com/lbgit/lbgit/schema"
)

// Uses gives everything that an instance tracks, with weights resolved: its
// own word, or else the object's. Of an object that it names more than once,
// the first use counts.
func Uses(i *schema.VRRPInstance, cfg *schema.Config, verdict func(Object) Verdict) []Use {
	var out []Use
	each(i, cfg, func(o Object, t schema.Track) {
		if slices.ContainsFunc(out, func(u Use) bool { return u.Object == o }) {
			return
		}
		if u, ok := resolve(o, t, cfg); ok {
			u.Verdict = verdict(o)
			out = append(out, u)
		}
	})
	return out
}

// Depends tells whether an instance tracks an object; its own interface, which
// the engine watches, only where it says so.
func Depends(i *schema.VRRPInstance, cfg *schema.Config, o Object) bool {
	found := false
	each(i, cfg, func(p Object, _ schema.Track) { found = found || p == o })
	return found
}

// Used gives the names of one kind that any instance tracks.
func Used(cfg *schema.Config, k Kind) map[string]bool {
	out := map[string]bool{}
	for _, i := range cfg.Instances {
		each(i, cfg, func(o Object, _ schema.Track) {
			if o.Kind == k {
				out[o.Name] = true
			}
		})
	}
	return out
}

// each calls f for what an instance tracks: what it names itself, what its
// sync group does (keepalived vrrp fact 11.7), and each interface beside its own
// that holds one of its addresses, unless the address says no_track (fact
// 2.19).
func each(i *schema.VRRPInstance, cfg *schema.Config, f func(Object, schema.Track)) {
	named(&i.Tracking, f)
	for _, g := range cfg.SyncGroups {
		if slices.Contains(g.Instances, i.Name) {
			named(&g.Tracking, f)
		}
	}
	for _, list := range [2][]schema.VirtualAddress{i.Addresses, i.Excluded} {
		for _, a := range list {
			if a.Dev != "" && a.Dev != i.Interface && !a.NoTrack {
				f(Object{Interface, a.Dev}, schema.Track{Name: a.Dev})
			}
		}
	}
}

func named(t *schema.Tracking, f func(Object, schema.Track)) {
	for k, list := range [...][]schema.Track{
		Script: t.Scripts, File: t.Files, Process: t.Processes, Interface: t.Interfaces, BFD: t.BFD, VirtualServer: t.VirtualServers,
	} {
		for _, u := range list {
			f(Object{Kind(k), u.Name}, u)
		}
	}
}

// resolve settles which weight counts. It is false for an object that is not
// declared.
func resolve(o Object, t schema.Track, cfg *schema.Config) (Use, bool) {
	weight, reverse, found := own(o, cfg)
	u := Use{Object: o, Weight: weight, Reverse: reverse || t.Reverse}
	if t.Weight != nil {
		u.Weight, u.Reverse = *t.Weight, t.Reverse
	}
	return u, found
}

// own is the weight that an object has of its own; what is declared elsewhere
// has 0.
func own(o Object, cfg *schema.Config) (weight int32, reverse, found bool) {
	switch o.Kind {
	case Script:
		for _, s := range cfg.Scripts {
			if s.Name == o.Name {
				return s.Weight, s.Reverse, true
			}
		}
	case File:
		for _, f := range cfg.Files {
			if f.Name == o.Name {
				return f.Weight, f.Reverse, true
			}
		}
	case Process:
		for _, p := range cfg.Processes {
			if p.Name == o.Name {
				return p.Weight, p.Reverse, true
			}
		}
	case BFD:
		for _, b := range cfg.BFD {
			if b.Name == o.Name {
				return b.Weight, b.Reverse, true
			}
		}
	default:
		return 0, false, true
	}
	return 0, false, false
}
