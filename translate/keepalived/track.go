package keepalived

import (
	"time"

	"github.com/lbgit/lbgit/schema"
)

// script maps a vrrp_script.
func (w *world) script(b *Stmt) {
	t := &schema.TrackScript{Name: w.str(b.arg(1)), Src: b.src()}
	t.SetDefaults()
	for i := range b.Block {
		s := &b.Block[i]
		switch s.Keyword() {
		case "script":
			w.program(s, &t.Command)
		case "scrip":
			w.Warnf(s.at(), "scrip is read as script").As("spelling-scrip").
				Because("keepalived does not know this spelling; the script would have no command")
			w.program(s, &t.Command)
		case "interval":
			w.runTime(s, &t.Interval)
		case "timeout":
			w.runTime(s, &t.Timeout)
		case "weight":
			if n, ok := w.number(s, 1, -253, 253); ok {
				t.Weight = int32(n)
			}
			t.Reverse = w.reverse(s)
		case "rise":
			if n, ok := w.number(s, 1, 1, 1<<31-1); ok {
				t.Rise = uint32(n)
			}
		case "fall":
			if n, ok := w.number(s, 1, 1, 1<<31-1); ok {
				t.Fall = uint32(n)
			}
		case "user":
			t.User, t.Group = w.account(s)
		case "init_fail":
			t.InitFail = true
			w.Warnf(s.at(), "init_fail: the script counts as failed until its first result").As("init-fail").
				Because("keepalived means to do that, and since 2.2.5 does not when an instance tracks the script (fact 9.4)")
		default:
			w.unknown("vrrp_script", s)
		}
	}
	if t.Timeout == 0 {
		t.Timeout = t.Interval // VRRP fact 9.6
	}
	if t.Command == "" {
		w.Warnf(b.at(), "vrrp_script %q has no script; dropped as keepalived does", t.Name).As("discarded")
		delete(w.known, "vrrp_script "+t.Name)
		return
	}
	w.cfg.Scripts = append(w.cfg.Scripts, t)
}

// runTime reads seconds where 0 becomes 1.
func (w *world) runTime(s *Stmt, to *time.Duration) {
	if v, ok := w.timer(s, 1, 0, forever); ok {
		if v == 0 {
			w.Warnf(s.at(), "%s 0 becomes 1", s.Keyword()).As("bad-value")
			v = time.Second
		}
		*to = v.Round(time.Millisecond)
	}
	w.most(s, 1)
}

// reverse reads the word behind a weight.
func (w *world) reverse(s *Stmt) bool {
	if s.arg(2) == "reverse" {
		return true
	}
	if len(s.Words) > 2 {
		w.ignored(s, 2, "the word reverse")
	}
	return false
}

// file maps a track_file.
func (w *world) file(b *Stmt) {
	t := &schema.TrackFile{Name: w.str(b.arg(1)), Src: b.src()}
	t.SetDefaults()
	for i := range b.Block {
		s := &b.Block[i]
		switch s.Keyword() {
		case "file":
			w.program(s, &t.File)
		case "weight":
			if n, ok := w.number(s, 1, -254, 254); ok {
				t.Weight = int32(n)
			}
			if w.reverse(s) {
				t.Weight = -t.Weight
			}
		default:
			w.unknown(b.Keyword(), s)
		}
	}
	if t.File == "" {
		w.Warnf(b.at(), "track_file %q names no file; dropped as keepalived does", t.Name).As("discarded")
		delete(w.known, "track_file "+t.Name)
		return
	}
	w.cfg.Files = append(w.cfg.Files, t)
}

// process maps a vrrp_track_process.
func (w *world) process(b *Stmt) {
	t := &schema.TrackProcess{Name: w.str(b.arg(1)), Src: b.src()}
	t.SetDefaults()
	for i := range b.Block {
		s := &b.Block[i]
		switch s.Keyword() {
		case "process":
			w.program(s, &t.Match)
		case "weight":
			if n, ok := w.number(s, 1, -254, 254); ok {
				t.Weight = int32(n)
			}
			if w.reverse(s) {
				w.refuse(b.Keyword(), s, "the weight would count the wrong way round")
			}
		case "quorum":
			if n, ok := w.number(s, 1, 1, 65535); ok {
				t.Quorum = uint32(n)
			}
		case "quorum_max", "full_command", "param_match":
			w.refuse(b.Keyword(), s, "other processes than meant would count")
		default:
			w.unknown(b.Keyword(), s)
		}
	}
	w.cfg.Processes = append(w.cfg.Processes, t)
}

// tracking maps a track_* block of an instance.
func (w *world) tracking(v *schema.VRRPInstance, b *Stmt, seen int) {
	var list *[]schema.Track
	kind, limit := "", int64(253)
	switch b.Keyword() {
	case "track_script":
		list, kind = &v.Scripts, "vrrp_script"
	case "track_interface":
		list = &v.Interfaces
	case "track_file":
		list, kind, limit = &v.Files, "track_file", 254
	case "track_process":
		list, kind, limit = &v.Processes, "vrrp_track_process", 254
	case "track_bfd":
		list, kind = &v.BFD, "bfd_instance"
	}
	for i := range b.Block {
		s := &b.Block[i]
		name := w.str(s.Keyword())
		if name == "" {
			w.unknown(b.Keyword(), s)
			continue
		}
		if kind == "" && name == v.Interface && !v.NoTrackOwn { // fact 2.19
			w.Notef(s.at(), "instance %q tracks its own interface anyway", v.Name).As("no-effect")
			continue
		}
		if kind != "" && !w.declared(v, s, kind, name, seen) {
			continue
		}
		t := schema.Track{Name: name}
		if kind == "vrrp_script" {
			t.Reverse = w.scriptReverse(name)
		}
		w.trackOptions(&t, s, limit)
		*list = append(*list, t)
	}
}

// declared tells whether what is tracked exists. keepalived looks it up while
// it reads, so one that is declared further down is not found, and the
// instance is not tracked by it (fact 1.26); here it is.
func (w *world) declared(v *schema.VRRPInstance, s *Stmt, kind, name string, seen int) bool {
	at, ok := w.known[kind+" "+name]
	if !ok {
		w.Warnf(s.at(), "instance %q tracks %q, which no %s declares; ignored as keepalived does", v.Name, name, kind).
			As("undefined-tracker").Because("the instance does not depend on it")
	} else if at >= seen {
		w.Warnf(s.at(), "instance %q tracks %q, which is declared further down", v.Name, name).As("forward-reference").
			Because("keepalived does not find it there and ignores this line; here it counts. Move the %s above the instance", kind)
	}
	return ok
}

func (w *world) scriptReverse(name string) bool {
	for _, t := range w.cfg.Scripts {
		if t.Name == name {
			return t.Reverse
		}
	}
	return false
}

func (w *world) trackOptions(t *schema.Track, s *Stmt, limit int64) {
	for i := 1; i < len(s.Words); i++ {
		switch s.arg(i) {
		case "weight":
			i++
			if n, ok := w.number(s, i, -limit, limit); ok {
				own := int32(n)
				t.Weight = &own
			}
		case "reverse":
			t.Reverse = true
		case "noreverse":
			t.Reverse = false
		default:
			w.ignored(s, i, "weight, reverse or noreverse")
		}
	}
}
