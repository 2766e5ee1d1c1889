package vrrp_test

import (
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

func TestTimers(t *testing.T) {
	for _, tc := range []struct {
		name       string
		c          vrrp.Config
		priority   uint8
		master     time.Duration
		skew, down time.Duration
	}{
		{"fact 5.3: v2 priority 101", vrrp.Config{Version: 2, Interval: time.Second}, 101, 0,
			605468 * time.Microsecond, 3605468 * time.Microsecond},
		{"v2: skew does not grow with the interval", vrrp.Config{Version: 2, Interval: 10 * time.Second}, 101, 0,
			605468 * time.Microsecond, 30605468 * time.Microsecond},
		{"v2: never learns", vrrp.Config{Version: 2, Interval: time.Second}, 254, 9 * time.Second,
			7812 * time.Microsecond, 3007812 * time.Microsecond},
		{"v3: skew is a part of the interval", vrrp.Config{Version: 3, Interval: time.Second}, 101, 100 * time.Millisecond,
			60546 * time.Microsecond, 360546 * time.Microsecond},
		{"v3: longest", vrrp.Config{Version: 3}, 1, 40950 * time.Millisecond,
			40790039 * time.Microsecond, 163640039 * time.Microsecond},
		{"v3: shortest", vrrp.Config{Version: 3}, 254, 10 * time.Millisecond, 78 * time.Microsecond, 30078 * time.Microsecond},
		{"owner", vrrp.Config{Version: 2, Interval: time.Second}, 255, 0, 3906 * time.Microsecond, 3003906 * time.Microsecond},
		{"down_timer_adverts", vrrp.Config{Version: 2, Interval: time.Second, DownAdverts: 5}, 254, 0,
			7812 * time.Microsecond, 5007812 * time.Microsecond},
	} {
		if got := tc.c.Skew(tc.priority, tc.master); got != tc.skew {
			t.Errorf("%s: skew %s, want %s", tc.name, got, tc.skew)
		}
		if got := tc.c.MasterDown(tc.priority, tc.master); got != tc.down {
			t.Errorf("%s: master-down %s, want %s", tc.name, got, tc.down)
		}
	}
}

// TestEffectivePriority is fact 8.1.
func TestEffectivePriority(t *testing.T) {
	for _, tc := range []struct {
		base uint8
		to   int
		want uint8
	}{
		{100, 150, 150}, {100, 300, 254}, {100, 255, 254}, {100, 0, 1}, {100, -1 << 62, 1}, {100, 1<<63 - 1, 254}, {255, 10, 255},
	} {
		b := newBench(t, 2, tc.base).feed(vrrp.Start{}).feed(vrrp.PriorityChange{Effective: tc.to})
		if b.s.Priority != tc.want {
			t.Errorf("base %d, total %d: %d, want %d", tc.base, tc.to, b.s.Priority, tc.want)
		}
	}
}

func TestPriorityChangeBeforeStart(t *testing.T) {
	b := newBench(t, 2, 100).feed(vrrp.PriorityChange{Effective: 120}).feed(vrrp.Start{})
	if b.s.Priority != 120 {
		t.Errorf("priority %d", b.s.Priority)
	}
}

// TestPriorityChangeShiftsExpiry is fact 5.7.
func TestPriorityChangeShiftsExpiry(t *testing.T) {
	b := newBackup(t, 2)
	b.now += time.Second
	b.feed(vrrp.PriorityChange{Effective: 228}).said().wakes(down2 - time.Second - 500*time.Millisecond)
	b.feed(vrrp.PriorityChange{Effective: 100}).wakes(down2 - time.Second)
	b.now += down2 - 1200*time.Millisecond // 0.2 s are left, the change takes 0.5 s
	b.feed(vrrp.PriorityChange{Effective: 228}).wakes(0)
	b.feed(vrrp.Tick{}).is(vrrp.Master)
}

// TestReconfiguredMovesBase: trackers' adjustment survives a changed base.
func TestReconfiguredMovesBase(t *testing.T) {
	b := newMaster(t, 2).feed(vrrp.PriorityChange{Effective: 80})
	b.cfg.Priority = 150
	b.feed(vrrp.Reconfigured{}).is(vrrp.Master).said("advert priority=130")
	b.cfg.Interval = 5 * time.Second
	b.feed(vrrp.Reconfigured{}).is(vrrp.Master).said("advert priority=130")
	b.now += time.Second
	b.feed(vrrp.Tick{}).said()
}

func TestReconfiguredToOwner(t *testing.T) {
	b := newBackup(t, 2)
	b.cfg.Priority = 255
	b.feed(vrrp.Reconfigured{}).is(vrrp.Master).said("advert priority=255", "report MASTER: address owner")
}

// TestReconfiguredInterval: the wait of a backup follows its new interval,
// counted from the same moment.
func TestReconfiguredInterval(t *testing.T) {
	b := newBackup(t, 2)
	b.now += time.Second
	b.cfg.Interval = 2 * time.Second
	b.feed(vrrp.Reconfigured{}).is(vrrp.Backup).wakes(down2 + 3*time.Second - time.Second)
}

func TestHeld(t *testing.T) {
	held := func() *bench {
		return newBench(t, 2, 100).feed(vrrp.Start{Held: true}).said().wakes(time.Second + skew)
	}
	t.Run("silence", func(t *testing.T) {
		held().tick().is(vrrp.Master).said("advert priority=100", "report MASTER: addresses held at start, no other master heard")
	})
	t.Run("higher claim", func(t *testing.T) {
		held().advert(101, lower).is(vrrp.Backup).said("report BACKUP: another master heard at start").wakes(down2)
	})
	t.Run("equal claim", func(t *testing.T) {
		held().advert(100, lower).is(vrrp.Backup).said("report BACKUP: another master heard at start").wakes(down2)
	})
	t.Run("lower claim", func(t *testing.T) {
		held().advert(99, lower).said().wakes(time.Second + skew).tick().is(vrrp.Master)
	})
	t.Run("lower claim, no preempt", func(t *testing.T) {
		b := held()
		b.cfg.Preempt = false
		b.advert(99, lower).is(vrrp.Backup).said("report BACKUP: another master heard at start")
	})
	t.Run("fault", func(t *testing.T) {
		held().feed(vrrp.FaultChange{Bit: vrrp.FaultLink, On: true}).is(vrrp.Fault).said("report FAULT: interface down")
	})
	t.Run("shutdown", func(t *testing.T) {
		held().feed(vrrp.Shutdown{}).is(vrrp.Init).said("report BACKUP: shutdown")
	})
	t.Run("owner", func(t *testing.T) {
		newBench(t, 2, 255).feed(vrrp.Start{Held: true}).is(vrrp.Master)
	})
}

// TestFaultBits is fact 7: the first enters, the last leaves.
func TestFaultBits(t *testing.T) {
	b := newMaster(t, 2)
	b.feed(vrrp.FaultChange{Bit: vrrp.FaultTracker, On: true}).is(vrrp.Fault).
		said("advert priority=0", "report FAULT: tracker")
	b.feed(vrrp.FaultChange{Bit: vrrp.FaultLink, On: true}).said()
	b.feed(vrrp.FaultChange{Bit: vrrp.FaultTracker}).is(vrrp.Fault).said()
	b.advert(200, higher).is(vrrp.Fault).said() // fact 4.3
	b.feed(vrrp.FaultChange{Bit: vrrp.FaultLink}).is(vrrp.Backup).said("report BACKUP: fault cleared").wakes(down2)
}

func TestFaultOfOwner(t *testing.T) {
	b := newBench(t, 2, 255).feed(vrrp.FaultChange{Bit: vrrp.FaultLink, On: true}).said()
	b.feed(vrrp.Start{}).is(vrrp.Fault).said("report FAULT: interface down")
	b.feed(vrrp.FaultChange{Bit: vrrp.FaultLink}).is(vrrp.Master).said("advert priority=255", "report MASTER: address owner")
}

func TestFaultForgetsLearnedInterval(t *testing.T) {
	b := newBackup(t, 3).feed(vrrp.Advert{Priority: 200, Interval: 100 * time.Millisecond, From: lower})
	b.feed(vrrp.FaultChange{Bit: vrrp.FaultLink, On: true}).feed(vrrp.FaultChange{Bit: vrrp.FaultLink}).wakes(down3) // fact 5.2
}

func TestApplyFailed(t *testing.T) {
	b := newBackup(t, 2).tick().feed(vrrp.ApplyFailed{Role: vrrp.Master}).is(vrrp.Fault).
		said("advert priority=0", "report FAULT: apply failed").wakes(down2)
	b.tick().is(vrrp.Backup).said("report BACKUP: retry after apply failed").wakes(down2)
	b.tick().feed(vrrp.ApplyFailed{Role: vrrp.Master}).wakes(2 * down2)
	for range 10 {
		b.tick().tick().feed(vrrp.ApplyFailed{Role: vrrp.Master})
	}
	b.wakes(time.Minute)
	b.feed(vrrp.FaultChange{Bit: vrrp.FaultLink, On: true}).wakes(time.Minute)
	b.feed(vrrp.FaultChange{Bit: vrrp.FaultLink}).is(vrrp.Fault).wakes(time.Minute)
	b.tick().tick().feed(vrrp.Applied{Role: vrrp.Master}).said("announce")
	b.feed(vrrp.ApplyFailed{Role: vrrp.Master}).wakes(down2)
}

func TestLateWordIsIgnored(t *testing.T) {
	b := newBackup(t, 2)
	before := b.s
	for _, ev := range []vrrp.Event{vrrp.Applied{Role: vrrp.Master}, vrrp.ApplyFailed{Role: vrrp.Master},
		vrrp.Applied{Role: vrrp.Backup}, vrrp.ApplyFailed{Role: vrrp.Backup}} {
		if b.feed(ev).said(); b.s != before {
			t.Errorf("%T changed a backup", ev)
		}
	}
}

// TestAnnounce is fact 12.2: after Applied, again after the delay, then refreshed.
func TestAnnounce(t *testing.T) {
	b := newBackup(t, 2)
	b.cfg.AnnounceDelay, b.cfg.AnnounceRefresh, b.cfg.Interval = 5*time.Second, 7*time.Second, 100*time.Second
	b.now += b.s.ElectAt - b.now
	b.feed(vrrp.Tick{}).said("advert priority=100", "report MASTER: no advert from a master")
	b.feed(vrrp.Applied{Role: vrrp.Master}).said("announce").wakes(5 * time.Second)
	b.tick().said("announce (again)").wakes(7 * time.Second)
	b.tick().said("announce (refresh)").wakes(7 * time.Second)
	b.feed(vrrp.Applied{Role: vrrp.Master}).said("announce").wakes(5 * time.Second) // after a repair
	b.advert(200, lower).is(vrrp.Backup).tick().is(vrrp.Master)                     // fact 12.3
}

func TestAdvertBeforeAppliedIsNotAnnounced(t *testing.T) {
	newBackup(t, 2).tick().advert(99, lower).said("advert priority=100")
}

// TestStall: a master that wakes too late listens before it speaks, whatever
// wakes it; a backup does not take over from adverts that it could not read.
func TestStall(t *testing.T) {
	for _, ev := range []vrrp.Event{vrrp.Tick{}, vrrp.Advert{Priority: 99, From: lower}, vrrp.PriorityChange{Effective: 100},
		vrrp.Reconfigured{}, vrrp.Applied{Role: vrrp.Master}} {
		b := newMaster(t, 2)
		b.now = b.s.AdvertAt + down2 + 1
		b.feed(ev).is(vrrp.Backup).said("report BACKUP: stalled longer than the master-down time").wakes(down2)
	}
	b := newMaster(t, 2)
	b.now = b.s.AdvertAt + down2
	b.feed(vrrp.Tick{}).is(vrrp.Master).said("advert priority=100")
	b = newBackup(t, 2)
	b.now = b.s.ElectAt + down2 + 1
	b.feed(vrrp.Tick{}).is(vrrp.Backup).said().wakes(down2).tick().is(vrrp.Master)
}

func TestOwnPacketIsIgnored(t *testing.T) {
	newMaster(t, 2).advert(0, own).said().advert(200, own).is(vrrp.Master).said()
}

func TestShutdownIsFinal(t *testing.T) {
	b := newMaster(t, 2).feed(vrrp.Shutdown{}).tick()
	for _, ev := range []vrrp.Event{vrrp.Tick{}, vrrp.Advert{From: lower}, vrrp.FaultChange{Bit: vrrp.FaultLink}, vrrp.Shutdown{}} {
		b.feed(ev).is(vrrp.Init).said()
	}
	b.feed(vrrp.Start{}).is(vrrp.Backup)
}

func TestLastWord(t *testing.T) {
	b := newMaster(t, 2)
	b.cfg.AdvertOnYield = true
	b.advert(101, lower).said("advert priority=100", "report BACKUP: advert with higher priority")
}

func BenchmarkStep(b *testing.B) {
	c := vrrp.Config{Version: 2, Priority: 100, Interval: time.Second, Source: own}
	var acts []vrrp.Action
	s, acts := vrrp.Append(acts, c, vrrp.State{}, 1, vrrp.Start{})
	b.ReportAllocs()
	for b.Loop() {
		s, acts = vrrp.Append(acts[:0], c, s, s.Deadline, vrrp.Tick{})
	}
}

func BenchmarkAdvert(b *testing.B) {
	c := vrrp.Config{Version: 3, Priority: 100, Interval: time.Second, Source: own}
	s, acts := vrrp.Append(nil, c, vrrp.State{}, 1, vrrp.Start{})
	b.ReportAllocs()
	for b.Loop() {
		s, acts = vrrp.Append(acts[:0], c, s, 2, vrrp.Advert{Priority: 150, Interval: time.Second, From: higher})
	}
}
