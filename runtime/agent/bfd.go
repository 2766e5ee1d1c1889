package agent

import (
	"context"
	"log/slog"
	"sync"

	"github.com/lbgit/lbgit/runtime/bfd"
	bfdengine "github.com/lbgit/lbgit/runtime/bfd/engine"
	"github.com/lbgit/lbgit/runtime/control"
	"github.com/lbgit/lbgit/runtime/track"
	"github.com/lbgit/lbgit/schema"
)

// sessions is the tracker of BFD sessions: the engine, and its last word on
// each of them.
type sessions struct {
	engine *bfdengine.Engine
	report func(track.Object)
	// observe: a session cannot be had without sending, so there is none, and
	// every neighbour counts as good.
	observe bool

	mu   sync.Mutex
	said map[string]track.Verdict
}

func newSessions(log *slog.Logger, report func(track.Object), observe bool) *sessions {
	s := &sessions{report: report, observe: observe, said: map[string]track.Verdict{}}
	s.engine = bfdengine.New(bfdengine.Options{Log: log, Report: s.heard})
	return s
}

func (s *sessions) Run(ctx context.Context) error { return s.engine.Run(ctx) }
func (s *sessions) String() string                { return s.engine.String() }

// heard keeps a verdict of the engine.
func (s *sessions) heard(name string, up bool, why bfd.Diag) {
	v := track.Answer(up, "session is down: "+why.String())
	if !up && why == bfd.DiagNone {
		v.Reason = "session is not up yet"
	}
	s.mu.Lock()
	s.said[name] = v
	s.mu.Unlock()
	s.report(track.Object{Kind: track.BFD, Name: name})
}

// Verdict of a session that has just been configured is bad: it starts down
// (keepalived vrrp fact 10.4).
func (s *sessions) Verdict(name string) track.Verdict {
	if s.observe {
		return track.Answer(true, "not asked: the daemon only observes")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.said[name]; ok {
		return v
	}
	return track.Answer(false, "session is not up yet")
}

// Set runs every session, tracked or not: the neighbours may depend on it.
func (s *sessions) Set(cfg *schema.Config) {
	if s.observe {
		return
	}
	names := map[string]bool{}
	list := make([]bfdengine.Session, 0, len(cfg.BFD))
	for _, b := range cfg.BFD {
		names[b.Name] = true
		list = append(list, bfdengine.Session{
			Name: b.Name, Neighbor: b.Neighbor, Source: b.Source, Multihop: b.Multihop, TTL: b.TTL, MaxHops: int(b.MaxHops),
			Config: bfd.Config{MinTX: b.MinTX, MinRX: b.MinRX, IdleTX: b.IdleTX, Multiplier: b.Multiplier, Passive: b.Passive},
		})
	}
	s.mu.Lock()
	for name := range s.said {
		if !names[name] {
			delete(s.said, name)
		}
	}
	s.mu.Unlock()
	s.engine.Configure(list)
}

// bfdStatus shows the sessions.
func (a *Agent) bfdStatus() (out []control.BFDSession) {
	t, ok := a.trackers[track.BFD].(*sessions)
	if !ok {
		return nil
	}
	list, _ := t.engine.Snapshot()
	for _, s := range list {
		c := control.BFDSession{
			Name: s.Name, Neighbor: s.Neighbor.String(), Multihop: s.Multihop, Up: s.Up,
			State: s.State.String(), Diagnostic: s.Diag.String(), RemoteState: s.RemoteState.String(), RemoteDiagnostic: s.RemoteDiag.String(),
			Since: s.Since, Interval: s.Interval.String(), Detection: s.Detect.String(), MinTX: s.MinTX.String(), MinRX: s.MinRX.String(), Multiplier: s.Multiplier,
			RemoteMinTX: s.RemoteMinTX.String(), RemoteMinRX: s.RemoteMinRX.String(), RemoteMultiplier: s.RemoteMultiplier,
			Sent: s.Counters.Sent, Received: s.Counters.Received, SendErrors: s.Counters.SendErrors, Downs: s.Counters.Downs, Problem: s.Problem,
		}
		for reason, n := range s.Counters.Errors {
			if n > 0 {
				if c.Rejected == nil {
					c.Rejected = map[string]uint64{}
				}
				c.Rejected[bfd.Reject(reason).Name()] = n
			}
		}
		out = append(out, c)
	}
	return out
}
