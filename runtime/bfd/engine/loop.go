package engine

import (
	"context"
	"math"
	"time"

	"github.com/lbgit/lbgit/runtime/bfd"
)

const (
	// served bounds the packets read from one socket in a turn, so that a flood
	// does not keep the own packets from being sent.
	served = 64
	// late is by how much detection may be overdue before the loop must assume
	// that the machine stood still; patience, what the packets that arrived
	// meanwhile then have to reach the socket.
	late, patience = 2 * time.Millisecond, 5 * time.Millisecond
	// retryEvery is when sockets that could not be opened, or failed, are tried
	// again (fact 19.10 waits for a minute).
	retryEvery = time.Second
)

func (e *Engine) loop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-e.wake:
		}
		timer.Reset(e.turn())
	}
}

// turn serves everything that is due and returns the time to the next deadline.
func (e *Engine) turn() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.changed {
		e.configure(e.next)
		e.next, e.changed = nil, false
	}
	e.listen()
	more := e.receive()
	now, next := e.now(), time.Duration(math.MaxInt64)
	for _, s := range e.sessions {
		next = min(next, e.tick(s, now, more))
	}
	for _, in := range e.inputs {
		if in.retryAt != 0 {
			next = min(next, max(in.retryAt-now, 0))
		}
	}
	return next
}

// tick feeds a session's deadline if it is due, and returns the time to the
// next.  more says that packets are still waiting: nobody is declared dead
// before they have been read.
func (e *Engine) tick(s *session, now time.Duration, more bool) time.Duration {
	if at := s.state.DetectAt; at != 0 && at <= now {
		if more {
			return 0
		}
		if wait := s.patience(now); wait > 0 {
			return wait
		}
	}
	if at := s.state.Deadline; at != 0 && at <= now {
		e.step(s, bfd.Tick{})
	}
	if at := s.state.Deadline; at != 0 {
		return max(at-now, 0)
	}
	return math.MaxInt64
}

// patience returns how long to wait although detection is due.
func (s *session) patience(now time.Duration) time.Duration {
	at := s.state.DetectAt
	if now-at <= late {
		return 0
	}
	if s.lateFor != at {
		s.lateFor, s.lateUntil = at, now+patience
	}
	return max(s.lateUntil-now, 0)
}
