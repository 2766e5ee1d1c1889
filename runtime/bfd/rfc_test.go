package bfd_test

import (
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/bfd"
)

// One test per requirement of RFC 5880; testdata/rfc5880.tsv names them all.

func TestRFC5880_6_1_ActiveSpeaksFirst(t *testing.T) {
	p := start(t).sent()
	equal(t, "state", p.State, bfd.Down)
	equal(t, "your discriminator", p.YourDisc, 0)
}

func TestRFC5880_6_1_PassiveWaits(t *testing.T) {
	b := newBench(t)
	b.cfg.Passive = true
	b.feed(bfd.Start{}).silent()
	equal(t, "deadline", b.s.Deadline, 0)
	p := peer(bfd.Down)
	p.MinTX = time.Second
	b.hear(p).is(bfd.Init)
	equal(t, "your discriminator", b.sent().YourDisc, 9)
	b.tick()
	equal(t, "state of the periodic packet", b.sent().State, bfd.Init)
	b.after(time.Minute).tick().is(bfd.Down).silent()
	equal(t, "deadline after silence", b.s.Deadline, 0)
}

// TestRFC5880_6_2_StateMachine is the whole table, section 6.8.6 included.
func TestRFC5880_6_2_StateMachine(t *testing.T) {
	states := map[bfd.SessionState]func(*testing.T) *bench{bfd.Down: start, bfd.Init: initial, bfd.Up: up}
	for _, c := range []struct {
		from, heard, to bfd.SessionState
		diag            bfd.Diag
		report          []bool
	}{
		{bfd.Down, bfd.AdminDown, bfd.Down, 0, nil},
		{bfd.Down, bfd.Down, bfd.Init, 0, nil},
		{bfd.Down, bfd.Init, bfd.Up, 0, []bool{true}},
		{bfd.Down, bfd.Up, bfd.Down, 0, nil},
		{bfd.Init, bfd.AdminDown, bfd.Down, bfd.DiagSignal, nil},
		{bfd.Init, bfd.Down, bfd.Init, 0, nil},
		{bfd.Init, bfd.Init, bfd.Up, 0, []bool{true}},
		{bfd.Init, bfd.Up, bfd.Up, 0, []bool{true}},
		{bfd.Up, bfd.AdminDown, bfd.Down, bfd.DiagSignal, nil}, // fact 19.8
		{bfd.Up, bfd.Down, bfd.Down, bfd.DiagSignal, []bool{false}},
		{bfd.Up, bfd.Init, bfd.Up, 0, nil},
		{bfd.Up, bfd.Up, bfd.Up, 0, nil},
	} {
		t.Run(c.from.String()+" hears "+c.heard.String(), func(t *testing.T) {
			b := states[c.from](t).hear(peer(c.heard)).is(c.to).reported(c.report...)
			equal(t, "diagnostic", b.s.Diag, c.diag)
			equal(t, "remote state", b.s.RemoteState, c.heard)
			equal(t, "remote discriminator", b.s.RemoteDisc, 9)
			if c.from == c.to {
				b.silent()
				return
			}
			p := b.sent() // section 6.8.7: a change is told at once
			equal(t, "state sent", p.State, c.to)
			equal(t, "diagnostic sent", p.Diag, c.diag)
		})
	}
}

func TestRFC5880_6_8_4_SilenceIsDown(t *testing.T) {
	for name, from := range map[string]func(*testing.T) *bench{"Init": initial, "Up": up} {
		t.Run(name, func(t *testing.T) {
			b := from(t)
			heard := b.now
			want := 5 * 100 * ms // the peer's multiplier, max(own min_rx, its min_tx): fact 19.5
			equal(t, "detection time", b.s.Detect, want)
			for b.s.Session != bfd.Down {
				b.tick()
			}
			equal(t, "silence", b.now-heard, want)
			equal(t, "diagnostic", b.s.Diag, bfd.DiagTime)
			equal(t, "remote discriminator", b.s.RemoteDisc, 0)
			equal(t, "remote min_rx", b.s.RemoteMinRX, time.Microsecond)
			p := b.sent()
			equal(t, "state sent", p.State, bfd.Down)
			equal(t, "your discriminator sent", p.YourDisc, 0)
			if name == "Up" {
				b.reported(false)
			}
		})
	}
}

func TestRFC5880_6_8_4_SlowerPeerAndSlowerOwn(t *testing.T) {
	b := up(t)
	p := peer(bfd.Up)
	p.MinTX, p.Multiplier = 300*ms, 4
	b.hear(p)
	equal(t, "detection time after the peer's min_tx", b.s.Detect, 1200*ms)
	p.MinTX = 10 * ms
	b.hear(p)
	equal(t, "detection time after the own min_rx", b.s.Detect, 400*ms)
}

