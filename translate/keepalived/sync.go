package keepalived

import (
	"fmt"
	"slices"

	"github.com/lbgit/lbgit/schema"
)

// syncMembers tells of each member of a sync group whether the weights of its
// trackers are stripped (fact 2.17).
func (w *world) syncMembers() map[string]bool {
	out := map[string]bool{}
	for _, g := range w.syncs {
		strip := !weighted(g.stmt)
		for _, name := range groupMembers(g.stmt) {
			if _, ok := out[name.Text]; !ok {
				out[name.Text] = strip
			}
		}
	}
	return out
}

// weighted tells whether weights count in a sync group.
func weighted(g *Stmt) bool {
	return slices.ContainsFunc(g.Block, func(s Stmt) bool {
		return s.Keyword() == "sync_group_tracking_weight" || s.Keyword() == "global_tracking"
	})
}

func groupMembers(g *Stmt) []Word {
	var out []Word
	for i := range g.Block {
		if g.Block[i].Keyword() != "group" {
			continue
		}
		for j := range g.Block[i].Block {
			out = append(out, g.Block[i].Block[j].Words...)
		}
	}
	return out
}

// syncGroup maps a vrrp_sync_group (VRRP fact 11.6).
func (w *world) syncGroup(b *Stmt, seen int) {
	g := &schema.SyncGroup{Name: w.str(b.arg(1)), Src: b.src()}
	tr := tracking{who: fmt.Sprintf("sync group %q", g.Name), seen: seen, to: &g.Tracking}
	for i := range b.Block {
		s := &b.Block[i]
		switch s.Keyword() {
		case "group", "sync_group_tracking_weight":
		case "global_tracking":
			w.Notef(s.at(), "global_tracking is the old name of sync_group_tracking_weight").As("deprecated")
		case "track_interface", "track_script", "track_file", "track_process", "track_bfd":
			w.tracks(tr, s)
		case "notify_deleted":
			w.Notef(s.at(), "notify_deleted of a sync group counts").As("spelling-group-notify-deleted").
				Because("keepalived's manual has it, but keepalived ignores it")
			w.notifyLine(&g.Notify, s)
		case "notify_master_rx_lower_pri":
			w.unknown("vrrp_sync_group", s)
		default:
			if !w.notifyLine(&g.Notify, s) {
				w.unknown("vrrp_sync_group", s)
			}
		}
	}
	if !weighted(b) {
		w.stripWeights(b, tr.who, tr.to, whyGroup)
	}
	for _, m := range groupMembers(b) {
		name := w.str(m.Text)
		switch {
		case slices.Contains(g.Instances, name):
		case w.inGroup(name):
			w.Warnf(b.at(), "vrrp_instance %q is in another sync group already; ignored in %q", name, g.Name).As("duplicate")
		case !w.hasInstance(name):
			w.Warnf(b.at(), "sync group %q names vrrp_instance %q, which does not exist; ignored as keepalived does", g.Name, name).
				As("undefined-instance")
		default:
			g.Instances = append(g.Instances, name)
		}
	}
	if len(g.Instances) == 0 {
		w.Warnf(b.at(), "sync group %q has no instances; dropped as keepalived does", g.Name).As("discarded")
		return
	}
	w.cfg.SyncGroups = append(w.cfg.SyncGroups, g)
}

func (w *world) hasInstance(name string) bool {
	return slices.ContainsFunc(w.cfg.Instances, func(i *schema.VRRPInstance) bool { return i.Name == name })
}

func (w *world) inGroup(name string) bool {
	return slices.ContainsFunc(w.cfg.SyncGroups, func(g *schema.SyncGroup) bool { return slices.Contains(g.Instances, name) })
}
