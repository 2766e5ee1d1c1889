package probe

import (
	"encoding/hex"

	"golang.org/x/sys/unix"
)

// exchange is the state of one HTTP request on the loop. They are used again, so that a probe allocates next to nothing.
type exchange struct {
	resp   response
	unsent []byte // what the socket did not take yet
}

func (s *Scheduler) getExchange() *exchange {
	if n := len(s.free); n > 0 {
		ex := s.free[n-1]
		s.free = s.free[:n-1]
		return ex
	}
	return &exchange{}
}

// putExchange keeps an exchange for later, unless it has grown large or enough are kept.
func (s *Scheduler) putExchange(ex *exchange) {
	if cap(ex.resp.header) > 8<<10 || len(s.free) >= maxStarts {
		return
	}
	ex.unsent = nil
	s.free = append(s.free, ex)
}

// request sends the request of the current URL on a connection that has just been made.
func (s *Scheduler) request(t *target) {
	u := &t.spec.HTTP.urls()[t.step]
	t.ex = s.getExchange()
	t.phase = exchanging
	t.ex.begin(&t.spec, u)
	s.send(t, appendRequest(s.buf[:0], &t.spec, u))
}

// begin makes the parser ready for the response to a request.
func (ex *exchange) begin(t *Target, u *URL) {
	hashed := t.HTTP.digest || u.Digest != [16]byte{}
	ex.resp.begin(t.HTTP.UntilEOF, t.HTTP.Method == "HEAD", hashed)
}

// send writes what the socket takes. Requests are small, so that nearly always is all, in one packet (C2).
func (s *Scheduler) send(t *target, p []byte) {
	n, err := unix.Write(t.fd, p)
	if err != nil && err != unix.EAGAIN && err != unix.EINTR {
		s.settle(t, failErrno(causeIO, "sending the request", errnoOf(err)))
		return
	}
	rest := p[max(n, 0):]
	if len(rest) > 0 {
		t.ex.unsent = append([]byte(nil), rest...)
		return // EPOLLOUT is still asked for
	}
	t.ex.unsent = nil
	if err := s.poll.control(unix.EPOLL_CTL_MOD, t.fd, unix.EPOLLIN, t.seq); err != nil {
		s.settle(t, failErrno(causeSocket, "", errnoOf(err)))
	}
}

// exchange goes on with a request: it sends the rest, or reads once. Epoll tells again if there is more, so that a large
// response does not hold up the others.
func (s *Scheduler) exchange(t *target) {
	if t.ex.unsent != nil {
		s.send(t, t.ex.unsent)
		return
	}
	n, err := unix.Read(t.fd, s.buf)
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return
	case err != nil:
		s.settle(t, failErrno(causeIO, "reading the response", errnoOf(err)))
		return
	}
	done, perr := false, error(nil)
	if n == 0 {
		done, perr = true, t.ex.resp.end()
	} else {
		done, perr = t.ex.resp.feed(s.buf[:n])
	}
	switch {
	case perr != nil:
		s.settle(t, fail(cause{kind: causeText, text: perr.Error()}))
	case done:
		s.answered(t, t.ex.resp.judge(&t.spec, t.step))
	}
}

// answered takes the verdict on one URL: a failure ends the pass, and so does the success of the last.
func (s *Scheduler) answered(t *target, v verdict) {
	s.hangUp(t)
	if !v.passed() || t.step+1 >= len(t.spec.HTTP.urls()) {
		s.settle(t, v)
		return
	}
	t.step++
	s.connect(t, s.now())
}

// judge says whether a complete response is what a target wants: first the status, then the digest (C10).
func (r *response) judge(t *Target, step int) verdict {
	u := &t.HTTP.urls()[step]
	switch {
	case !u.accepts(r.status):
		return fail(cause{kind: causeBadStatus, n: int32(r.status)})
	case t.HTTP.digest:
		sum := r.digest()
		return pass(cause{kind: causeText, text: hex.EncodeToString(sum[:])})
	case u.Digest != [16]byte{}:
		if sum := r.digest(); sum != u.Digest {
			return fail(cause{kind: causeDigest, text: hex.EncodeToString(sum[:])})
		}
	}
	return pass(cause{kind: causeStatus, n: int32(r.status)})
}
