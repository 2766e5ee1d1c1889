package keepalived

import (
	"fmt"
	"time"

	"github.com/lbgit/lbgit/schema"
)

// garpLine maps the gratuitous ARP settings, global ones with their prefix.
func (w *world) garpLine(g *globals, s *Stmt, prefix string) bool {
	kw := s.Keyword()
	if len(kw) <= len(prefix) || kw[:len(prefix)] != prefix {
		return false
	}
	switch kw = kw[len(prefix):]; kw {
	case "garp_master_delay":
		w.wholeSeconds(s, &g.garp.Delay)
	case "garp_master_refresh":
		w.wholeSeconds(s, &g.garp.Refresh)
	case "garp_master_repeat":
		w.atLeastOne(s, &g.garp.Repeat)
	case "garp_master_refresh_repeat":
		w.atLeastOne(s, &g.garp.RefreshRepeat)
	case "garp_lower_prio_delay":
		g.garp.LowerDelay = new(time.Duration)
		w.wholeSeconds(s, g.garp.LowerDelay)
	case "garp_lower_prio_repeat":
		if n, ok := w.number(s, 1, 0, 1<<32-1); ok {
			few := uint32(min(n, 100))
			g.garp.LowerRepeat = &few
		}
	case "garp_extra_if", "vmac_garp_intvl":
		w.extra(s, g)
	default:
		return prefix != "" && w.garpGlobal(g, s, kw)
	}
	return true
}

// garpGlobal maps what only global_defs has.
func (w *world) garpGlobal(g *globals, s *Stmt, kw string) bool {
	c := &w.cfg.Settings
	switch kw {
	case "garp_interval":
		w.gap(s, &c.GARPInterval)
	case "gna_interval":
		w.gap(s, &c.NAInterval)
	case "min_garp":
		w.bool(s, &g.minGARP)
	default:
		return false
	}
	return true
}

// gap reads a pause between announcements; 0, as most configurations have it, is
// none, which keepalived calls invalid and does.
func (w *world) gap(s *Stmt, to *time.Duration) {
	if t, ok := w.timer(s, 1, 0, 4294*time.Second); ok {
		*to = t
	}
}

// extra reads [all] SECS.
func (w *world) extra(s *Stmt, g *globals) {
	at := 1
	if s.arg(1) == "all" {
		at = 2
	}
	if n, ok := w.number(s, at, 0, 86400); ok {
		g.garp.Extra, g.garp.ExtraAll = time.Duration(n)*time.Second, at == 2 && n > 0
	}
}

// least is vrrp_min_garp: one announcement where nothing else is said (fact
// 2.22).
func (g *globals) least() {
	if !g.minGARP {
		return
	}
	var usual schema.GARP
	usual.SetDefaults()
	if g.garp.Delay == usual.Delay {
		g.garp.Delay = 0
	}
	if g.garp.Repeat == usual.Repeat {
		g.garp.Repeat = 1
	}
}

// announcements settles an instance's announcements. Those after an advert of
// lower priority follow the global settings, not the instance's (fact 2.21), and
// strict mode has none (fact 2.15).
func announcements(v *schema.VRRPInstance, sc *vrrpScan, global *globals) {
	g := sc.g.garp
	if g.LowerDelay == nil && g.Delay != global.garp.Delay {
		g.LowerDelay = &global.garp.Delay
	}
	if g.LowerRepeat == nil && g.Repeat != global.garp.Repeat {
		g.LowerRepeat = &global.garp.Repeat
	}
	if sc.strict {
		g.LowerRepeat = new(uint32)
	}
	var usual schema.GARP
	if usual.SetDefaults(); g != usual {
		v.GARP = &g
	}
}

// garpGroup maps a garp_group.
func (w *world) garpGroup(s *Stmt) {
	g := &schema.GARPGroup{Name: fmt.Sprintf("group%d", len(w.cfg.GARPGroups)+1), Src: s.src()}
	for i := range s.Block {
		st := &s.Block[i]
		switch st.Keyword() {
		case "garp_interval":
			w.gap(st, &g.Interval)
		case "gna_interval":
			w.gap(st, &g.NAInterval)
		case "interface":
			var dev string
			if w.device(st, 1, &dev); dev != "" {
				g.Interfaces = append(g.Interfaces, dev)
			}
		case "interfaces":
			for j := range st.Block {
				for _, word := range st.Block[j].Words {
					g.Interfaces = append(g.Interfaces, w.str(word.Text))
				}
			}
		default:
			w.unknown("garp_group", st)
		}
	}
	w.cfg.GARPGroups = append(w.cfg.GARPGroups, g)
}
