package engine

import (
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/lbgit/lbgit/runtime/bfd"
)

// session is one session at work.
type session struct {
	spec  Session
	state bfd.State
	up    bool // the verdict reported last

	out     output
	index   int    // of the neighbour's zone, 0 without one
	port    uint16 // the source port, for good (RFC 5881 section 4)
	retryAt time.Duration
	problem error // why the session cannot send

	// lateFor is the missed deadline that patience was begun for.
	lateFor, lateUntil time.Duration
	// warned are the complaints already logged since the state changed last.
	warned [bfd.Rejects]bool
	since  time.Time // wall clock, of the state
	count  Counters
}

// Counters count since the session was made.
type Counters struct {
	Sent, Received uint64
	SendErrors     uint64
	Downs          uint64 // times it left Up
	// Errors counts rejected packets; see [bfd.Reject.Name].
	Errors [bfd.Rejects]uint64
}

// identity is what makes two configurations the same session.
type identity struct {
	neighbor, source netip.Addr
	multihop         bool
}

func (s *Session) identity() identity { return identity{s.Neighbor, s.Source, s.Multihop} }

// configure replaces the set of sessions.
func (e *Engine) configure(list []Session) {
	old := e.sessions
	e.sessions = nil
	var fresh []*session
	for _, spec := range list {
		at := slices.IndexFunc(old, func(s *session) bool { return s.spec.identity() == spec.identity() })
		if at < 0 {
			s := &session{spec: spec, since: time.Now()}
			s.spec.Config.Discriminator = e.discriminator(old)
			e.sessions = append(e.sessions, s)
			fresh = append(fresh, s)
			continue
		}
		s := old[at]
		old = slices.Delete(slices.Clone(old), at, at+1)
		e.sessions = append(e.sessions, s)
		e.adopt(s, spec)
	}
	for _, s := range old {
		e.step(s, bfd.Remove{})
		s.close()
	}
	for _, s := range fresh {
		e.opts.Report(s.spec.Name, false, bfd.DiagNone) // fact 10.4
		e.step(s, bfd.Start{Seed: rand.Uint64()})
	}
}

// adopt takes a changed configuration for a session that goes on.
func (e *Engine) adopt(s *session, spec Session) {
	before := s.spec
	spec.Config.Discriminator = before.Config.Discriminator
	s.spec = spec
	if spec.TTL != before.TTL {
		s.close()
	}
	if spec.Name != before.Name {
		e.opts.Report(spec.Name, s.up, s.state.Diag)
	}
	if spec.Config != before.Config {
		e.step(s, bfd.Reconfigured{})
	}
}

// discriminator gives a random one that no other session has (section 6.8.1).
func (e *Engine) discriminator(old []*session) uint32 {
	for {
		d := rand.Uint32()
		used := func(s *session) bool { return s.spec.Config.Discriminator == d }
		if d != 0 && !slices.ContainsFunc(e.sessions, used) && !slices.ContainsFunc(old, used) {
			return d
		}
	}
}

// step feeds one event and carries out what follows.
func (e *Engine) step(s *session, ev bfd.Event) {
	before := s.state.Session
	var acts []bfd.Action
	s.state, acts = bfd.Step(s.spec.Config, s.state, e.now(), ev)
	for _, a := range acts {
		switch a.Kind {
		case bfd.Send:
			e.send(s, a.Packet)
		case bfd.Report:
			if a.Up != s.up {
				s.up = a.Up
				e.opts.Report(s.spec.Name, a.Up, a.Diag)
			}
		}
	}
	after := s.state.Session
	if before == after {
		return
	}
	s.since, s.warned = time.Now(), [bfd.Rejects]bool{}
	if before == bfd.Up {
		s.count.Downs++
	}
	if before == bfd.Up || after == bfd.Up {
		e.log(slog.LevelInfo, "bfd session", s, slog.String("state", after.String()), slog.String("diagnostic", s.state.Diag.String()),
			slog.String("remote_state", s.state.RemoteState.String()), slog.Bool("up", s.up))
	}
}

// send puts a packet on the wire.  A socket that fails is closed and tried
// again later; silence is what the peer makes of it meanwhile.
func (e *Engine) send(s *session, p bfd.Packet) {
	err := e.open(s)
	if err == nil && s.out != nil {
		if err = s.out.Send(bfd.Append(e.buf[:0], p)); err == nil {
			s.count.Sent++
		} else {
			s.close()
			s.retryAt = e.now() + retryEvery
		}
	}
	if s.out == nil {
		s.count.SendErrors++
	}
	switch {
	case err != nil && (s.problem == nil || s.problem.Error() != err.Error()):
		e.log(slog.LevelWarn, "bfd cannot send", s, slog.String("error", err.Error()))
		s.problem = err
	case s.out != nil && s.problem != nil:
		e.log(slog.LevelInfo, "bfd sends again", s)
		s.problem = nil
	}
}

// open opens the sending socket if it is not open and its time has come.
func (e *Engine) open(s *session) (err error) {
	now := e.now()
	if s.out != nil || now < s.retryAt {
		return nil
	}
	s.retryAt = now + retryEvery
	s.index = 0
	if zone := s.spec.Neighbor.Zone(); zone != "" {
		if s.index, err = e.net.Index(zone); err != nil {
			return err
		}
	}
	to, from := uint16(bfd.Port), s.spec.Source
	if s.spec.Multihop {
		to = bfd.PortMultihop
	}
	if !from.IsValid() {
		from = unspecified(s.spec.Neighbor)
	}
	if s.port == 0 {
		s.port = e.sourcePort()
	}
	s.out, err = e.net.Open(netip.AddrPortFrom(from, s.port), netip.AddrPortFrom(s.spec.Neighbor, to), s.spec.TTL)
	if err != nil && s.count.Sent == 0 {
		s.port = 0 // somebody else may have it
	}
	return err
}

// sourcePort gives a random one of 49152..65535 that no other session has (RFC
// 5881 section 4).
func (e *Engine) sourcePort() uint16 {
	for {
		p := uint16(49152 + rand.IntN(65536-49152))
		if !slices.ContainsFunc(e.sessions, func(s *session) bool { return s.port == p }) {
			return p
		}
	}
}

func (s *session) close() {
	if s.out != nil {
		s.out.Close()
		s.out = nil
	}
	s.retryAt = 0
}

func unspecified(like netip.Addr) netip.Addr {
	if like.Is4() {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}
