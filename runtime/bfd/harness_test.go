package bfd_test

import (
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/bfd"
)

const ms = time.Millisecond

// bench is one session and what it did last.
type bench struct {
	t    *testing.T
	cfg  bfd.Config
	s    bfd.State
	now  time.Duration
	acts []bfd.Action
}

func newBench(t *testing.T) *bench {
	return &bench{t: t, now: time.Hour, cfg: bfd.Config{Discriminator: 7, MinTX: 100 * ms, MinRX: 100 * ms, IdleTX: time.Second, Multiplier: 3}}
}

func (b *bench) feed(ev bfd.Event) *bench {
	b.t.Helper()
	b.s, b.acts = bfd.Step(b.cfg, b.s, b.now, ev)
	return b
}

// start begins in Down.
func start(t *testing.T) *bench { t.Helper(); return newBench(t).feed(bfd.Start{Seed: 1}) }

// peer is a packet of the other side, at its fast rate.
func peer(s bfd.SessionState) bfd.Packet {
	p := bfd.Packet{State: s, Multiplier: 5, MyDisc: 9, YourDisc: 7, MinTX: 100 * ms, MinRX: 100 * ms}
	if s == bfd.Down {
		p.YourDisc = 0
	}
	return p
}

func (b *bench) hear(p bfd.Packet) *bench { b.t.Helper(); return b.feed(bfd.Receive{Packet: p}) }

// initial is a session in Init, up one in Up whose first poll sequence is over.
func initial(t *testing.T) *bench { t.Helper(); return start(t).hear(peer(bfd.Down)).is(bfd.Init) }

func up(t *testing.T) *bench {
	t.Helper()
	b := start(t).hear(peer(bfd.Init))
	final := peer(bfd.Up)
	final.Final = true
	b.hear(final).hear(peer(bfd.Up)).is(bfd.Up)
	if b.s.Polling || b.s.Settling {
		t.Fatalf("the poll sequence is not over: %+v", b.s)
	}
	return b
}

func (b *bench) is(want bfd.SessionState) *bench {
	b.t.Helper()
	if b.s.Session != want {
		b.t.Errorf("is %s, want %s", b.s.Session, want)
	}
	return b
}

// after lets time pass.
func (b *bench) after(d time.Duration) *bench { b.now += d; return b }

// tick goes to the next deadline.
func (b *bench) tick() *bench {
	b.t.Helper()
	if b.s.Deadline == 0 {
		b.t.Fatalf("no deadline: %+v", b.s)
	}
	b.now = max(b.now, b.s.Deadline)
	return b.feed(bfd.Tick{})
}

// sent gives the only packet of the last event.
func (b *bench) sent() bfd.Packet {
	b.t.Helper()
	var all []bfd.Packet
	for _, a := range b.acts {
		if a.Kind == bfd.Send {
			all = append(all, a.Packet)
		}
	}
	if len(all) != 1 {
		b.t.Fatalf("%d packets sent, want 1: %+v", len(all), b.acts)
	}
	return all[0]
}

func (b *bench) silent() *bench {
	b.t.Helper()
	for _, a := range b.acts {
		if a.Kind == bfd.Send {
			b.t.Errorf("sent %+v", a.Packet)
		}
	}
	return b
}

// reported compares the reports of the last event.
func (b *bench) reported(want ...bool) *bench {
	b.t.Helper()
	var got []bool
	for _, a := range b.acts {
		if a.Kind == bfd.Report {
			got = append(got, a.Up)
		}
	}
	if len(got) != len(want) || len(got) > 0 && got[0] != want[0] {
		b.t.Errorf("reported %v, want %v", got, want)
	}
	return b
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}
