package bfd_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lbgit/lbgit/runtime/bfd"
)

// link is two sessions and the packets between them.
type link struct {
	t     *rapid.T
	now   time.Duration
	delay time.Duration
	ends  [2]struct {
		cfg     bfd.Config
		s       bfd.State
		reports []bool
		lost    int // packets in a row that the other end missed
	}
	wire []flight
	lose func(from int, p bfd.Packet) bool
}

type flight struct {
	at time.Duration
	to int
	p  bfd.Packet
}

func newLink(t *rapid.T) *link {
	l := &link{t: t, now: time.Hour, delay: rapid.SampledFrom([]time.Duration{0, ms, 5 * ms}).Draw(t, "delay"), lose: func(int, bfd.Packet) bool { return false }}
	for i := range l.ends {
		interval := rapid.SampledFrom([]time.Duration{10 * ms, 50 * ms, 300 * ms, 2 * time.Second})
		l.ends[i].cfg = bfd.Config{
			Discriminator: uint32(i + 1), MinTX: interval.Draw(t, "tx"), MinRX: interval.Draw(t, "rx"), IdleTX: time.Second,
			Multiplier: uint8(rapid.IntRange(3, 6).Draw(t, "multiplier")), Passive: i == 1 && rapid.Bool().Draw(t, "passive"),
		}
		l.feed(i, bfd.Start{Seed: rapid.Uint64().Draw(t, "seed")})
	}
	return l
}

func (l *link) feed(i int, ev bfd.Event) {
	e := &l.ends[i]
	var acts []bfd.Action
	e.s, acts = bfd.Step(e.cfg, e.s, l.now, ev)
	for _, a := range acts {
		switch a.Kind {
		case bfd.Report:
			e.reports = append(e.reports, a.Up)
		case bfd.Send:
			p, err := bfd.Parse(bfd.Append(nil, a.Packet))
			if err != nil {
				l.t.Fatalf("end %d sends %+v: %v", i, a.Packet, err)
			}
			if !l.lose(i, p) {
				l.wire = append(l.wire, flight{l.now + l.delay, 1 - i, p})
			}
		}
	}
}

// run lets the time d pass.
func (l *link) run(d time.Duration, while func() bool) {
	for end := l.now + d; while(); {
		next, what := end, -1
		for i := range l.ends {
			if at := l.ends[i].s.Deadline; at != 0 && at < next {
				next, what = at, i
			}
		}
		if len(l.wire) > 0 && l.wire[0].at <= next { // packets before timers, as the engine has it
			f := l.wire[0]
			l.wire = l.wire[1:]
			l.now = max(l.now, f.at)
			l.feed(f.to, bfd.Receive{Packet: f.p})
			continue
		}
		l.now = max(l.now, next)
		if what < 0 {
			return
		}
		l.feed(what, bfd.Tick{})
	}
}

func always() bool { return true }

func (l *link) bothUp() bool { return l.ends[0].s.Session == bfd.Up && l.ends[1].s.Session == bfd.Up }

