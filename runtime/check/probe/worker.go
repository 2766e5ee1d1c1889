package probe

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/check"
	"github.com/lbgit/lbgit/runtime/script"
)

// The pools of workers, one per kind of work that blocks.
const (
	handshakes = iota
	scripts
)

// pool bounds the goroutines of one kind of work. The rest waits in order.
type pool struct {
	limit, active int
	queue         []*job
}

// job is one piece of work that blocks: a TLS exchange or the run of a script.
type job struct {
	t      *target
	pool   int
	fd     int           // connected socket of a TLS exchange, -1 if none
	step   int           // URL
	budget time.Duration // what is left of the timeout
	queued time.Duration
	waited time.Duration // in the queue
	ctx    context.Context
	cancel context.CancelFunc
	result verdict
}

// submit gives a target to a pool, with its connected socket or -1. It has no timer from then on: workers end by themselves.
func (s *Scheduler) submit(pool int, t *target, fd int) {
	now := s.now()
	j := &job{t: t, pool: pool, fd: fd, step: t.step, queued: now, budget: t.spec.timeout() - (now - t.asked)}
	j.ctx, j.cancel = context.WithCancel(s.work)
	s.timers.remove(t)
	t.phase, t.job = working, j
	if p := &s.pools[pool]; p.active < p.limit {
		s.launch(j)
	} else {
		p.queue = append(p.queue, j)
	}
}

// handOver gives a connection that has just been made to a TLS worker. It goes on counting as open until the job ends.
func (s *Scheduler) handOver(t *target) {
	// The worker makes a copy of the descriptor, which would keep the registration alive.
	_ = s.poll.control(unix.EPOLL_CTL_DEL, t.fd, 0, 0)
	s.byFD[t.fd] = nil
	s.submit(handshakes, t, t.fd)
}

// launch starts the goroutine of a job.
func (s *Scheduler) launch(j *job) {
	s.pools[j.pool].active++
	j.waited = s.now() - j.queued
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		v := j.run()
		s.mu.Lock()
		defer s.mu.Unlock()
		j.result = v
		s.done = append(s.done, j)
		s.wake()
	}()
}

// run does the work. It is the only part outside of the mutex, and touches nothing but the job and the spec of its target.
func (j *job) run() verdict {
	if j.pool == scripts {
		return j.script()
	}
	return j.tls()
}

func (j *job) script() verdict {
	spec := j.t.spec.Script.Spec
	spec.Timeout = j.t.spec.timeout()
	r := script.Run(j.ctx, spec)
	c := cause{kind: causeText, text: r.Reason()}
	switch {
	case r.OK():
		return pass(c)
	case j.t.spec.Script.Dynamic && r.Err == nil && !r.TimedOut:
		if _, ok := check.DynamicWeight(r.Exit, 0); ok {
			v := pass(c)
			v.code = r.Exit
			return v
		}
	}
	return fail(c)
}

// abandon ends a job that nobody waits for any more. One that runs ends by its context and is forgotten by collect.
func (s *Scheduler) abandon(j *job) {
	j.cancel()
	p := &s.pools[j.pool]
	for i, q := range p.queue {
		if q == j {
			p.queue = append(p.queue[:i], p.queue[i+1:]...)
			s.release(j)
			if j.fd >= 0 {
				unix.Close(j.fd)
			}
			return
		}
	}
}

// release gives back what a job held of the limit on sockets.
func (s *Scheduler) release(j *job) {
	if j.fd >= 0 {
		s.open--
	}
}

// collect takes the results of workers and starts the jobs that waited for them.
func (s *Scheduler) collect() {
	done := s.done
	s.done = nil
	for _, j := range done {
		j.cancel()
		s.release(j)
		p := &s.pools[j.pool]
		p.active--
		for p.active < p.limit && len(p.queue) > 0 {
			next := p.queue[0]
			p.queue[0] = nil
			p.queue = p.queue[1:]
			s.launch(next)
		}
		t := j.t
		if t.job != j {
			continue // edited or removed meanwhile
		}
		t.job = nil
		v := j.result
		if v.result == check.Fail && j.pool == handshakes && j.waited >= t.spec.timeout() && t.voids < maxVoids {
			// The connection grew old in our own queue.
			t.voids++
			v = verdict{cause: cause{kind: causeLag}}
		}
		if t.spec.Kind == Script {
			s.settle(t, v)
		} else {
			s.answered(t, v)
		}
	}
}
