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
