package notify

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/lbgit/lbgit/runtime/script"
	"github.com/lbgit/lbgit/schema"
)

const (
	// patience is how long a script holds up the next one of its object. It is
	// not ended then: keepalived lets notify scripts run for as long as they
	// like, and some start a service in the foreground.
	patience = 30 * time.Second
	// atOnce is how many scripts run side by side before others wait.
	atOnce = 64
)

// job is one run of a script.
type job struct {
	what string // for the log
	spec script.Spec
	err  error // why it cannot be run
}

// jobsOf makes the runs of an event, the specific script first (fact 14.1).
func jobsOf(e *Event, o *order, s *schema.Settings) []job {
	var jobs []job
	add := func(c schema.Command, arguments []string) {
		if !c.IsSet() {
			return
		}
		j := job{what: c.Command}
		j.spec, j.err = Spec(c, s)
		if len(j.spec.Command) > 0 {
			j.spec.Command = append(j.spec.Command, arguments...)
		}
		j.spec.Env = e.environment()
		jobs = append(jobs, j)
	}
	add(o.specific, nil)
	add(o.generic, e.arguments())
	return jobs
}

// Spec is how a command is run: as its own user, or else as the one of
// settings (fact 15.1), with its output thrown away.
func Spec(c schema.Command, s *schema.Settings) (script.Spec, error) {
	spec, err := script.Parse(c.Command)
	if spec.User, spec.Group = c.User, c.Group; c.User == "" && c.Group == "" {
		spec.User, spec.Group = script.Account("", "", s.ScriptUser, s.ScriptGroup)
	}
	spec.Groups, spec.Quiet = s.ScriptGroups, true
	return spec, err
}

// scripts keeps one queue per object.
type scripts struct {
	log *slog.Logger
	// start runs a script; tests put their own here.
	start func(context.Context, script.Spec) script.Result
	slots chan struct{}

	mu      sync.Mutex
	life    context.Context // of run; nil before it
	ctx     context.Context // ends all that runs now
	end     context.CancelFunc
	closed  bool
	queues  map[Object]*queue
	pending int           // jobs that wait or run
	idle    chan struct{} // closed while pending is 0
	workers sync.WaitGroup
}

// queue is the jobs of one object. It is worked off while busy.
type queue struct {
	jobs []job
	busy bool
}

func newScripts(log *slog.Logger, start func(context.Context, script.Spec) script.Result) *scripts {
	s := &scripts{log: log, start: start, slots: make(chan struct{}, atOnce), queues: map[Object]*queue{}, idle: make(chan struct{})}
	close(s.idle)
	return s
}

// run lets the queues be worked off until ctx ends.
func (s *scripts) run(ctx context.Context) {
	s.mu.Lock()
	s.life = ctx
	s.ctx, s.end = context.WithCancel(ctx)
	for o, q := range s.queues {
		s.wake(o, q)
	}
	s.mu.Unlock()
	<-ctx.Done()
	s.mu.Lock()
	s.closed = true // no worker begins after this
	s.end()
	s.mu.Unlock()
	s.workers.Wait()
}

// put queues jobs of an object.
func (s *scripts) put(o Object, jobs []job) {
	if len(jobs) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pending == 0 {
		s.idle = make(chan struct{})
	}
	s.pending += len(jobs)
	q := s.queues[o]
	if q == nil {
		q = &queue{}
		s.queues[o] = q
	}
	q.jobs = append(q.jobs, jobs...)
	s.wake(o, q)
}

// wake starts the worker of a queue that has none. s.mu is held.
func (s *scripts) wake(o Object, q *queue) {
	if s.ctx == nil || s.closed || q.busy || len(q.jobs) == 0 {
		return
	}
	q.busy = true
	s.workers.Go(func() { s.serve(o, q) })
}

// serve works a queue off, one job after another.
func (s *scripts) serve(o Object, q *queue) {
	for {
		s.mu.Lock()
		if len(q.jobs) == 0 {
			q.busy = false
			if s.queues[o] == q {
				delete(s.queues, o)
			}
			s.mu.Unlock()
			return
		}
		j := q.jobs[0]
		q.jobs = q.jobs[1:]
		ctx := s.ctx
		s.mu.Unlock()
		s.one(ctx, o, j)
	}
}

// one runs a job and waits for its end, or until it has held up the next long enough.
func (s *scripts) one(ctx context.Context, o Object, j job) {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		s.done(1)
		return
	}
	defer func() { <-s.slots }()
	log := s.log.With("object", string(o.Kind)+" "+o.Name, "script", j.what)
	if j.err != nil {
		log.Error("notify script cannot be run", "error", j.err)
		s.done(1)
		return
	}
	ended := make(chan struct{})
	s.workers.Go(func() {
		defer close(ended)
		defer s.done(1)
		if r := s.start(ctx, j.spec); !r.OK() {
			log.Warn("notify script failed", "reason", r.Reason(), "took", r.Took.Round(time.Millisecond))
		}
	})
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-ended:
	case <-t.C:
		log.Warn("notify script still runs; the next one goes on beside it", "after", patience)
	}
}

// done takes n jobs off the count.
func (s *scripts) done(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pending -= n; s.pending == 0 {
		close(s.idle)
	}
}

// settle waits for everything to end, for at most limit. What is left then is
// ended or, if it has not begun, left out.
func (s *scripts) settle(ctx context.Context, limit time.Duration) {
	s.mu.Lock()
	idle := s.idle
	s.mu.Unlock()
	if waited(ctx, idle, limit) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx == nil || s.closed {
		return
	}
	left := 0
	for o, q := range s.queues {
		left += len(q.jobs)
		delete(s.queues, o)
		q.jobs = nil
	}
	s.log.Warn("notify scripts are ended: the daemon stops", "running", s.pending-left, "not_begun", left)
	if s.pending -= left; s.pending == 0 && left > 0 {
		close(s.idle)
	}
	// A new life for what comes after.
	s.end()
	s.ctx, s.end = context.WithCancel(s.life)
}

// waited tells whether c was closed within the limit.
func waited(ctx context.Context, c <-chan struct{}, limit time.Duration) bool {
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-c:
		return true
	case <-t.C:
	case <-ctx.Done():
	}
	return false
}

func (s *scripts) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pending
}
