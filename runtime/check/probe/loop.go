package probe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// tick is the grain of timers: what is due within one tick is done together, which saves wake-ups.
	tick = 5 * time.Millisecond
	// maxStarts bounds how many probes are begun before the loop looks at its sockets again.
	maxStarts = 256
	// maxEvents is how many events are fetched at a time.
	maxEvents = 256
)

// errTwice is what a second Run returns.
var errTwice = errors.New("the scheduler has been run already")

// Run runs the probes until ctx ends, and returns nil then. Before that it returns an error only if the kernel refuses an epoll.
// Sockets are made in the network namespace of the calling thread. It can be called once.
//
// At its end Run closes all connections and waits for the scripts that run, which are sent SIGTERM and, two seconds later,
// SIGKILL.
func (s *Scheduler) Run(ctx context.Context) error {
	work, cancel := context.WithCancel(ctx)
	defer s.wg.Wait()
	defer cancel()
	if err := s.start(work); err != nil {
		return err
	}
	defer s.finish()
	stop := context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.poll.wake()
	})
	defer stop()
	close(s.ready)

	events := make([]unix.EpollEvent, maxEvents)
	boot, wait := bootClock(), time.Duration(0)
	for n := 0; ctx.Err() == nil; {
		s.mu.Lock()
		woken := bootClock()
		late := woken - boot - max(wait, 0)
		if wait < 0 {
			late = 0
		}
		boot = woken
		wait = s.turn(events[:n], late)
		facts := s.facts
		s.facts = nil
		poll := s.poll
		s.mu.Unlock()

		if len(facts) > 0 && s.report != nil {
			s.report(facts)
			// Whoever takes facts may have changed the targets: the next wait may be shorter.
			wait = s.nextWait()
		}
		var err error
		if n, err = poll.wait(events, wait); err != nil {
			return err
		}
	}
	return nil
}

// start opens the poller and schedules what has been set before.
func (s *Scheduler) start(work context.Context) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started {
		return errTwice
	}
	if s.poll, err = openPoller(); err != nil {
		return fmt.Errorf("health checks: %w", err)
	}
	s.maxOpen = raiseLimit()
	s.started, s.running, s.work = true, true, work
	s.buf = make([]byte, 64<<10)
	now := s.now()
	for _, t := range s.order {
		s.timers.set(t, now+s.firstDelay(t))
	}
	return nil
}

// finish ends all probes. The workers have been told by their context.
func (s *Scheduler) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.order {
		s.stop(t)
	}
	s.running = false
	s.poll.close()
}

// turn does what there is to do and returns how long to wait for more. Late is by how much the last wait, and the work before it, took
// longer than planned.
func (s *Scheduler) turn(events []unix.EpollEvent, late time.Duration) (wait time.Duration) {
	// Of two gaps the longer one stands, for as long as it is: requests that are older and have a shorter timeout are
	// over by then.
	if now := s.now(); late >= s.gap || now > s.gapEnd+s.gap {
		s.gap, s.gapEnd = late, now
	}
	// Events first: an answer that came while this process was stopped is an answer.
	for i := range events {
		ev := &events[i]
		if ev.Pad == wakeSeq {
			s.poll.drain()
			continue
		}
		if t := s.byFD[ev.Fd]; t != nil && t.seq == ev.Pad {
			s.stir(t)
		}
	}
	s.collect()
	s.expire()
	return s.untilNext()
}

// expire does what is due. What it leaves is due at once in the next turn.
func (s *Scheduler) expire() {
	now := s.now()
	for starts := 0; s.timers.len() > 0; {
		first := s.timers.first()
		if first.when > now {
			break
		}
		t := first.t
		if t.phase != idle {
			kind := causeSlow
			if t.phase == connecting {
				kind = causeTimeout
			}
			s.settle(t, fail(cause{kind: kind}))
			continue
		}
		if starts++; starts > maxStarts {
			return
		}
		s.maxLate = max(s.maxLate, now-first.when)
		s.begin(t, now)
	}
}

// untilNext returns how long to wait for the first timer, rounded up to the tick; negative without timers.
func (s *Scheduler) untilNext() time.Duration {
	if s.timers.len() == 0 {
		return -1
	}
	now, due := s.now(), s.timers.first().when
	if due <= now {
		return 0
	}
	return (due+tick-1)/tick*tick - now
}

// nextWait is untilNext for who does not hold the mutex.
func (s *Scheduler) nextWait() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.untilNext()
}

// wake makes the loop look at its timers again. The caller holds the mutex.
func (s *Scheduler) wake() { s.poll.wake() }
