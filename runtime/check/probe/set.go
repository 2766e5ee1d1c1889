package probe

import (
	"time"

	"github.com/lbgit/lbgit/runtime/check"
)

// Set replaces the list of targets. It compares by ID and does as little as the difference asks for:
//
//   - an unchanged target is untouched: its timer, its counters and the probe that runs go on. keepalived restarts all timers, so
//     that frequent reloads mean no checks at all (R14);
//   - a changed one keeps its health (R11 is not copied), loses its counters and the probe that runs, and is probed again
//     within its warmup, but no later than it would have been;
//   - a missing one is stopped, a new one is probed within its warmup.
//
// Of several targets with one ID the first counts. Set does not wait for any probe. It may be called before Run.
func (s *Scheduler) Set(targets []Target) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gen++
	now := s.now()
	old, cursor := s.order, 0
	order := make([]*target, 0, len(targets))
	changed := false
	for i := range targets {
		spec := &targets[i]
		// Most lists come in the order of the last one: then no look-up is needed.
		var t *target
		if cursor < len(old) && old[cursor].spec.ID == spec.ID {
			t = old[cursor]
		} else {
			t = s.byID[spec.ID]
		}
		switch {
		case t == nil:
			t = s.add(spec, now)
			changed = true
		case t.gen == s.gen:
			s.log.Warn("two health checks with one identity, the second is ignored", "id", spec.ID)
			continue
		default:
			cursor = t.index + 1
			if !t.spec.equal(spec) {
				t = s.replace(t, spec, now)
				changed = true
			}
		}
		t.gen = s.gen
		order = append(order, t)
	}
	if len(order) != len(s.byID) {
		for id, t := range s.byID {
			if t.gen != s.gen {
				s.stop(t)
				delete(s.byID, id)
			}
		}
	}
	for i, t := range order {
		t.index = i
	}
	s.order = order
	if changed {
		s.wake()
	}
}

// add takes a new target in.
func (s *Scheduler) add(spec *Target, now time.Duration) *target {
	t := s.make(spec)
	t.state = check.Start(t.spec.Check, spec.Initial, now)
	s.byID[spec.ID] = t
	if s.running {
		s.timers.set(t, now+s.firstDelay(t))
	}
	return t
}

// replace puts an edited target in the place of the old one.
func (s *Scheduler) replace(old *target, spec *Target, now time.Duration) *target {
	t := s.make(spec)
	t.state = check.Carry(old.state)
	t.counts, t.cause, t.code = old.counts, old.cause, old.code
	t.last, t.took = old.last, old.took
	if !t.dynamic() {
		t.code = 0
	}
	s.byID[spec.ID] = t
	if s.running {
		// Edits that come faster than the warmup must not put the probe off for ever.
		at := now + s.firstDelay(t)
		if due, ok := s.timers.when(old); ok && old.phase == idle {
			at = min(at, due)
		} else {
			at = now
		}
		s.timers.set(t, at)
	}
	s.stop(old)
	return t
}

// make returns a target that is known to nobody yet.
func (s *Scheduler) make(spec *Target) *target {
	t := &target{spec: *spec, pos: none}
	if err := spec.Validate(); err != nil {
		t.bad = "cannot be probed: " + err.Error()
	} else if spec.Kind == HTTPS {
		t.tls = tlsConfig(&t.spec)
	}
	return t
}

// stop ends whatever a target does.
func (s *Scheduler) stop(t *target) {
	s.timers.remove(t)
	s.hangUp(t)
	if t.job != nil {
		s.abandon(t.job)
		t.job = nil
	}
	t.phase = idle
}

func (s *Scheduler) firstDelay(t *target) time.Duration {
	if t.spec.Check.Warmup <= 0 {
		return 0
	}
	return check.FirstDelay(t.spec.Check, s.rand())
}

// dynamic says whether exit codes are weights.
func (t *target) dynamic() bool {
	return t.spec.Kind == Script && t.spec.Script != nil && t.spec.Script.Dynamic
}
