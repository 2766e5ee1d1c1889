package keepalived

import (
	"maps"
	"slices"

	"github.com/lbgit/lbgit/schema"
)

// gate is a track_group: instances that depend on static entries. A static entry
// that vanishes is put back in place here, so what is left of the dependence is
// the entry's interface: while it is down, the instances are at fault.
type gate struct {
	stmt      *Stmt
	instances []string
	links     []string
}

// gate reads track_group NAME { group { INSTANCE ... } }.
func (w *world) gate(s *Stmt) {
	g := &gate{stmt: s}
	for i := range s.Block {
		in := &s.Block[i]
		if in.Keyword() != "group" {
			w.unknown("track_group", in)
			continue
		}
		for k := range in.Block {
			for _, word := range in.Block[k].Words {
				g.instances = append(g.instances, w.str(word.Text))
			}
		}
	}
	w.gates[w.str(s.arg(1))] = g
}

// trackGroup notes the group of the entry being read.
func (w *world) trackGroup(s *Stmt, i int) {
	if !w.static {
		w.Warnf(s.word(i-1), "track_group is for static entries; ignored").As("no-effect").
			Because("what an instance holds goes with its role anyway")
		return
	}
	if _, ok := w.gates[s.arg(i)]; !ok {
		w.Warnf(s.word(i), "track_group %q does not exist; ignored", s.arg(i)).As("missing").
			Because("keepalived wants it above the entry that names it, and ignores it, too")
		return
	}
	w.gated = s.arg(i)
}

// endGated ends a static entry on the given interface.
func (w *world) endGated(s *Stmt, link string) {
	g := w.gates[w.gated]
	switch {
	case g == nil:
	case link == "":
		w.Warnf(s.at(), "track_group %q has no effect on an entry without an interface", w.gated).As("no-effect").
			Because("the entry is put back when it vanishes, whatever the role")
	case !slices.Contains(g.links, link):
		g.links = append(g.links, link)
	}
}

// gateInstances makes the instances of every track_group track its interfaces.
func (w *world) gateInstances() {
	for _, title := range slices.Sorted(maps.Keys(w.gates)) {
		g := w.gates[title]
		for _, name := range g.instances {
			i := slices.IndexFunc(w.cfg.Instances, func(v *schema.VRRPInstance) bool { return v.Name == name })
			if i < 0 {
				w.Warnf(g.stmt.at(), "track_group %q names the instance %q, which does not exist", g.stmt.arg(1), name).As("missing")
				continue
			}
			v := w.cfg.Instances[i]
			for _, link := range g.links {
				tracked := func(t schema.Track) bool { return t.Name == link }
				if link != v.Interface && !slices.ContainsFunc(v.Interfaces, tracked) {
					v.Interfaces = append(v.Interfaces, schema.Track{Name: link, Weight: new(int32)})
				}
			}
		}
	}
}
