package probe

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lbgit/lbgit/runtime/check"
)

// The heap gives targets back in the order of their times, and knows where each is, whatever was set and removed before.
func TestTimersProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h timers
		all := make([]*target, 20)
		for i := range all {
			all[i] = &target{pos: none}
		}
		model := map[*target]time.Duration{}
		for range rapid.IntRange(0, 100).Draw(t, "operations") {
			o := all[rapid.IntRange(0, len(all)-1).Draw(t, "target")]
			if rapid.IntRange(0, 3).Draw(t, "verb") == 0 {
				h.remove(o)
				delete(model, o)
			} else {
				when := time.Duration(rapid.IntRange(0, 50).Draw(t, "when"))
				h.set(o, when)
				model[o] = when
			}
			if h.len() != len(model) {
				t.Fatalf("%d entries, want %d", h.len(), len(model))
			}
			for _, o := range all {
				when, ok := h.when(o)
				if want, in := model[o]; ok != in || when != want {
					t.Fatalf("at %v (%v), want %v (%v)", when, ok, want, in)
				}
			}
		}
		last := time.Duration(-1)
		for h.len() > 0 {
			first := h.first()
			if first.when < last || model[first.t] != first.when {
				t.Fatalf("%v after %v", first.when, last)
			}
			last = first.when
			h.remove(first.t)
		}
	})
}

// virtual is a scheduler without sockets whose clock the test moves.
func virtual(targets ...Target) *Scheduler {
	s := New(Options{})
	s.Set(targets)
	return s
}

// at moves the clock to a time after the start.
func (s *Scheduler) at(d time.Duration) { s.epoch = time.Now().Add(-d) }

// What became overdue while the process was stopped gives no verdict, but not for ever.
func TestLagIsNoVerdict(t *testing.T) {
	s := virtual(Target{ID: "a", Check: check.Config{Interval: time.Minute, Timeout: time.Second, Rise: 1}, Addr: someAddr})
	o := s.order[0]
	refused := fail(cause{kind: causeTimeout})
	s.turn(nil, 0)

	for i := range maxVoids {
		start := time.Duration(i+1) * 10 * time.Second
		o.began, o.asked = start, start
		s.at(start + 5*time.Second)
		s.turn(nil, 4*time.Second) // stopped for longer than the timeout
		s.settle(o, refused)
		if o.counts.Failed != 0 || o.state.Health != check.Up || o.counts.Voided != uint64(i+1) {
			t.Fatalf("gap %d: %+v", i, o.counts)
		}
		if due, _ := s.timers.when(o); due > s.now()+check.VoidDelay {
			t.Errorf("probed again only after %v", due-s.now())
		}
		s.timers.remove(o) // the test, not the clock, says when the next probe is
	}
	o.asked = 100 * time.Second
	s.at(105 * time.Second)
	s.turn(nil, 4*time.Second)
	s.settle(o, refused)
	if o.counts.Failed != 1 || o.state.Health != check.Down || len(s.facts) != 1 {
		t.Errorf("after %d voids in a row: %+v", maxVoids, o.counts)
	}
}

func TestLagThatDoesNotExcuse(t *testing.T) {
	tests := []struct {
		name     string
		asked    time.Duration // the gap ends at 10 s
		gap      time.Duration
		excused  bool
		judgedAt time.Duration
	}{
		{"ok: stopped during the request", 5 * time.Second, 4 * time.Second, true, 10 * time.Second},
		{"ok: asleep during the request, deadline later", 9900 * time.Millisecond, time.Hour, true, 10900 * time.Millisecond},
		{"bad: shorter than the timeout", 9500 * time.Millisecond, 400 * time.Millisecond, false, 10 * time.Second},
		{"bad: asked after the gap", 10100 * time.Millisecond, 4 * time.Second, false, 11100 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := virtual(Target{ID: "a", Check: check.Config{Interval: time.Minute, Timeout: time.Second, Rise: 1}, Addr: someAddr})
			o := s.order[0]
			s.at(10 * time.Second)
			s.turn(nil, tt.gap)
			s.at(tt.judgedAt)
			o.asked = tt.asked
			s.settle(o, fail(cause{kind: causeTimeout}))
			if (o.counts.Voided == 1) != tt.excused {
				t.Errorf("%+v", o.counts)
			}
		})
	}
}

// Waits end on a multiple of the tick, so that timers fire together, and never before their time.
func TestUntilNext(t *testing.T) {
	s := virtual(Target{ID: "a", Check: hourly})
	if got := s.untilNext(); got >= 0 {
		t.Errorf("without timers: %v", got)
	}
	s.at(time.Second)
	s.timers.set(s.order[0], time.Second-1)
	if got := s.untilNext(); got != 0 {
		t.Errorf("overdue: %v", got)
	}
	due := time.Hour + 1
	s.timers.set(s.order[0], due)
	now := s.now()
	got := s.untilNext()
	if end := now + got; end < due-time.Second || end > due+tick+time.Second || got > due-now+tick {
		t.Errorf("waits %v for %v", got, due-now)
	}
}

func TestPause(t *testing.T) {
	chance := 0.0
	s := New(Options{Rand: func() float64 { return chance }})
	o := &target{spec: Target{Check: check.Config{Interval: time.Minute}}, took: 10 * time.Second}
	if got := s.pause(o, time.Minute); got != time.Minute {
		t.Errorf("exact: %v", got)
	}
	o.spec.Jitter = 0.5
	for chance = range map[float64]bool{0: true, 0.5: true, 0.99: true} {
		want := time.Duration(float64(time.Minute) * (1 + 0.5*(chance-0.5)))
		if got := s.pause(o, time.Minute); got != want {
			t.Errorf("jitter at %v: %v, want %v", chance, got, want)
		}
	}
	o.spec.Jitter, o.spec.Check.FromStart = 0, true // MISC_CHECK: start to start (T2)
	if got := s.pause(o, time.Minute); got != 50*time.Second {
		t.Errorf("from start: %v", got)
	}
	if got := s.pause(o, time.Second); got != minInterval {
		t.Errorf("overrun: %v", got)
	}
}

// First probes are spread over the warmup (T1).
func TestWarmupSpreads(t *testing.T) {
	chance := 0.25
	c := hourly
	c.Warmup = time.Hour
	r := run(t, Options{Rand: func() float64 { return chance }}, Target{ID: "a", Addr: closedPort(t), Check: c})
	wait := time.Until(r.Snapshot()[0].NextRun)
	if wait < 14*time.Minute || wait > 15*time.Minute {
		t.Errorf("first probe in %v, want 15m", wait)
	}
}
