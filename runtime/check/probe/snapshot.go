package probe

import (
	"time"

	"github.com/lbgit/lbgit/runtime/check"
)

// Status is what is known about one target.
type Status struct {
	ID     string
	Kind   Kind
	Health check.Health
	// Ran says whether a probe has given a verdict; until then Health is assumed or carried over.
	Ran bool
	// Reason says in words how the last probe ended; empty before the first.
	Reason string
	// Since is when Health took its value; LastRun when the last probe ended (zero if none), NextRun when the next begins (zero
	// while one runs, and before Run).
	Since, LastRun, NextRun time.Time
	// Latency is how long the last probe took.
	Latency time.Duration
	// Fails and Passes are the results of one kind in a row that count towards a transition.
	Fails, Passes int
	// Code is as in Fact.
	Code   int
	Counts Counts
}

// Snapshot returns the status of all targets, in the order of the last Set.
func (s *Scheduler) Snapshot() []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, wall := s.now(), time.Now()
	at := func(d time.Duration) time.Time { return wall.Add(d - now).Round(0) }
	list := make([]Status, len(s.order))
	for i, t := range s.order {
		st := Status{
			ID: t.spec.ID, Kind: t.spec.Kind,
			Health: t.state.Health, Ran: t.state.Ran, Fails: t.state.Fails, Passes: t.state.Passes,
			Reason: t.cause.String(t.spec.timeout()), Since: at(t.state.Since),
			Latency: t.took, Code: t.code, Counts: t.counts,
		}
		if t.cause.kind != causeNone {
			st.LastRun = at(t.last)
		}
		if due, ok := s.timers.when(t); ok && t.phase == idle {
			st.NextRun = at(due)
		}
		list[i] = st
	}
	return list
}

// Stats are figures about a scheduler as a whole, for metrics and a watchdog.
type Stats struct {
	Targets int
	// Sockets are the connections in flight, of at most MaxSockets.
	Sockets, MaxSockets int
	// Handshakes and Scripts run now; Queued wait for one of these to end.
	Handshakes, Scripts, Queued int
	// Voids counts the probes without a verdict since the start.
	Voids uint64
	// MaxLate is the longest that a probe has been started behind its time since the last call of Stats.
	MaxLate time.Duration
}

// Stats returns the figures and begins a new period of MaxLate.
func (s *Scheduler) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Stats{
		Targets: len(s.order), Sockets: s.open, MaxSockets: s.maxOpen,
		Handshakes: s.pools[handshakes].active, Scripts: s.pools[scripts].active,
		Queued: len(s.pools[handshakes].queue) + len(s.pools[scripts].queue),
		Voids:  s.voids, MaxLate: s.maxLate,
	}
	s.maxLate = 0
	return st
}
