package engine

import (
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/runtime/bfd"
)

// Status is what one session is and knows, for people and metrics.
type Status struct {
	Name     string
	Neighbor netip.Addr
	Source   netip.Addr // as configured
	Multihop bool
	// Up is the verdict.  It outlives the state where the peer is
	// administratively down: that says nothing about the path.
	Up                 bool
	State, RemoteState bfd.SessionState
	Diag, RemoteDiag   bfd.Diag
	Since              time.Time // wall clock, of the state
	Disc, RemoteDisc   uint32
	Interval           time.Duration // between sent packets, before jitter
	Detect             time.Duration // detection time; 0 while nothing was heard
	MinTX, MinRX       time.Duration // as announced
	Multiplier         uint8
	RemoteMinTX        time.Duration
	RemoteMinRX        time.Duration
	RemoteMultiplier   uint8
	Counters           Counters
	Problem            string // why it cannot send or listen
}

// Snapshot copies the state of every session, in configuration order, and how
// many packets were for none of them.
func (e *Engine) Snapshot() (list []Status, strays uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.sessions {
		t := &s.state
		out := Status{
			Name: s.spec.Name, Neighbor: s.spec.Neighbor, Source: s.spec.Source, Multihop: s.spec.Multihop,
			Up: s.up, State: t.Session, RemoteState: t.RemoteState, Diag: t.Diag, RemoteDiag: t.RemoteDiag, Since: s.since,
			Disc: s.spec.Config.Discriminator, RemoteDisc: t.RemoteDisc,
			Interval: t.Interval, Detect: t.Detect, MinTX: t.MinTX, MinRX: t.MinRX, Multiplier: s.spec.Config.Multiplier,
			RemoteMinTX: t.RemoteMinTX, RemoteMinRX: t.RemoteMinRX, RemoteMultiplier: t.RemoteMult, Counters: s.count,
		}
		if s.problem != nil {
			out.Problem = s.problem.Error()
		}
		for k, l := range e.inputs {
			if k.multihop == s.spec.Multihop && l.problem != nil && (k.local == s.spec.Source || k.local == unspecified(s.spec.Neighbor)) {
				out.Problem = l.problem.Error()
			}
		}
		list = append(list, out)
	}
	for _, n := range e.strays {
		strays += n
	}
	return list, strays
}
