package vrrp_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

// full is set by `make full`: the searches go deeper.
var full = os.Getenv("LBGIT_MODEL") == "full"

func size(small, big int) int {
	if full {
		return big
	}
	return small
}

// search is one bounded exhaustive exploration, breadth first: the first
// violation that it finds has the shortest schedule.
type search struct {
	name     string
	configs  []vrrp.Config
	alphabet []trouble
	troubles int // how many may happen on one schedule; one more in `make full`
	losses   int // how many adverts may be lost on one schedule; the same
	cold     bool
	overlap  time.Duration // of masters, if not two link delays
	grouped  bool          // two instances to a router
	startup  time.Duration // vrrp_startup_delay
	depth    int           // choices on one schedule
	deeper   int           // instead of depth in `make full`
}

func router(version, priority uint8, change ...func(*vrrp.Config)) vrrp.Config {
	c := vrrp.Config{Version: version, Priority: priority, Interval: time.Second, Preempt: true}
	for _, f := range change {
		f(&c)
	}
	return c
}

func nopreempt(c *vrrp.Config) { c.Preempt = false }

func every(d time.Duration) func(*vrrp.Config) {
	return func(c *vrrp.Config) { c.Interval = d }
}

func patient(c *vrrp.Config) { c.PreemptDelay = 2500 * time.Millisecond }

var usual = []trouble{crash, stop, fault, weight}

var searches = []search{
	{name: "v2 pair", configs: []vrrp.Config{router(2, 150), router(2, 100)}, alphabet: usual, troubles: 2, depth: 17, deeper: 28},
	{name: "v3 pair, cold", configs: []vrrp.Config{router(3, 150), router(3, 100)}, alphabet: usual, troubles: 1, losses: 1, cold: true, depth: 16, deeper: 21},
	{name: "loss", configs: []vrrp.Config{router(2, 150), router(2, 100)}, losses: 5, depth: 26, deeper: 60},
	{name: "equal", configs: []vrrp.Config{router(3, 100), router(3, 100)}, alphabet: usual, troubles: 2, losses: 1, depth: 12, deeper: 17},
	{name: "nopreempt", configs: []vrrp.Config{router(2, 100), router(2, 150, nopreempt)}, alphabet: usual, troubles: 2, losses: 1, depth: 12, deeper: 17},
	{name: "preempt delay", configs: []vrrp.Config{router(2, 100), router(2, 150, patient)}, alphabet: usual, troubles: 2, depth: 14, deeper: 24},
	{name: "owner", configs: []vrrp.Config{router(3, 255), router(3, 100)}, alphabet: usual, troubles: 2, losses: 1, depth: 12, deeper: 17},
	{name: "two owners", configs: []vrrp.Config{router(3, 255), router(3, 255)}, alphabet: []trouble{crash, fault}, troubles: 1, losses: 1, cold: true,
		overlap: 3400 * time.Millisecond, depth: 13, deeper: 19}, // an interval until the first is heard, 1.2 of grace, one more: fact 6.12
	{name: "intervals", configs: []vrrp.Config{router(3, 150, every(100*time.Millisecond)), router(3, 100, every(2*time.Second))},
		alphabet: []trouble{crash, fault}, troubles: 2, losses: 1, depth: 11, deeper: 18},
	{name: "addresses fail", configs: []vrrp.Config{router(2, 150), router(2, 100)}, alphabet: []trouble{fail, stop}, troubles: 2, depth: 20, deeper: 40},
	{name: "operator", configs: []vrrp.Config{router(2, 100), router(2, 150)}, alphabet: []trouble{failover, lead, stop, crash}, troubles: 2, depth: 14, deeper: 24},
	{name: "startup delay", configs: []vrrp.Config{router(2, 255), router(2, 100)}, alphabet: []trouble{crash, stop}, troubles: 1, losses: 1, cold: true, startup: 2 * time.Second, depth: 19, deeper: 34},
	{name: "sync group", configs: []vrrp.Config{router(2, 150), router(2, 150), router(2, 100), router(2, 100)}, grouped: true,
		alphabet: []trouble{fault, crash, stop}, troubles: 1, losses: 1, depth: 9, deeper: 15},
	{name: "sync group, cold", configs: []vrrp.Config{router(3, 150), router(3, 150), router(3, 100), router(3, 100)}, grouped: true,
		alphabet: []trouble{fault, failover}, troubles: 1, cold: true, depth: 12, deeper: 18},
	{name: "three", configs: []vrrp.Config{router(2, 100), router(2, 100), router(2, 150)}, alphabet: usual, troubles: 1, losses: 1, depth: 11, deeper: 12},
	{name: "three, cold", configs: []vrrp.Config{router(3, 100), router(3, 120, nopreempt), router(3, 150)}, alphabet: []trouble{crash}, troubles: 1, cold: true, depth: 15, deeper: 24},
}

