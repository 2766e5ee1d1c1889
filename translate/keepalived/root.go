package keepalived

import (
	"github.com/lbgit/lbgit/schema"
)

// world is the configuration while its blocks are put together.
type world struct {
	*decoder
	cfg    *schema.Config
	g      globals
	groups map[string]*group
	// instances are vrrp_instance and static_* blocks, in the order of the text.
	instances []instance
	syncs     []instance
	// gates are the track_groups.
	gates map[string]*gate
	// gated is the track_group of the static entry being read.
	gated  string
	static bool // a static entry is being read
	// known counts tracked objects by kind and name: where each stands among
	// them, so that forward references can be told.
	known map[string]int
	count int       // declarations so far
	rules [2]uint32 // rules without a preference so far, IPv4 and IPv6
	fifos fifos
}

// root maps one statement that stands in no block.
func (w *world) root(s *Stmt) {
	kw := s.Keyword()
	switch kw {
	case "global_defs":
		for i := range s.Block {
			w.globalLine(&s.Block[i])
		}
		if w.cfg.Settings.Src.IsZero() {
			w.cfg.Settings.Src = s.src()
		}
		return
	case "garp_group":
		w.garpGroup(s)
		return
	case "static_ipaddress", "static_routes", "static_rules":
		w.instances = append(w.instances, instance{stmt: s, g: w.g})
		return
	case "nopreempt", "preempt":
		w.nopreempt(s)
		return
	case "interface_up_down_delays":
		w.delays(s)
		return
	case "vrrp_instance", "vrrp_sync_group", "vrrp_script", "track_file", "vrrp_track_file", "vrrp_track_process", "bfd_instance", "virtual_server_group", "track_group":
	default:
		w.unknown("root", s)
		return
	}
	if !w.need(s, 1) {
		return
	}
	w.most(s, 1)
	if !s.HasBlock {
		w.Warnf(s.at(), "%s without a block; ignored", kw).As("discarded")
		return
	}
	if w.twice(s) {
		return
	}
	switch kw {
	case "vrrp_instance":
		w.instances = append(w.instances, instance{stmt: s, g: w.g, seen: w.count})
	case "vrrp_sync_group":
		w.syncs = append(w.syncs, instance{stmt: s, g: w.g, seen: w.count})
	case "vrrp_script":
		w.script(s)
	case "track_file", "vrrp_track_file":
		w.file(s)
	case "vrrp_track_process":
		w.process(s)
	case "bfd_instance":
		w.bfd(s)
	case "track_group":
		w.gate(s)
	case "virtual_server_group":
		w.groups[w.str(s.arg(1))] = w.serverGroup(s)
	}
}

// twice reports a name that is declared again; the second block is skipped
// (fact 1.27).
func (w *world) twice(s *Stmt) bool {
	key := s.Keyword() + " " + s.arg(1)
	if s.Keyword() == "vrrp_track_file" {
		key = "track_file " + s.arg(1)
	}
	if _, dup := w.known[key]; dup {
		w.Warnf(s.at(), "%s %q is declared twice; the second one is skipped as keepalived does", s.Keyword(), s.arg(1)).As("duplicate")
		return true
	}
	w.known[key] = w.count
	w.count++
	return false
}

// nopreempt outside of an instance: the old article lists it as global.
func (w *world) nopreempt(s *Stmt) {
	w.Warnf(s.at(), "%s belongs into vrrp_instance; ignored here", s.Keyword()).As("spelling-global-nopreempt").
		Because("keepalived does not know it outside of vrrp_instance and ignores it, too")
}

// finish maps what needed all the rest.
func (w *world) finish() {
	members := w.syncMembers()
	for i := range w.instances {
		if in := &w.instances[i]; in.stmt.Keyword() == "vrrp_instance" {
			w.instance(in, members)
		} else {
			w.statics(*in)
		}
	}
	w.gateInstances()
	for _, s := range w.syncs {
		w.syncGroup(s.stmt, s.seen)
	}
	w.cfg.Settings.FIFOs = w.fifos.list(w)
}
