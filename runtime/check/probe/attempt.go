package probe

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/check"
)

// begin starts a pass: one connection for TCP, one request after another for HTTP.
func (s *Scheduler) begin(t *target, now time.Duration) {
	t.began, t.asked, t.step = now, now, 0
	switch {
	case t.bad != "":
		s.settle(t, fail(cause{kind: causeText, text: t.bad}))
	case t.spec.Kind == Script:
		s.submit(scripts, t, -1)
	default:
		s.connect(t, now)
	}
}

// connect begins one connection.
func (s *Scheduler) connect(t *target, now time.Duration) {
	t.asked = now
	if s.open >= s.maxOpen {
		s.settle(t, verdict{cause: cause{kind: causeDescriptors, errno: unix.EMFILE}})
		return
	}
	fd, v, ok := s.dialer.open(&t.spec)
	if !ok {
		s.settle(t, v)
		return
	}
	s.seq = (s.seq + 1) & 0x7fffffff // never wakeSeq
	t.seq = s.seq
	if err := s.poll.control(unix.EPOLL_CTL_ADD, fd, unix.EPOLLOUT, t.seq); err != nil {
		unix.Close(fd)
		s.settle(t, failErrno(causeSocket, "", errnoOf(err)))
		return
	}
	for fd >= len(s.byFD) {
		s.byFD = append(s.byFD, nil)
	}
	s.byFD[fd] = t
	s.open++
	t.fd, t.phase = fd, connecting
	s.timers.set(t, now+t.spec.timeout())
}

// stir takes an event of a target's socket.
func (s *Scheduler) stir(t *target) {
	if t.phase == exchanging {
		s.exchange(t)
		return
	}
	if e := socketError(t.fd); e != 0 {
		s.settle(t, failErrno(causeConnect, "", e))
		return
	}
	switch t.spec.Kind {
	case HTTP:
		s.request(t)
	case HTTPS:
		s.handOver(t)
	default:
		s.settle(t, pass(cause{kind: causeConnected})) // C1
	}
}

// hangUp closes the socket of a target, in the ordinary way, so that servers do not log a reset.
func (s *Scheduler) hangUp(t *target) {
	if t.phase != connecting && t.phase != exchanging {
		return
	}
	s.byFD[t.fd] = nil
	unix.Close(t.fd) // epoll forgets it by that
	s.open--
	if t.ex != nil {
		s.putExchange(t.ex)
		t.ex = nil
	}
	t.phase = idle
}

// maxVoids is how many probes in a row may go without a verdict because of lag. A node that always lags must not keep a dead
// server in service for ever.
const maxVoids = 3

// settle ends a pass with a verdict: it judges, counts, plans the next pass and notes a fact if something changed.
func (s *Scheduler) settle(t *target, v verdict) {
	s.hangUp(t)
	t.phase = idle
	v = s.excuse(t, v)
	now := s.now()
	t.last, t.took = now, now-t.began
	code := t.code
	switch v.result {
	case check.Pass:
		t.counts.Passed++
		code = v.code
	case check.Fail:
		t.counts.Failed++
	case check.Void:
		t.counts.Voided++
		s.voids++
	}
	t.cause = v.cause

	next, delay, changed := check.Step(t.spec.Check, t.state, now, v.result)
	t.state = next
	if next.Health == check.Down {
		code = 0 // the configured weight is waiting (W5)
	}
	if changed || code != t.code {
		t.code = code
		s.facts = append(s.facts, Fact{
			ID: t.spec.ID, Health: next.Health, Reason: v.cause.String(t.spec.timeout()),
			At: time.Now(), Latency: t.took, Code: code,
		})
	}
	s.timers.set(t, now+s.pause(t, delay))
	if s.settled != nil {
		s.settled(t, v)
	}
}

// excuse turns a failure into a void if this process was stopped or starved for longer than the target's timeout while the
// request was under way: then the clock has judged, not the server. It also complains about what this node lacks.
func (s *Scheduler) excuse(t *target, v verdict) verdict {
	switch {
	case v.result == check.Fail && t.bad == "" && t.asked <= s.gapEnd && s.gap >= t.spec.timeout() && t.voids < maxVoids:
		t.voids++
		s.note(noteLag, "health checks were stopped or starved, what became overdue is probed again", "for", s.gap)
		return verdict{cause: cause{kind: causeLag}}
	case v.result == check.Void && v.cause.kind == causeDescriptors:
		s.note(noteShortage, "health checks have to wait: this node is short of file descriptors or memory",
			"error", v.cause.errno, "open", s.open, "limit", s.maxOpen)
	case v.result != check.Void:
		t.voids = 0
	}
	return v
}

// pause turns the delay that check asks for into the wait from now.
func (s *Scheduler) pause(t *target, delay time.Duration) time.Duration {
	if t.spec.Check.Interval <= 0 && delay == 0 {
		delay = defaultInterval
	}
	if t.spec.Jitter > 0 {
		delay = check.Jittered(delay, t.spec.Jitter, s.rand())
	}
	if t.spec.Check.FromStart {
		delay -= t.took
	}
	return max(delay, minInterval)
}