func TestRFC5880_6_8_1_InitialValues(t *testing.T) {
	b := start(t).is(bfd.Down)
	equal(t, "remote state", b.s.RemoteState, bfd.Down)
	equal(t, "remote discriminator", b.s.RemoteDisc, 0)
	equal(t, "diagnostic", b.s.Diag, bfd.DiagNone)
	equal(t, "desired min TX", b.s.MinTX, time.Second)
	equal(t, "remote min RX", b.s.RemoteMinRX, time.Microsecond)
	equal(t, "remote demand", b.s.RemoteDemand, false)
}

func TestRFC5880_6_8_1_PeerIsForgottenInDown(t *testing.T) {
	b := start(t).hear(peer(bfd.Up)).is(bfd.Down)
	equal(t, "remote discriminator", b.s.RemoteDisc, 9)
	b.after(time.Minute).feed(bfd.Tick{})
	equal(t, "remote discriminator after silence", b.s.RemoteDisc, 0)
}

func TestRFC5880_6_5_PollIsAnsweredAtOnce(t *testing.T) {
	b := up(t)
	before := b.s.SendAt
	p := peer(bfd.Up)
	p.Poll = true
	b.hear(p)
	equal(t, "final", b.sent().Final, true)
	equal(t, "poll", b.sent().Poll, false)
	equal(t, "next periodic packet", b.s.SendAt, before)
}

func TestRFC5880_6_5_PollUntilFinal(t *testing.T) {
	b := start(t).hear(peer(bfd.Init)).is(bfd.Up) // from 1 s to 100 ms
	equal(t, "poll of the first packet", b.sent().Poll, true)
	b.hear(peer(bfd.Up)).silent() // polls go with periodic packets only
	b.tick()
	equal(t, "poll of the second", b.sent().Poll, true)
	p := peer(bfd.Up)
	p.Final = true
	b.hear(p).silent().tick()
	equal(t, "poll after the final", b.sent().Poll, false)
}

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

func TestRFC5880_6_8_7_PeerWantsNothing(t *testing.T) {
	b := up(t)
	p := peer(bfd.Up)
	p.MinRX = 0
	b.hear(p)
	equal(t, "next periodic packet", b.s.SendAt, 0)
	p.Poll = true
	b.hear(p)
	equal(t, "final all the same", b.sent().Final, true)
	b.hear(peer(bfd.Up))
	if b.s.SendAt == 0 {
		t.Error("it stays silent")
	}
}

func TestRFC5880_6_8_7_PeerInDemandMode(t *testing.T) {
	b := up(t)
	p := peer(bfd.Up)
	p.Demand = true
	b.hear(p)
	equal(t, "next periodic packet", b.s.SendAt, 0)
	b.cfg.MinTX = 50 * ms
	b.feed(bfd.Reconfigured{})
	if b.s.SendAt == 0 {
		t.Error("no poll is sent")
	}
	p.Final = true
	b.hear(p)
	equal(t, "next periodic packet after the poll", b.s.SendAt, 0)
	b.hear(peer(bfd.Up))
	if b.s.SendAt == 0 {
		t.Error("silent although the peer left demand mode")
	}
}

func TestRFC5880_6_8_7_Contents(t *testing.T) {
	b := up(t)
	b.tick()
	equal(t, "packet", b.sent(), bfd.Packet{State: bfd.Up, Multiplier: 3, MyDisc: 7, YourDisc: 9, MinTX: 100 * ms, MinRX: 100 * ms})
}

func TestRFC5880_6_8_12_MultiplierNeedsNoPoll(t *testing.T) {
	b := up(t)
	b.cfg.Multiplier = 9
	b.feed(bfd.Reconfigured{}).tick()
	equal(t, "multiplier", b.sent().Multiplier, 9)
	equal(t, "poll", b.sent().Poll, false)
}

func TestRFC5880_6_8_16_RemovedIsAdminDown(t *testing.T) {
	b := up(t).feed(bfd.Remove{}).reported()
	equal(t, "state", b.sent().State, bfd.AdminDown)
	equal(t, "diagnostic", b.sent().Diag, bfd.DiagByAdmin)
	equal(t, "deadline", b.s.Deadline, 0)
	b.hear(peer(bfd.Down)).is(bfd.AdminDown).silent()
}

// TestStopIsDown: a node that stops working must not be spared by AdminDown.
func TestStopIsDown(t *testing.T) {
	b := up(t).feed(bfd.Stop{}).reported()
	equal(t, "state", b.sent().State, bfd.Down)
	equal(t, "diagnostic", b.sent().Diag, bfd.DiagByAdmin)
	equal(t, "deadline", b.s.Deadline, 0)
	start(t).feed(bfd.Stop{}).silent() // nobody waits for it
}

func TestReportAfterAdminDown(t *testing.T) {
	up(t).hear(peer(bfd.AdminDown)).reported().hear(peer(bfd.Down)).hear(peer(bfd.Up)).is(bfd.Up).reported(true)
}
