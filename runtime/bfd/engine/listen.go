package engine

import (
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/runtime/bfd"
)

// inputKey names a listening socket.  Of one family and port there is either
// one for all local addresses or one for each that is configured.
type inputKey struct {
	local    netip.Addr
	multihop bool
}

// listener is a listening socket, or the wish for one.
type listener struct {
	in      input
	retryAt time.Duration // 0 while it is open
	problem error
}

func (l *listener) close() {
	if l.in != nil {
		l.in.Close()
	}
}

// listen opens the sockets that the sessions need and closes the others.
func (e *Engine) listen() {
	want := map[inputKey]*session{}
	all := map[inputKey]bool{}
	for _, s := range e.sessions {
		if !s.spec.Source.IsValid() {
			all[inputKey{unspecified(s.spec.Neighbor), s.spec.Multihop}] = true
		}
	}
	for _, s := range e.sessions {
		want[e.inputOf(s, all)] = s
	}
	for k, l := range e.inputs {
		if want[k] == nil {
			l.close()
			delete(e.inputs, k)
		}
	}
	now := e.now()
	for k, s := range want {
		l := e.inputs[k]
		if l == nil {
			l = &listener{}
			e.inputs[k] = l
		}
		if l.in == nil && l.retryAt <= now {
			e.openInput(k, l, s, now)
		}
	}
}

func (e *Engine) inputOf(s *session, all map[inputKey]bool) inputKey {
	k := inputKey{unspecified(s.spec.Neighbor), s.spec.Multihop}
	if !all[k] {
		k.local = s.spec.Source
		if zone := s.spec.Neighbor.Zone(); zone != "" {
			k.local = k.local.WithZone(zone)
		}
	}
	return k
}

func (e *Engine) openInput(k inputKey, l *listener, s *session, now time.Duration) {
	port := uint16(bfd.Port)
	if k.multihop {
		port = bfd.PortMultihop
	}
	in, err := e.net.Listen(netip.AddrPortFrom(k.local, port), e.kick)
	if err == nil {
		l.in, l.retryAt, l.problem = in, 0, nil
		return
	}
	l.retryAt = now + retryEvery
	if l.problem == nil || l.problem.Error() != err.Error() {
		e.log(slog.LevelWarn, "bfd cannot listen", s, slog.String("error", err.Error()))
	}
	l.problem = err
}

// receive reads a bounded number of packets of every socket.  It says whether
// some are left, and then asks for another turn.
func (e *Engine) receive() (more bool) {
	for k, l := range e.inputs {
		if l.in == nil {
			continue
		}
		for n := 0; ; n++ {
			if n == served {
				more = true
				break
			}
			d, ok := l.in.Receive(e.buf)
			if !ok {
				break
			}
			e.judge(k.multihop, d)
		}
	}
	if more {
		e.kick()
	}
	return more
}

// judge finds the session that a packet is for and feeds it, or counts why not
// (section 6.8.6).
func (e *Engine) judge(multihop bool, d datagram) {
	p, err := bfd.Parse(d.Payload)
	s := e.find(multihop, d, p.YourDisc)
	if err == nil {
		switch {
		case s == nil:
			err = bfd.Session
		case s.spec.MaxHops != 255 && int(d.TTL)+s.spec.MaxHops < int(s.spec.TTL):
			err = bfd.Hops
		}
	}
	if err == nil {
		s.count.Received++
		s.retryAt = 0 // fact 19.10: the peer can be reached, it seems
		e.step(s, bfd.Receive{Packet: p})
		return
	}
	reason := bfd.Session
	errors.As(err, &reason)
	if s == nil {
		e.strays[reason]++
		return
	}
	s.count.Errors[reason]++
	if !s.warned[reason] {
		s.warned[reason] = true
		e.log(slog.LevelWarn, "bfd packet rejected", s, slog.String("from", d.Src.String()), slog.Int("ttl", int(d.TTL)), slog.String("reason", reason.Name()))
	}
}

// find gives the session of a packet: by its discriminator, and only while the
// peer does not know that, by the addresses (section 6.3, RFC 5881 section 3).
func (e *Engine) find(multihop bool, d datagram, disc uint32) *session {
	for _, s := range e.sessions {
		switch {
		case s.spec.Multihop != multihop:
		case disc != 0:
			if s.spec.Config.Discriminator == disc {
				return s
			}
		case s.spec.Neighbor.WithZone("") == d.Src && (!s.spec.Source.IsValid() || s.spec.Source == d.Dst) && (s.index == 0 || s.index == d.Index):
			return s
		}
	}
	return nil
}
