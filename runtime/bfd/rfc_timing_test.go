package bfd_test

import (
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/bfd"
)

// Sections 6.8.3 and 6.8.7: when intervals change, and what they come to.

func TestRFC5880_6_8_3_OnePollAfterAnother(t *testing.T) {
	b := up(t)
	b.cfg.MinTX = 200 * ms
	b.feed(bfd.Reconfigured{})
	b.cfg.MinTX = 300 * ms
	b.feed(bfd.Reconfigured{}).tick()
	equal(t, "min TX while the first is under way", b.sent().MinTX, 200*ms)
	final := peer(bfd.Up)
	final.Final = true
	b.hear(final)
	b.hear(final).tick() // the answer to a repeated Poll
	equal(t, "min TX before a packet without F", b.sent().MinTX, 200*ms)
	equal(t, "poll then", b.sent().Poll, false)
	b.hear(peer(bfd.Up)).tick()
	equal(t, "min TX of the second sequence", b.sent().MinTX, 300*ms)
	equal(t, "poll of the second sequence", b.sent().Poll, true)
	equal(t, "interval until its final", b.s.Interval, 200*ms)
}

func TestRFC5880_6_8_3_SlowerTXWaitsForFinal(t *testing.T) {
	b := up(t)
	b.cfg.MinTX = 500 * ms
	b.feed(bfd.Reconfigured{}).is(bfd.Up).tick()
	equal(t, "announced", b.sent().MinTX, 500*ms)
	equal(t, "interval", b.s.Interval, 100*ms)
	p := peer(bfd.Up)
	p.Final = true
	b.hear(p)
	equal(t, "interval after the final", b.s.Interval, 500*ms)
}

func TestRFC5880_6_8_3_FasterTXCountsAtOnce(t *testing.T) {
	b := up(t)
	b.cfg.MinTX = 20 * ms
	p := peer(bfd.Up)
	p.MinRX = 20 * ms
	b.hear(p).feed(bfd.Reconfigured{})
	equal(t, "polling", b.s.Polling, true)
	equal(t, "interval", b.s.Interval, 20*ms)
}

func TestRFC5880_6_8_3_ShorterRXWaitsForFinal(t *testing.T) {
	b := up(t)
	b.cfg.MinRX = 20 * ms
	p := peer(bfd.Up)
	p.MinTX = 20 * ms
	b.feed(bfd.Reconfigured{}).hear(p)
	equal(t, "announced", b.s.MinRX, 20*ms)
	equal(t, "detection time", b.s.Detect, 500*ms)
	p.Final = true
	b.hear(p)
	equal(t, "detection time after the final", b.s.Detect, 100*ms)
}

func TestRFC5880_6_8_3_LongerRXCountsAtOnce(t *testing.T) {
	b := up(t)
	b.cfg.MinRX = 400 * ms
	b.feed(bfd.Reconfigured{})
	equal(t, "detection time", b.s.Detect, 2*time.Second)
	equal(t, "deadline of detection", b.s.DetectAt, b.now+2*time.Second)
}

func TestRFC5880_6_8_3_SlowWhileNotUp(t *testing.T) {
	b := start(t)
	equal(t, "min TX", b.sent().MinTX, time.Second)
	b.cfg.IdleTX = time.Millisecond // out of range
	b.feed(bfd.Reconfigured{})
	equal(t, "min TX at least", b.s.MinTX, time.Second)
	b.cfg.IdleTX = 3 * time.Second // fact 19.2
	b.feed(bfd.Reconfigured{})
	equal(t, "min TX with idle_tx", b.s.MinTX, 3*time.Second)
	equal(t, "interval", b.s.Interval, 3*time.Second) // fact 19.3
	equal(t, "polling while not Up", b.s.Polling, false)
}

func TestRFC5880_6_8_3_SlowAgainAfterUp(t *testing.T) {
	b := up(t).hear(peer(bfd.Down)).is(bfd.Down)
	equal(t, "min TX sent", b.sent().MinTX, time.Second)
	equal(t, "interval", b.s.Interval, time.Second)
}

func TestRFC5880_6_8_3_PeersShorterRXIsHonouredAtOnce(t *testing.T) {
	b := up(t)
	p := peer(bfd.Up)
	p.MinRX = 10 * time.Second
	b.hear(p)
	p.MinRX = 100 * ms
	b.after(ms).hear(p)
	if wait := b.s.SendAt - b.s.SentAt; wait > 100*ms {
		t.Errorf("the next packet comes %v after the last", wait)
	}
}

func TestRFC5880_6_8_7_SlowerSideDecides(t *testing.T) {
	b := up(t)
	equal(t, "interval", b.s.Interval, 100*ms)
	p := peer(bfd.Up)
	p.MinRX = 700 * ms
	b.hear(p)
	equal(t, "interval with a slow peer", b.s.Interval, 700*ms)
}

// TestRFC5880_6_8_7_Jitter: within 75 to 90 % always, which suits multiplier 1
// too, and both ends are reached.
func TestRFC5880_6_8_7_Jitter(t *testing.T) {
	b := up(t)
	b.cfg.Multiplier = 1
	least, most := time.Hour, time.Duration(0)
	for range 10000 {
		at := b.s.SendAt
		if b.s.DetectAt <= at {
			b.hear(peer(bfd.Up))
		}
		b.tick()
		wait := b.s.SendAt - b.now
		least, most = min(least, wait), max(most, wait)
	}
	if least < 75*ms || least > 76*ms || most > 90*ms || most < 89*ms {
		t.Errorf("intervals from %v to %v, want 75 ms to 90 ms", least, most)
	}
}
