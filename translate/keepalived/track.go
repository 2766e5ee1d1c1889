package keepalived

import (
	"math"
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
			t.Reverse = w.reverse(s)
		case "init_file":
			w.initFile(s, t)
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

// initFile reads [VALUE] [overwrite].
func (w *world) initFile(s *Stmt, t *schema.TrackFile) {
	value := int32(0)
	for i := 1; i < len(s.Words); i++ {
		if s.arg(i) == "overwrite" {
			t.Overwrite = true
		} else if n, ok := w.number(s, i, math.MinInt32, math.MaxInt32); ok {
			value = int32(n)
		}
	}
	t.InitValue = &value
}
