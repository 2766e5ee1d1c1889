package keepalived

import (
	"time"

	"github.com/lbgit/lbgit/schema"
)

// process maps a vrrp_track_process.
func (w *world) process(b *Stmt) {
	t := &schema.TrackProcess{Name: w.str(b.arg(1)), Src: b.src()}
	t.SetDefaults()
	for i := range b.Block {
		w.processLine(t, &b.Block[i], b.Keyword())
	}
	if t.Match == "" {
		w.Warnf(b.at(), "vrrp_track_process %q names no process; dropped as keepalived does", t.Name).As("discarded")
		delete(w.known, "vrrp_track_process "+t.Name)
		return
	}
	if m := t.QuorumMax; m != nil && *m < t.Quorum {
		w.Warnf(b.at(), "vrrp_track_process %q: quorum_max %d is below its quorum, %d, and is left out", t.Name, *m, t.Quorum).As("bad-value").
			Because("no number of processes would be right")
		t.QuorumMax = nil
	}
	w.cfg.Processes = append(w.cfg.Processes, t)
}

func (w *world) processLine(t *schema.TrackProcess, s *Stmt, block string) {
	switch s.Keyword() {
	case "process":
		if w.need(s, 1) {
			t.Match = w.str(s.Rest) // split by the rules of fact 1.6
		}
	case "param_match":
		w.paramMatch(s, &t.Params)
	case "full_command":
		t.FullCommand = true
	case "weight":
		if n, ok := w.number(s, 1, -254, 254); ok {
			t.Weight = int32(n)
		}
		t.Reverse = w.reverse(s)
	case "quorum":
		if n, ok := w.number(s, 1, 1, 65535); ok {
			t.Quorum = uint32(n)
		}
	case "quorum_max":
		if n, ok := w.number(s, 1, 0, 65535); ok {
			most := uint32(n)
			t.QuorumMax = &most
		}
	case "delay":
		w.processDelay(s, &t.ForkDelay)
		t.TerminateDelay = t.ForkDelay
	case "fork_delay":
		w.processDelay(s, &t.ForkDelay)
	case "terminate_delay":
		w.processDelay(s, &t.TerminateDelay)
	default:
		w.unknown(block, s)
	}
}

func (w *world) processDelay(s *Stmt, to *time.Duration) {
	if v, ok := w.timer(s, 1, time.Microsecond, time.Hour); ok {
		*to = v
	}
}

// paramMatch reads how parameters are compared; without a word, exactly, so
// that a process without parameters can be asked for.
func (w *world) paramMatch(s *Stmt, to *schema.ParamMatch) {
	switch s.arg(1) {
	case "", "exact":
		*to = schema.ParamsExact
	case "partial":
		*to = schema.ParamsPartial
	case "initial":
		*to = schema.ParamsInitial
	default:
		w.ignored(s, 1, "initial or partial")
	}
}