// TestTwoNodes: sessions come Up within three idle intervals, bear the loss of
// all but the last packet of a detection time, and go Down within the
// detection time of a link that is cut.
func TestTwoNodes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLink(t)
		slow := max(l.ends[0].s.MinTX, l.ends[1].s.MinTX, l.ends[0].cfg.MinRX, l.ends[1].cfg.MinRX)
		l.run(3*slow+10*l.delay, func() bool { return !l.bothUp() })
		if !l.bothUp() {
			t.Fatalf("not up after %v: %+v", l.now-time.Hour, l.ends)
		}
		l.run(10*slow, always) // the fast intervals are agreed upon

		// Two packets in a row may be lost, whatever they are.
		chance := rapid.IntRange(0, 100).Draw(t, "loss in percent")
		dice := rapid.Uint64().Draw(t, "dice")
		l.lose = func(from int, _ bfd.Packet) bool {
			dice = dice*6364136223846793005 + 1442695040888963407
			e := &l.ends[from]
			if lost := int(dice>>33%100) < chance && e.lost < 2; !lost {
				e.lost = 0
				return false
			}
			e.lost++
			return true
		}
		l.run(time.Minute, always)
		for i := range l.ends {
			if r := l.ends[i].reports; len(r) != 1 || !r[0] {
				t.Fatalf("end %d reported %v under loss, want one Up", i, r)
			}
		}

		// Changed intervals come into force without a flap.
		l.lose = func(int, bfd.Packet) bool { return false }
		i := rapid.IntRange(0, 1).Draw(t, "changed")
		l.ends[i].cfg.MinTX, l.ends[i].cfg.MinRX = 20*ms, 700*ms
		l.feed(i, bfd.Reconfigured{})
		l.run(20*time.Second, always)
		if got := l.ends[i].s; got.UsedTX != 20*ms || got.UsedRX != 700*ms || got.Polling || !l.bothUp() {
			t.Fatalf("end %d: %+v", i, got)
		}

		// The link is cut.
		l.lose = func(int, bfd.Packet) bool { return true }
		l.wire = nil
		cut := l.now
		var bound [2]time.Duration
		for i := range l.ends {
			bound[i] = l.ends[i].s.Detect
		}
		l.run(max(bound[0], bound[1]), func() bool {
			for i := range l.ends {
				if l.ends[i].s.Session == bfd.Up && l.now > cut+bound[i] {
					t.Fatalf("end %d is Up %v after the cut, its detection time is %v", i, l.now-cut, bound[i])
				}
			}
			return true
		})
		for i := range l.ends {
			if r := l.ends[i].reports; len(r) != 2 || r[1] {
				t.Fatalf("end %d reported %v, want Up and Down", i, r)
			}
		}

		// It is mended: a passive end waits for the other.
		l.lose = func(int, bfd.Packet) bool { return false }
		l.run(4*slow+10*l.delay, func() bool { return !l.bothUp() })
		if !l.bothUp() {
			t.Fatalf("not up again: %+v", l.ends)
		}
	})
}

// FuzzStep: any events in any order leave a state whose timers make sense.
func FuzzStep(f *testing.F) {
	f.Add([]byte{0, 2, 2, 0, 0, 1, 1, 1})
	f.Add([]byte{0, 0x43, 0x83, 3, 4, 5, 1})
	f.Fuzz(func(t *testing.T, script []byte) {
		cfg := bfd.Config{Discriminator: 7, MinTX: 10 * ms, MinRX: 10 * ms, Multiplier: 3}
		s, now := bfd.State{}, time.Hour
		s, _ = bfd.Step(cfg, s, now, bfd.Start{})
		for i, b := range script {
			now += time.Duration(b>>5) * 7 * ms
			events := []bfd.Event{bfd.Tick{}, bfd.Tick{}, bfd.Receive{}, bfd.Receive{}, bfd.Reconfigured{}, bfd.Start{Seed: uint64(b)}, bfd.Stop{}, bfd.Remove{}}
			ev := events[b&7]
			if _, ok := ev.(bfd.Receive); ok {
				p := peer(bfd.SessionState(b >> 3 & 3))
				p.Poll, p.Final, p.Demand = b&32 != 0, b&64 != 0 && b&32 == 0, b&128 != 0
				p.MinRX *= time.Duration(i % 3)
				ev = bfd.Receive{Packet: p}
			}
			if ev == (bfd.Tick{}) && b&128 != 0 {
				now = max(now, s.Deadline)
			}
			cfg.Passive, cfg.MinTX = i%5 == 4, time.Duration(1+i%4)*10*ms
			var acts []bfd.Action
			s, acts = bfd.Step(cfg, s, now, ev)
			for _, a := range acts {
				if a.Kind != bfd.Send {
					continue
				}
				if _, err := bfd.Parse(bfd.Append(nil, a.Packet)); err != nil {
					t.Fatalf("sends %+v: %v", a.Packet, err)
				}
			}
			if !s.Running && s.Deadline != 0 || s.Running && s.Session == bfd.Up && s.DetectAt == 0 {
				t.Fatalf("%T leads to %+v", ev, s)
			}
			if next, _ := bfd.Step(cfg, s, s.Deadline-1, bfd.Tick{}); next != s {
				t.Fatalf("a tick before the deadline changes the state")
			}
		}
	})
}
