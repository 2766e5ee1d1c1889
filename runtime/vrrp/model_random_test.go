package vrrp_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

// TestModelRandom plays long random schedules on bad links with bad clocks:
// loss, delay, partitions that heal, restarts, freezes, priorities, faults.
// Each is made from its number alone; LBGIT_MODEL_SEED=N plays one again.
func TestModelRandom(t *testing.T) {
	first, n := uint64(1), size(400, 20000)
	if s := os.Getenv("LBGIT_MODEL_SEED"); s != "" {
		v, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		first, n = v, 1
	}
	for seed := first; seed < first+uint64(n); seed++ {
		if err := newStory(seed).play(realCode); err != nil {
			t.Fatalf("seed %d: %v", seed, newStory(seed).shrink(realCode))
		}
	}
}

// story is one random schedule: a world and what happens to it.
type story struct {
	seed   uint64
	world  setting
	clocks []peer
	loss   int  // per cent
	mixed  bool // intervals
	events []happening
}

// happening is one trouble, or a cut between two instances, and the time until the next.
type happening struct {
	kind trouble // kinds: a cut, or its end
	who  int
	then time.Duration
}

const cutOrHeal = kinds

// newStory throws the dice.
func newStory(seed uint64) *story {
	r := rand.New(rand.NewPCG(seed, 0))
	y := &story{seed: seed, loss: []int{0, 0, 5, 30, 80}[r.IntN(5)]}
	version := uint8(2 + r.IntN(2))
	interval := time.Duration(1+r.IntN(2)) * time.Second
	if version == 3 {
		interval = time.Duration(5+r.IntN(200)) * 10 * time.Millisecond
	}
	// Different intervals are against RFC 9568 section 7.1 but happen.  A
	// router that does not preempt then learns a short interval even from a
	// weak claim, and takes the master's next silence for its end; and a router
	// that comes back claims before a slow master has spoken.
	y.mixed = version == 3 && r.IntN(3) == 0
	routers, members := 2+r.IntN(3), 1
	if y.world.grouped = r.IntN(4) == 0; y.world.grouped {
		members = 2
	}
	owner := r.IntN(4 * routers) // one owner at most: two are a mistake of the configuration
	if r.IntN(8) == 0 {
		y.world.startup = time.Duration(r.IntN(5000)) * time.Millisecond
	}
	for i := range routers {
		c := vrrp.Config{
			Version: version, Priority: uint8(1 + r.IntN(254)), Interval: interval, Preempt: r.IntN(4) > 0,
			AnnounceDelay: 5 * time.Second, AdvertOnYield: r.IntN(8) == 0, LowerDelay: time.Duration(r.IntN(2)) * time.Second,
		}
		if r.IntN(3) == 0 {
			c.Priority = 100 // so that some are equal
		}
		if i == owner {
			c.Priority = vrrp.Owner
		}
		if y.mixed {
			c.Interval = time.Duration(5+r.IntN(200)) * 10 * time.Millisecond
			c.Preempt, c.AdvertOnYield = true, false
		}
		if c.Preempt && r.IntN(6) == 0 {
			c.PreemptDelay = time.Duration(r.IntN(5000)) * time.Millisecond
		}
		p := peer{offset: time.Duration(r.IntN(1000)) * time.Hour, permille: int64(r.IntN(21) - 10), late: time.Duration(r.IntN(3)) * time.Millisecond}
		for k := range members {
			c.DownAdverts = 3 + k*r.IntN(2) // so that members of a group stall apart
			y.world.configs, y.clocks = append(y.world.configs, c), append(y.clocks, p)
		}
	}
	for range r.IntN(25) {
		y.events = append(y.events, happening{trouble(r.IntN(int(kinds) + 3)), r.IntN(routers * members), time.Duration(r.IntN(6000)) * time.Millisecond})
	}
	return y
}

// play lets it all happen, heals everything, and looks at the laws.
func (y *story) play(step stepFunc) error {
	set := y.world
	set.step, set.configs, set.trace = step, slices.Clone(y.world.configs), os.Getenv("LBGIT_MODEL_SEED") != ""
	set.delay, set.apply = 10*time.Millisecond, 25*time.Millisecond
	dice, cut := rand.New(rand.NewPCG(y.seed, 1)), map[[2]int]bool{}
	set.wire = func(w *world, from, to int) (time.Duration, bool) {
		lost := dice.IntN(100) < y.loss || cut[[2]int{from, to}]
		return w.now + time.Duration(1+dice.IntN(int(set.delay))), lost
	}
	w := newWorld(&set)
	for i := range w.peers {
		w.peers[i].offset, w.peers[i].permille, w.peers[i].late = y.clocks[i].offset, y.clocks[i].permille, y.clocks[i].late
	}
	interval, _, _, late := w.longest()
	set.overlap = (interval+2*set.delay)*slack/100 + 2*late
	err := y.happen(w, cut)
	if err == nil {
		set.wire = nil
		w.disturbed()
		err = w.heal()
	}
	if err == nil {
		err = w.settles()
	}
	if err == nil && !y.mixed {
		err = w.returns()
	}
	if err != nil {
		return fmt.Errorf("%w\n%+v\n%v\n%s", err, set.configs, y.events, w.trail)
	}
	return nil
}

func (y *story) happen(w *world, cut map[[2]int]bool) error {
	for i := range w.peers {
		if from, _ := w.router(i); from == i {
			if err := w.start(i); err != nil {
				return err
			}
		}
	}
	for _, e := range y.events {
		if e.kind >= cutOrHeal {
			other := (e.who + 1) % len(w.peers)
			for _, pair := range [][2]int{{e.who, other}, {other, e.who}} {
				cut[pair] = !cut[pair]
			}
			w.disturbed()
		} else if err := w.happens(e.kind, e.who); err != nil {
			return err
		}
		if err := w.run(e.then); err != nil {
			return err
		}
	}
	return nil
}

// heal wakes what is frozen and gives every second story its faults back.
func (w *world) heal() error {
	for i := range w.peers {
		p := &w.peers[i]
		p.frozen, p.broken = false, false
		if w.configs[0].Priority%2 == 0 && p.state.Faults&vrrp.FaultLink != 0 {
			if err := w.feed(i, vrrp.FaultChange{Bit: vrrp.FaultLink}); err != nil {
				return err
			}
		}
	}
	return nil
}

// shrink leaves out what is not needed for the story to fail, and plays it
// once more with a trace.
func (y *story) shrink(step stepFunc) error {
	for i := 0; i < len(y.events); {
		less := *y
		less.events = slices.Delete(slices.Clone(y.events), i, i+1)
		if less.play(step) != nil {
			y = &less
		} else {
			i++
		}
	}
	os.Setenv("LBGIT_MODEL_SEED", strconv.FormatUint(y.seed, 10))
	defer os.Unsetenv("LBGIT_MODEL_SEED")
	return y.play(step)
}
