package keepalived

import (
	"github.com/lbgit/lbgit/schema"
)

// tracking is who tracks, an instance or a sync group, and what is known of it
// already.
type tracking struct {
	who  string
	own  string // the interface that it depends on anyway
	seen int    // how many declarations stood above it
	to   *schema.Tracking
}

// tracks maps a track_* block.
func (w *world) tracks(tr tracking, b *Stmt) {
	var list *[]schema.Track
	kind, limit := "", int64(253)
	switch b.Keyword() {
	case "track_script":
		list, kind = &tr.to.Scripts, "vrrp_script"
	case "track_interface":
		list, limit = &tr.to.Interfaces, 254 // 254 is read and means 253 (fact 2.18)
	case "track_file":
		list, kind, limit = &tr.to.Files, "track_file", 254
	case "track_process":
		list, kind, limit = &tr.to.Processes, "vrrp_track_process", 254
	case "track_bfd":
		list, kind = &tr.to.BFD, "bfd_instance"
	}
	for i := range b.Block {
		s := &b.Block[i]
		name := w.str(s.Keyword())
		if name == "" {
			w.unknown(b.Keyword(), s)
			continue
		}
		if kind == "" && name == tr.own { // fact 2.19
			w.Notef(s.at(), "%s tracks its own interface anyway", tr.who).As("no-effect")
			continue
		}
		if kind != "" && !w.declared(tr, s, kind, name) {
			continue
		}
		t := schema.Track{Name: name}
		w.trackOptions(&t, s, kind, limit)
		*list = append(*list, t)
	}
}

// declared tells whether what is tracked exists. keepalived looks it up while
// it reads, so one that is declared further down is not found, and the
// instance is not tracked by it (fact 1.26); here it is.
func (w *world) declared(tr tracking, s *Stmt, kind, name string) bool {
	at, ok := w.known[kind+" "+name]
	if !ok {
		w.Warnf(s.at(), "%s tracks %q, which no %s declares; ignored as keepalived does", tr.who, name, kind).
			As("undefined-tracker").Because("it does not depend on it")
	} else if at >= tr.seen {
		w.Warnf(s.at(), "%s tracks %q, which is declared further down", tr.who, name).As("forward-reference").
			Because("keepalived does not find it there and ignores this line; here it counts. Move the %s above it", kind)
	}
	return ok
}

// trackOptions reads [weight N] [reverse|noreverse]. What is not said is the
// object's own.
func (w *world) trackOptions(t *schema.Track, s *Stmt, kind string, limit int64) {
	weight, reverse := w.ownWeight(kind, t.Name)
	t.Reverse = reverse
	for i := 1; i < len(s.Words); i++ {
		switch s.arg(i) {
		case "weight":
			i++
			if n, ok := w.number(s, i, -limit, limit); ok {
				own := int32(n)
				if kind == "" {
					own = min(max(own, -253), 253)
				}
				t.Weight = &own
			}
		case "reverse":
			t.Reverse = true
		case "noreverse":
			t.Reverse = false
			if t.Weight == nil {
				t.Weight = &weight // or else the object's word would count, with its reverse
			}
		default:
			w.ignored(s, i, "weight, reverse or noreverse")
		}
	}
}

// ownWeight is the weight that a tracked object was declared with.
func (w *world) ownWeight(kind, name string) (weight int32, reverse bool) {
	switch kind {
	case "vrrp_script":
		for _, t := range w.cfg.Scripts {
			if t.Name == name {
				return t.Weight, t.Reverse
			}
		}
	case "track_file":
		for _, t := range w.cfg.Files {
			if t.Name == name {
				return t.Weight, t.Reverse
			}
		}
	case "vrrp_track_process":
		for _, t := range w.cfg.Processes {
			if t.Name == name {
				return t.Weight, t.Reverse
			}
		}
	case "bfd_instance":
		for _, t := range w.cfg.BFD {
			if t.Name == name {
				return t.Weight, t.Reverse
			}
		}
	}
	return 0, false
}

// Why weights do not count.
const (
	whyOwner  = "it is the owner (priority 255)"
	whyMember = "it is in a sync group; sync_group_tracking_weight would keep it"
	whyGroup  = "it is a sync group without sync_group_tracking_weight"
)

// stripWeights removes the weighted trackers that keepalived removes: those of
// an owner, and of a sync group and its members (fact 2.17). keepalived
// forgets to for processes; here they are no exception.
func (w *world) stripWeights(s *Stmt, who string, t *schema.Tracking, why string) {
	strip := func(what, kind string, list []schema.Track, instead func(weight int32) bool) []schema.Track {
		var out []schema.Track
		for _, u := range list {
			weight, _ := w.ownWeight(kind, u.Name)
			if u.Weight != nil {
				weight = *u.Weight
			}
			if weight == 0 {
				out = append(out, u)
				continue
			}
			w.Warnf(s.at(), "%s: the weight of %s %q does not count: %s", who, what, u.Name, why).As("weight-stripped")
			if instead(weight) {
				zero := int32(0)
				u.Weight = &zero
				out = append(out, u)
			}
		}
		return out
	}
	drop := func(int32) bool { return false }
	t.Scripts = strip("track_script", "vrrp_script", t.Scripts, drop)
	t.BFD = strip("track_bfd", "bfd_instance", t.BFD, drop)
	t.Processes = strip("track_process", "vrrp_track_process", t.Processes, drop)
	// An interface that is down becomes a fault, and a file that says something.
	t.Interfaces = strip("track_interface", "", t.Interfaces, func(int32) bool { return why != whyOwner })
	t.Files = strip("track_file", "track_file", t.Files, func(weight int32) bool { return weight == 1 })
}
