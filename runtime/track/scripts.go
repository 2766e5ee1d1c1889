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

// Scripts runs the track scripts that instances use.
type Scripts struct {
	*board
	runs sync.WaitGroup
	// run is script.Run, but in tests.
	run func(context.Context, script.Spec) script.Result

	mu      sync.Mutex
	ctx     context.Context // nil before Run
	running map[string]*runner
}

// NewScripts makes the tracker of scripts.
func NewScripts(log *slog.Logger, report func(Object)) *Scripts {
	return &Scripts{board: newBoard(Script, log, report), run: script.Run, running: map[string]*runner{}}
}

// runner is a script that is run.
type runner struct {
	job  job
	stop context.CancelFunc
	// counter is where the judgement stands; it belongs to the runner's
	// goroutine, and whoever has waited for ended.
	counter check.Track
	ended   chan struct{}
}

// job is all that matters about a script. It is comparable.
type job struct {
	name, command, user, group string
	groups                     bool
	interval, timeout          time.Duration
	rise, fall                 uint32
	startFailed                bool
}

// sameProgram tells whether the results of one job are also those of another
// (keepalived vrrp fact 9.10).
func (j job) sameProgram(k job) bool {
	return j.command == k.command && j.user == k.user && j.group == k.group && j.groups == k.groups
}

func (s *Scripts) String() string { return "track scripts" }

// Run runs until ctx ends, and waits for the scripts to end.
func (s *Scripts) Run(ctx context.Context) error {
	s.mu.Lock()
	s.ctx = ctx
	for _, r := range s.running {
		s.start(r, nil)
	}
	s.mu.Unlock()
	<-ctx.Done()
	s.mu.Lock() // a Set that is under way still starts what it does
	s.ctx = nil // and no later one
	s.mu.Unlock()
	s.runs.Wait()
	return nil
}

// Set replaces the scripts. One that is unchanged goes on. Of one that runs
// the same program in another way the result is carried over; any other starts
// anew (keepalived vrrp fact 9.10). Scripts that no instance uses are not run
// (fact 9.8).
func (s *Scripts) Set(cfg *schema.Config) {
	s.mu.Lock()
	defer s.mu.Unlock()
	want := jobs(cfg, s.log)
	for name, r := range s.running {
		if _, ok := want[name]; !ok {
			r.stop()
			delete(s.running, name)
			s.drop(name)
		}
	}
	for name, j := range want {
		old := s.running[name]
		if old != nil && old.job == j {
			continue
		}
		r := &runner{job: j, counter: j.limits().Start(), ended: make(chan struct{}), stop: func() {}}
		if old != nil {
			old.stop()
			if !old.job.sameProgram(j) {
				old = nil
				s.drop(name)
			}
		}
		if old == nil && j.startFailed {
			s.set(name, Answer(false, "start_failed, and no result yet"))
		}
		s.running[name] = r
		s.start(r, old)
	}
}

func jobs(cfg *schema.Config, log *slog.Logger) map[string]job {
	uses, out := Used(cfg, Script), map[string]job{}
	for _, t := range cfg.Scripts {
		if !uses[t.Name] {
			log.Info("track script is not run: no instance uses it", "script", t.Name)
			continue
		}
		j := job{
			name: t.Name, command: t.Command, groups: cfg.Settings.ScriptGroups,
			interval: t.Interval, timeout: t.Timeout, rise: t.Rise, fall: t.Fall, startFailed: t.InitFail,
		}
		j.user, j.group = script.Account(t.User, t.Group, cfg.Settings.ScriptUser, cfg.Settings.ScriptGroup)
		if j.timeout <= 0 {
			j.timeout = j.interval // fact 9.6
		}
		out[t.Name] = j
	}
	return out
}

func (j job) limits() check.TrackConfig {
	return check.TrackConfig{Rise: int(j.rise), Fall: int(j.fall)}
}

// start runs a script from now on, after the end of the one whose counter it
// takes over.
func (s *Scripts) start(r, old *runner) {
	if s.ctx == nil || s.ctx.Err() != nil {
		return
	}
	ctx, stop := context.WithCancel(s.ctx)
	r.stop = stop
	s.runs.Go(func() {
		defer close(r.ended)
		if old != nil {
			<-old.ended
			r.counter = old.counter
		}
		s.loop(ctx, r)
	})
}

// loop runs one script, first at once and then every interval counted from
// the launch before; what is due while a run is still active is skipped
// (keepalived vrrp fact 9.1).
func (s *Scripts) loop(ctx context.Context, r *runner) {
	for {
		launched := time.Now()
		result := s.once(ctx, &r.job)
		if !s.settle(ctx, r, result) {
			return
		}
		skipped := time.Since(launched) / r.job.interval
		if skipped > 0 {
			s.log.Warn("track script takes longer than its interval", "script", r.job.name, "took", result.Took.Round(time.Millisecond), "skipped", int64(skipped))
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Until(launched.Add((skipped + 1) * r.job.interval))):
		}
	}
}

// settle counts a result; false when the script has been stopped meanwhile.
func (s *Scripts) settle(ctx context.Context, r *runner, result script.Result) bool {
	s.mu.Lock() // not between a Set's stop and its drop
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return false
	}
	limits := r.job.limits()
	r.counter, _ = limits.Step(r.counter, result.OK())
	s.set(r.job.name, Answer(limits.Good(r.counter), result.Reason()))
	return true
}

// once runs a script. A command that cannot be read is a script that fails.
func (s *Scripts) once(ctx context.Context, j *job) script.Result {
	spec, err := script.Parse(j.command)
	if err != nil {
		return script.Result{Exit: -1, Err: err}
	}
	spec.Timeout, spec.User, spec.Group, spec.Groups = j.timeout, j.user, j.group, j.groups
	return s.run(ctx, spec)
}