func (s *search) world(step stepFunc) (*world, error) {
	set := &setting{step: step, configs: s.configs, grouped: s.grouped, startup: s.startup,
		delay: 40 * time.Millisecond, apply: 40 * time.Millisecond, trace: true}
	set.overlap = max(2*set.delay, s.overlap)
	w := newWorld(set)
	if s.losses > 0 {
		interval, _, _, _ := w.longest()
		set.overlap += interval
	}
	for i := range w.peers {
		if from, _ := w.router(i); from != i {
			continue
		}
		if err := w.start(i); err != nil {
			return w, err
		}
	}
	if !s.cold {
		if err := w.settles(); err != nil {
			return w, err
		}
	}
	w.troubles, w.losses = s.troubles, s.losses
	if full {
		w.troubles, w.losses = w.troubles+1, w.losses+min(s.losses, 1)
	}
	return w, nil
}

// run returns how many states it saw.
func (s *search) run(step stepFunc) (int, error) {
	w, err := s.world(step)
	if err != nil {
		return 0, fmt.Errorf("%w\n%s", err, w.trail)
	}
	seen := map[uint64]bool{w.hash(): true}
	layer := []*world{w}
	for range size(s.depth, s.deeper) {
		var next []*world
		for _, w := range layer {
			for _, do := range w.choices(s.alphabet) {
				v := w.clone()
				if err := do(v); err != nil {
					return len(seen), fmt.Errorf("%w\n%s", err, v.trail)
				}
				h := v.hash()
				if seen[h] {
					continue
				}
				seen[h] = true
				next = append(next, v)
				if err := v.rest(len(seen)); err != nil {
					return len(seen), err
				}
			}
		}
		layer = next
	}
	return len(seen), nil
}

// rest lets a copy come to rest, and for one in 16 restarts routers then.
func (w *world) rest(n int) error {
	r := w.clone()
	err := r.settles()
	if err == nil && n%16 == 0 {
		err = r.returns()
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, r.trail)
	}
	return nil
}

// choices are all that can happen next: an advert arrives or is lost, a timer
// that is due fires, trouble, or time goes on to the next of these.
func (w *world) choices(alphabet []trouble) (list []func(*world) error) {
	add := func(do func(*world) error) { list = append(list, do) }
	wait, first := false, map[[2]int]bool{}
	var until time.Duration
	upto := func(at time.Duration) {
		if !wait || at < until {
			wait, until = true, at
		}
	}
	for k, p := range w.flight {
		if first[[2]int{p.from, p.to}] {
			continue // the link keeps the order
		}
		first[[2]int{p.from, p.to}] = true
		add(func(v *world) error { return v.hand(k) })
		if w.losses > 0 && p.from != p.to {
			add(func(v *world) error { return v.lose(k) })
		}
		upto(p.at)
	}
	for i := range w.peers {
		p := &w.peers[i]
		if p.up && p.state.Deadline != 0 {
			if p.state.Deadline <= w.now {
				add(func(v *world) error { return v.feed(i, vrrp.Tick{}) })
			}
			upto(p.state.Deadline)
		}
		if w.troubles > 0 {
			for _, t := range alphabet {
				if from, _ := w.router(i); from != i && t != fault && t != reload {
					continue // it happened to the router already
				}
				add(func(v *world) error { v.troubles--; return v.happens(t, i) })
			}
		}
	}
	if wait && until > w.now {
		add(func(v *world) error { v.now = until; return nil })
	}
	return list
}

func (w *world) lose(k int) error {
	w.note("%d does not hear %+v", w.flight[k].to, w.flight[k].ev)
	w.flight = append(w.flight[:k:k], w.flight[k+1:]...)
	w.losses--
	w.disturbed()
	return nil
}

// TestModelExhaustive: every schedule of a small world, up to a depth.
func TestModelExhaustive(t *testing.T) {
	for _, s := range searches {
		t.Run(s.name, func(t *testing.T) {
			began := time.Now()
			n, err := s.run(realCode)
			t.Logf("%d states in %s", n, time.Since(began).Round(time.Millisecond))
			if err != nil {
				t.Fatal(err)
			}
			if n < 500 {
				t.Errorf("only %d states: the search does not search", n)
			}
		})
	}
}

// TestModelMutants: the searches find mistakes, each by the law it breaks.
func TestModelMutants(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			k := slices.IndexFunc(searches, func(s search) bool { return s.name == m.in })
			_, err := searches[k].run(m.of(realCode))
			var b *broken
			if !errors.As(err, &b) || b.law != m.law {
				t.Errorf("want %q, found %v", m.law, err)
			}
		})
	}
}
