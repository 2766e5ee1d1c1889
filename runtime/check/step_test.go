package check_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lbgit/lbgit/runtime/check"
)

var keepalived = check.Config{
	Interval: 60 * time.Second, Timeout: 5 * time.Second, RetryDelay: time.Second, Retry: 1, Rise: 1, Warmup: 60 * time.Second,
}

// with returns the defaults of a TCP_CHECK (T3), edited.
func with(edit func(*check.Config)) check.Config {
	c := keepalived
	edit(&c)
	return c
}

// TestStep plays a string of results, p, f or v, and writes the health after each as u or d and the wait: i for the interval, r for
// the retry delay, D for the interval while down, s for one second.
func TestStep(t *testing.T) {
	const interval, retry, down = 60 * time.Second, 2 * time.Second, 7 * time.Second
	base := check.Config{Interval: interval, RetryDelay: retry, Retry: 2, Rise: 1}
	wait := map[time.Duration]string{interval: "i", retry: "r", down: "D", check.VoidDelay: "s", 0: "0"}
	tests := []struct {
		name    string
		edit    func(*check.Config)
		known   check.Health
		results string
		want    string
	}{
		{name: "ok: first failure after start is final (V15)", results: "fp", want: "di ui"},
		{name: "ok: retry+1 failures once it has passed (T5)", results: "pfff", want: "ui ur ur di"},
		{name: "ok: a success resets the failures (T13)", results: "pffpff", want: "ui ur ur ui ur ur"},
		{name: "ok: known up keeps its tolerance", known: check.Up, results: "fff", want: "ur ur di"},
		{name: "ok: known down stays down until it passes", known: check.Down, results: "ffp", want: "di di ui"},
		{name: "ok: alpha starts down (S9)", edit: func(c *check.Config) { c.StartDown = true }, results: "fp", want: "di ui"},
		{name: "ok: alpha yields to what is known", edit: func(c *check.Config) { c.StartDown = true }, known: check.Up, results: "f", want: "ur"},
		{name: "ok: retry 0", edit: func(c *check.Config) { c.Retry = 0 }, results: "pf", want: "ui di"},
		{name: "ok: rise 3", edit: func(c *check.Config) { c.Rise = 3 }, results: "fppfppp", want: "di di di di di di ui"},
		{name: "ok: one attempt per interval while down (T5)", edit: func(c *check.Config) { c.DownInterval = down }, results: "fffp", want: "dD dD dD ui"},
		{name: "ok: void changes nothing (no verdict)", results: "vvpfvff", want: "us us ui ur us ur di"},
		{name: "ok: void keeps freshness", results: "vf", want: "us di"},
		{name: "ok: retry without delay", edit: func(c *check.Config) { c.RetryDelay = -1 }, results: "pf", want: "ui u0"},
		{name: "ok: odd numbers are read as the nearest", edit: func(c *check.Config) { c.Rise, c.Retry = -5, -5 }, results: "pfp", want: "ui di ui"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := base
			if tt.edit != nil {
				tt.edit(&c)
			}
			s := check.Start(c, tt.known, 0)
			got := ""
			for i, r := range tt.results {
				before := s
				next, delay, changed := check.Step(c, s, time.Duration(i+1), result(r))
				if s = next; changed != (s.Health != before.Health) {
					t.Errorf("result %d: changed is %v", i, changed)
				}
				got += " " + s.Health.String()[:1] + wait[delay]
			}
			if got = got[1:]; got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func result(r rune) check.Result {
	return map[rune]check.Result{'p': check.Pass, 'f': check.Fail, 'v': check.Void}[r]
}

func TestStepSince(t *testing.T) {
	s, _, _ := check.Step(keepalived, check.State{}, 5, check.Pass)
	if s.Since != 5 || s.Health != check.Up || !s.Ran || s.Fresh {
		t.Errorf("from the zero state: %+v", s)
	}
	s, _, changed := check.Step(with(func(c *check.Config) { c.Retry = 0 }), s, 9, check.Fail)
	if !changed || s.Since != 9 {
		t.Errorf("after the change: %+v", s)
	}
}

// An edited check of a dead server stays down (the opposite of R11).
func TestCarry(t *testing.T) {
	s := check.State{Health: check.Down, Fails: 2, Ran: true, Since: 7}
	if got, want := check.Carry(s), (check.State{Health: check.Down, Ran: true, Since: 7}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func configs() *rapid.Generator[check.Config] {
	return rapid.Custom(func(t *rapid.T) check.Config {
		return check.Config{
			Interval:     time.Duration(rapid.IntRange(1, 100).Draw(t, "interval")),
			DownInterval: time.Duration(rapid.IntRange(0, 100).Draw(t, "down")),
			RetryDelay:   time.Duration(rapid.IntRange(0, 100).Draw(t, "delay")),
			Retry:        rapid.IntRange(-1, 5).Draw(t, "retry"),
			Rise:         rapid.IntRange(-1, 5).Draw(t, "rise"),
			StartDown:    rapid.Bool().Draw(t, "alpha"),
		}
	})
}

// Health follows runs of equal results and nothing else: up exactly after Rise passes, down exactly after Retry+1 failures, or
// one if it is the first verdict of all.
func TestStepProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := configs().Draw(t, "config")
		known := rapid.SampledFrom([]check.Health{check.Unknown, check.Up, check.Down}).Draw(t, "known")
		retry, rise := max(c.Retry, 0), max(c.Rise, 1)
		s := check.Start(c, known, 0)
		model, passes, fails, first := s.Health, 0, 0, known == check.Unknown
		for i, r := range rapid.SliceOf(rapid.SampledFrom([]check.Result{check.Pass, check.Fail, check.Void})).Draw(t, "results") {
			before := s
			next, delay, changed := check.Step(c, s, time.Duration(i), r)
			s = next
			switch r {
			case check.Pass:
				passes, fails = passes+1, 0
				if passes >= rise {
					model = check.Up
				}
				first = false
			case check.Fail:
				passes, fails = 0, fails+1
				if fails > retry || first {
					model = check.Down
				}
				first = false
			case check.Void:
				if s != before {
					t.Fatalf("void changed %+v to %+v", before, s)
				}
			}
			switch {
			case s.Health != model:
				t.Fatalf("step %d: %v, want %v", i, s.Health, model)
			case s.Fails < 0 || s.Fails > retry+1 || s.Passes < 0 || s.Passes > rise || s.Fails > 0 && s.Passes > 0:
				t.Fatalf("step %d: counters out of bounds: %+v", i, s)
			case delay < 0:
				t.Fatalf("step %d: delay %v", i, delay)
			case changed != (before.Health != s.Health):
				t.Fatalf("step %d: changed %v from %v to %v", i, changed, before.Health, s.Health)
			case changed && s.Since != time.Duration(i), !changed && s.Since != before.Since:
				t.Fatalf("step %d: since %v", i, s.Since)
			}
		}
	})
}

func TestDelays(t *testing.T) {
	for chance, want := range map[float64]time.Duration{-1: 0, 0: 0, 0.5: 30 * time.Second, 1: time.Minute, 7: time.Minute} {
		if got := check.FirstDelay(keepalived, chance); got != want {
			t.Errorf("FirstDelay(%v) = %v, want %v", chance, got, want)
		}
	}
	for _, tt := range []struct {
		jitter, chance float64
		want           time.Duration
	}{{0, 0.9, 100}, {0.2, 0, 90}, {0.2, 0.5, 100}, {0.2, 1, 110}, {9, 0, 50}} {
		if got := check.Jittered(100, tt.jitter, tt.chance); got != tt.want {
			t.Errorf("Jittered(100, %v, %v) = %v, want %v", tt.jitter, tt.chance, got, tt.want)
		}
	}
	if got := check.Health(9).String() + check.Up.String() + check.Down.String(); got != "unknownupdown" {
		t.Error(got)
	}
	if got := check.Void.String() + check.Pass.String() + check.Fail.String(); got != "voidpassfail" {
		t.Error(got)
	}
}
