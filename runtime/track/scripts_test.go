package track

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lbgit/lbgit/runtime/script"
	"github.com/lbgit/lbgit/schema"
)

// play is a program that a test decides about: how long it runs and how it
// ends. It notes when it was launched.
type play struct {
	start time.Time

	mu       sync.Mutex
	takes    time.Duration
	exit     int
	launched []time.Duration
	specs    []script.Spec
}

// will says how the runs from now on go.
func (p *play) will(exit int, takes time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.exit, p.takes = exit, takes
}

func (p *play) run(ctx context.Context, s script.Spec) script.Result {
	p.mu.Lock()
	takes, exit := p.takes, p.exit
	p.launched = append(p.launched, time.Since(p.start))
	p.specs = append(p.specs, s)
	p.mu.Unlock()
	select {
	case <-time.After(takes):
		return script.Result{Exit: exit, Took: takes}
	case <-ctx.Done():
		return script.Result{Exit: -1, TimedOut: true}
	}
}

// stage runs a test in virtual time, with Scripts that play. The context of
// its scripts ends with it.
func stage(t *testing.T, f func(s *Scripts, p *play, log *bytes.Buffer)) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := NewScripts(slog.New(slog.NewTextHandler(&log, nil)), func(Object) {})
		p := &play{start: time.Now()}
		s.run = p.run
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		f(s, p, &log)
		stop()
		<-ended
	})
}

// scripts is a configuration in which one instance tracks all of the list but
// those called unused.
func scripts(list ...schema.TrackScript) *schema.Config {
	cfg, i := &schema.Config{}, &schema.VRRPInstance{}
	for n := range list {
		s := &list[n]
		if s.Interval == 0 {
			s.Interval = time.Second
		}
		cfg.Scripts = append(cfg.Scripts, s)
		if s.Name != "unused" {
			i.Scripts = append(i.Scripts, schema.Track{Name: s.Name})
		}
	}
	cfg.Instances = []*schema.VRRPInstance{i}
	return cfg
}

func after(d time.Duration) { time.Sleep(d); synctest.Wait() }

// Fact 9.1: at once, then every interval from the launch before; what is due
// during a run is skipped, and said.
func TestScriptInterval(t *testing.T) {
	stage(t, func(s *Scripts, p *play, log *bytes.Buffer) {
		p.will(0, 300*time.Millisecond)
		s.Set(scripts(schema.TrackScript{Name: "s", Command: "/x a"}))
		after(2500 * time.Millisecond)
		if strings.Contains(log.String(), "skipped") {
			t.Errorf("nothing was skipped:\n%s", log)
		}
		p.will(0, 2500*time.Millisecond)
		after(6 * time.Second)
		want := []time.Duration{0, 1, 2, 3, 6}
		for i := range want {
			want[i] *= time.Second
		}
		if !slices.Equal(p.launched, want) {
			t.Errorf("launched at %v, want %v", p.launched, want)
		}
		if !strings.Contains(log.String(), "took=2.5s skipped=2") {
			t.Errorf("it is not said:\n%s", log)
		}
		if p.specs[0].Timeout != time.Second || !slices.Equal(p.specs[0].Command, []string{"/x", "a"}) {
			t.Errorf("9.6: %+v", p.specs[0])
		}
	})
}

// Facts 9.2 and 9.3: the first result counts at once, later ones after rise
// and fall.
func TestScriptRiseAndFall(t *testing.T) {
	stage(t, func(s *Scripts, p *play, _ *bytes.Buffer) {
		is := func(what string, want State) {
			t.Helper()
			if v := s.Verdict("s"); v.State != want {
				t.Errorf("%s: %+v", what, v)
			}
		}
		p.will(1, 100*time.Millisecond)
		s.Set(scripts(schema.TrackScript{Name: "s", Command: "x", Rise: 2, Fall: 3}))
		is("before the first result", Pending)
		after(500 * time.Millisecond)
		is("one failure", Bad)
		p.will(0, 100*time.Millisecond)
		after(time.Second)
		is("one success", Bad)
		after(time.Second)
		is("two", Good)
		p.will(1, 100*time.Millisecond)
		after(2 * time.Second)
		is("two failures", Good)
		after(time.Second)
		is("three", Bad)
		if v := s.Verdict("s"); v.Reason != "exited with status 1" {
			t.Errorf("reason %q", v.Reason)
		}
	})
}

// Fact 9.4, and not as keepalived does it: start_failed holds until there is
// a result.
func TestScriptStartFailed(t *testing.T) {
	stage(t, func(s *Scripts, p *play, _ *bytes.Buffer) {
		p.will(0, 500*time.Millisecond)
		s.Set(scripts(schema.TrackScript{Name: "s", Command: "x", InitFail: true}))
		if v := s.Verdict("s"); v.State != Bad {
			t.Errorf("before the first result: %+v", v)
		}
		after(time.Second)
		if v := s.Verdict("s"); v.State != Good {
			t.Errorf("after it: %+v", v)
		}
	})
}

// Fact 9.10: what runs the same program keeps its result; fact 9.8: what
// nobody uses is not run.
func TestScriptsReplaced(t *testing.T) {
	stage(t, func(s *Scripts, p *play, log *bytes.Buffer) {
		one := schema.TrackScript{Name: "s", Command: "x", Rise: 3}
		s.Set(scripts(one, schema.TrackScript{Name: "unused", Command: "never"}))
		after(100 * time.Millisecond)
		if v := s.Verdict("s"); v.State != Good {
			t.Fatalf("%+v", v)
		}
		if !strings.Contains(log.String(), "no instance uses it") || len(p.launched) != 1 {
			t.Errorf("%v\n%s", p.launched, log)
		}
		s.Set(scripts(one))
		after(100 * time.Millisecond)
		if len(p.launched) != 1 {
			t.Errorf("an unchanged script was run again: %v", p.launched)
		}
		p.will(1, 0)
		slower := one
		slower.Interval, slower.Fall = 10*time.Second, 2
		s.Set(scripts(slower))
		if v := s.Verdict("s"); v.State != Good {
			t.Errorf("the result is not carried over: %+v", v)
		}
		after(100 * time.Millisecond)
		if v := s.Verdict("s"); v.State != Bad || len(p.launched) != 2 {
			t.Errorf("its counter was at rise: %+v, %v", v, p.launched)
		}
		other := slower
		other.Command = "y"
		p.will(1, time.Second)
		s.Set(scripts(other))
		if v := s.Verdict("s"); v.State != Pending {
			t.Errorf("another program has the result of the first: %+v", v)
		}
		s.Set(scripts())
		after(20 * time.Second)
		if v := s.Verdict("s"); v.State != Pending || len(p.launched) > 3 {
			t.Errorf("it goes on: %+v, %v", v, p.launched)
		}
	})
}
