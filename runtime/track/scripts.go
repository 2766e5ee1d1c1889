package track

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/lbgit/lbgit/runtime/check"
	"github.com/lbgit/lbgit/runtime/script"
	"github.com/lbgit/lbgit/schema"
)

// Scripts runs the track scripts of a node. It is a task.
type Scripts struct {
	Log *slog.Logger
	// Report is called when a verdict changes. It must not block.
	Report func(name string, v Verdict)

	mu      sync.Mutex
	ctx     context.Context
	running map[string]*runner
	pending []*schema.TrackScript
}

type runner struct {
	spec   schema.TrackScript
	stop   context.CancelFunc
	ended  chan struct{}
	result Verdict
	reason string
}

func (s *Scripts) String() string { return "track scripts" }

// Run runs until ctx ends, and waits for the scripts to end.
func (s *Scripts) Run(ctx context.Context) error {
	s.mu.Lock()
	s.ctx = ctx
	s.running = map[string]*runner{}
	pending := s.pending
	s.mu.Unlock()
	s.Set(pending)
	<-ctx.Done()
	s.mu.Lock()
	all := s.running
	s.mu.Unlock()
	for _, r := range all {
		<-r.ended
	}
	return nil
}

// Set replaces the scripts. One that is unchanged goes on with its counter
// (keepalived vrrp fact 9.10); a changed or new one starts without a verdict.
func (s *Scripts) Set(list []*schema.TrackScript) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx == nil {
		s.pending = list
		return
	}
	want := map[string]schema.TrackScript{}
	for _, t := range list {
		spec := *t
		spec.Src = t.Src
		want[t.Name] = spec
	}
	for name, r := range s.running {
		if spec, ok := want[name]; ok && same(&spec, &r.spec) {
			delete(want, name)
			continue
		}
		r.stop()
		delete(s.running, name)
	}
	for name, spec := range want {
		ctx, stop := context.WithCancel(s.ctx)
		r := &runner{spec: spec, stop: stop, ended: make(chan struct{})}
		s.running[name] = r
		go s.loop(ctx, r)
	}
}

func same(a, b *schema.TrackScript) bool {
	return a.Command == b.Command && a.Interval == b.Interval && a.Timeout == b.Timeout && a.Rise == b.Rise &&
		a.Fall == b.Fall && a.User == b.User && a.Group == b.Group
}

// Verdict gives what is known of a script, and why.
func (s *Scripts) Verdict(name string) (Verdict, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.running[name]; r != nil {
		return r.result, r.reason
	}
	return Pending, ""
}

// loop runs one script, first at once and then every interval counted from
// the launch before; a run that is still active when the next is due delays it
// (facts 9.1, 9.6).
func (s *Scripts) loop(ctx context.Context, r *runner) {
	defer close(r.ended)
	cfg := check.TrackConfig{Rise: int(r.spec.Rise), Fall: int(r.spec.Fall)}
	counter := cfg.Start()
	for {
		launched := time.Now()
		result := s.once(ctx, &r.spec)
		if ctx.Err() != nil {
			return
		}
		counter, _ = cfg.Step(counter, result.OK())
		verdict := Bad
		if cfg.Good(counter) {
			verdict = Good
		}
		s.settle(r, verdict, result.Reason())
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(r.spec.Interval-time.Since(launched), 0)):
		}
	}
}

func (s *Scripts) once(ctx context.Context, t *schema.TrackScript) script.Result {
	spec, err := script.Parse(t.Command)
	if err != nil {
		return script.Result{Exit: -1, Err: err}
	}
	spec.Timeout, spec.User, spec.Group = t.Timeout, t.User, t.Group
	if spec.Timeout <= 0 {
		spec.Timeout = t.Interval
	}
	return script.Run(ctx, spec)
}

func (s *Scripts) settle(r *runner, v Verdict, reason string) {
	s.mu.Lock()
	changed := r.result != v
	r.result, r.reason = v, reason
	s.mu.Unlock()
	if changed {
		s.Log.Info("track script", "script", r.spec.Name, "good", v == Good, "reason", reason)
		s.Report(r.spec.Name, v)
	}
}
