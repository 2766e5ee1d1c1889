package vrrp_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

// One test per requirement of the state machines: RFC 9568 section 6.4 (v3)
// and RFC 3768 section 6.4 (v2).  Requirements about ARP, ND and forwarding
// belong to the owner of the addresses and are not here.

var (
	lower  = netip.MustParseAddr("10.0.0.1")
	own    = netip.MustParseAddr("10.0.0.2")
	higher = netip.MustParseAddr("10.0.0.3")
)

// bench is one instance and what it said last.
type bench struct {
	t    *testing.T
	cfg  vrrp.Config
	s    vrrp.State
	now  time.Duration
	acts []vrrp.Action
}

func newBench(t *testing.T, version, priority uint8) *bench {
	return &bench{t: t, now: time.Hour, cfg: vrrp.Config{
		Version: version, VRID: 1, Priority: priority, Interval: time.Second, Preempt: true, Source: own,
	}}
}

func newBackup(t *testing.T, version uint8) *bench {
	b := newBench(t, version, 100)
	b.feed(vrrp.Start{})
	return b
}

func newMaster(t *testing.T, version uint8) *bench {
	b := newBackup(t, version)
	b.tick()
	b.feed(vrrp.Applied{Role: vrrp.Master})
	return b
}

func (b *bench) feed(ev vrrp.Event) *bench {
	b.t.Helper()
	b.s, b.acts = vrrp.Step(b.cfg, b.s, b.now, ev)
	return b
}

// tick goes to the next deadline.
func (b *bench) tick() *bench {
	b.t.Helper()
	if b.s.Deadline == 0 {
		b.t.Fatalf("no deadline in %s", b.s.Role)
	}
	b.now = b.s.Deadline
	return b.feed(vrrp.Tick{})
}

func (b *bench) advert(priority uint8, from netip.Addr) *bench {
	b.t.Helper()
	return b.feed(vrrp.Advert{Priority: priority, Interval: time.Second, From: from})
}

func (b *bench) is(r vrrp.Role) *bench {
	b.t.Helper()
	if b.s.Role != r {
		b.t.Errorf("is %s, want %s", b.s.Role, r)
	}
	return b
}

// said compares the actions of the last event with their printed form; those
// that tell of a rival have a test of their own.
func (b *bench) said(want ...string) *bench {
	b.t.Helper()
	var got []string
	for _, a := range b.acts {
		if a.Kind != vrrp.Rival {
			got = append(got, a.String())
		}
	}
	if !slices.Equal(got, want) {
		b.t.Errorf("actions %q, want %q", got, want)
	}
	return b
}

// wakes compares the time to the deadline.
func (b *bench) wakes(in time.Duration) *bench {
	b.t.Helper()
	if got := b.s.Deadline - b.now; got != in {
		b.t.Errorf("deadline in %s, want %s", got, in)
	}
	return b
}

const (
	down2 = 3*time.Second + 609375*time.Microsecond // v2, priority 100, 1 s
	down3 = 3*time.Second + 609375*time.Microsecond // v3, the same at 1 s
	skew  = 609375 * time.Microsecond
)

func TestRFC9568_6_4_1_StartOfOwnerIsActive(t *testing.T) {
	newBench(t, 3, 255).feed(vrrp.Start{}).is(vrrp.Master).
		said("advert priority=255", "report MASTER: address owner").wakes(time.Second)
}

func TestRFC9568_6_4_1_StartOfOtherIsBackup(t *testing.T) {
	b := newBench(t, 3, 100).feed(vrrp.Start{}).is(vrrp.Backup).said("report BACKUP: start").wakes(down3)
	if b.s.MasterInterval != b.cfg.Interval {
		t.Error("Active_Adver_Interval is not the own Advertisement_Interval")
	}
}

func TestRFC9568_6_4_2_ShutdownOfBackupIsSilent(t *testing.T) {
	newBackup(t, 3).feed(vrrp.Shutdown{}).is(vrrp.Init).said()
}

func TestRFC9568_6_4_2_ActiveDownTimerFires(t *testing.T) {
	newBackup(t, 3).tick().is(vrrp.Master).
		said("advert priority=100", "report MASTER: no advert from a master").wakes(time.Second)
}

func TestRFC9568_6_4_2_PriorityZeroSetsSkewTime(t *testing.T) {
	newBackup(t, 3).advert(0, lower).is(vrrp.Backup).said().wakes(skew)
}

func TestRFC9568_6_4_2_PreemptFalseAcceptsLowerPriority(t *testing.T) {
	b := newBackup(t, 3)
	b.cfg.Preempt = false
	b.now += time.Second
	b.advert(1, lower).is(vrrp.Backup).said().wakes(down3)
}

func TestRFC9568_6_4_2_EqualPriorityRestartsTimer(t *testing.T) {
	for _, from := range []netip.Addr{lower, higher} {
		b := newBackup(t, 3)
		b.now += time.Second
		b.advert(100, from).is(vrrp.Backup).said().wakes(down3)
	}
}

func TestRFC9568_6_4_2_LearnsActiveAdverInterval(t *testing.T) {
	b := newBackup(t, 3)
	b.feed(vrrp.Advert{Priority: 200, Interval: 100 * time.Millisecond, From: lower})
	// Skew_Time and Active_Down_Interval follow: 156 * 10 cs * 625/16 us.
	b.is(vrrp.Backup).wakes(300*time.Millisecond + 60937*time.Microsecond)
	if b.s.MasterInterval != 100*time.Millisecond {
		t.Errorf("learned %s", b.s.MasterInterval)
	}
}

func TestRFC9568_6_4_2_LowerPriorityIsDiscarded(t *testing.T) {
	b := newBackup(t, 3)
	b.now += time.Second
	b.feed(vrrp.Advert{Priority: 99, Interval: 40 * time.Second, From: higher})
	b.is(vrrp.Backup).said().wakes(down3 - time.Second)
	if b.s.MasterInterval != time.Second {
		t.Error("learned from a discarded advert")
	}
}

func TestRFC9568_6_4_3_ShutdownSendsPriorityZero(t *testing.T) {
	newMaster(t, 3).feed(vrrp.Shutdown{Now: true}).is(vrrp.Init).said("advert priority=0", "report BACKUP: shutdown")
	// It ends once a successor has spoken: make before break.
	newMaster(t, 3).feed(vrrp.Shutdown{}).said("advert priority=0").wakes(1100 * time.Millisecond).
		tick().is(vrrp.Init).said("report BACKUP: shutdown, no successor was heard")
}

func TestRFC9568_6_4_3_AdverTimerFires(t *testing.T) {
	b := newMaster(t, 3)
	for range 3 {
		b.tick().is(vrrp.Master).said("advert priority=100").wakes(time.Second)
	}
}

func TestRFC9568_6_4_3_PriorityZeroIsAnsweredAtOnce(t *testing.T) {
	b := newMaster(t, 3)
	b.now += 300 * time.Millisecond
	b.advert(0, higher).is(vrrp.Master).said("advert priority=100").wakes(time.Second)
}

func TestRFC9568_6_4_3_HigherPriorityMakesBackup(t *testing.T) {
	b := newMaster(t, 3)
	b.feed(vrrp.Advert{Priority: 101, Interval: 500 * time.Millisecond, From: lower})
	// The timer is that of the new Active Router's interval.
	b.is(vrrp.Backup).said("report BACKUP: advert with higher priority").wakes(1500*time.Millisecond + 304687*time.Microsecond)
}

func TestRFC9568_6_4_3_EqualPriorityHigherAddressMakesBackup(t *testing.T) {
	newMaster(t, 3).advert(100, higher).is(vrrp.Backup).
		said("report BACKUP: advert with equal priority and higher address").wakes(down3)
}

func TestRFC9568_6_4_3_EqualPriorityLowerAddressIsAnswered(t *testing.T) {
	newMaster(t, 3).advert(100, lower).is(vrrp.Master).said("advert priority=100", "announce (lower)")
}

func TestRFC9568_6_4_3_LowerPriorityIsAnswered(t *testing.T) {
	b := newMaster(t, 3)
	b.now += 300 * time.Millisecond
	// The advert timer is left alone: no packet moves it (fact 4.9).
	b.advert(99, higher).is(vrrp.Master).said("advert priority=100", "announce (lower)").wakes(700 * time.Millisecond)
}

func TestRFC9568_7_1_OwnerMayDiscard(t *testing.T) {
	b := newBench(t, 3, 255)
	b.cfg.OwnerIgnores = true
	b.feed(vrrp.Start{}).advert(255, higher).is(vrrp.Master).said()
}

func TestRFC3768_6_4_1_StartOfOwnerIsMaster(t *testing.T) {
	newBench(t, 2, 255).feed(vrrp.Start{}).is(vrrp.Master).
		said("advert priority=255", "report MASTER: address owner").wakes(time.Second)
}

func TestRFC3768_6_4_1_StartOfOtherIsBackup(t *testing.T) {
	newBench(t, 2, 100).feed(vrrp.Start{}).is(vrrp.Backup).said("report BACKUP: start").wakes(down2)
}

func TestRFC3768_6_4_2_ShutdownOfBackupIsSilent(t *testing.T) {
	newBackup(t, 2).feed(vrrp.Shutdown{}).is(vrrp.Init).said()
}

func TestRFC3768_6_4_2_MasterDownTimerFires(t *testing.T) {
	newBackup(t, 2).tick().is(vrrp.Master).
		said("advert priority=100", "report MASTER: no advert from a master").wakes(time.Second)
}

func TestRFC3768_6_4_2_PriorityZeroSetsSkewTime(t *testing.T) {
	newBackup(t, 2).advert(0, lower).is(vrrp.Backup).said().wakes(skew)
}

func TestRFC3768_6_4_2_PreemptFalseAcceptsLowerPriority(t *testing.T) {
	b := newBackup(t, 2)
	b.cfg.Preempt = false
	b.now += time.Second
	b.advert(1, lower).is(vrrp.Backup).said().wakes(down2)
}

func TestRFC3768_6_4_2_EqualOrHigherPriorityRestartsTimer(t *testing.T) {
	for _, p := range []uint8{100, 101, 255} {
		b := newBackup(t, 2)
		b.now += time.Second
		b.advert(p, lower).is(vrrp.Backup).said().wakes(down2)
	}
}

func TestRFC3768_6_4_2_IntervalIsNotLearned(t *testing.T) {
	b := newBackup(t, 2)
	b.feed(vrrp.Advert{Priority: 200, Interval: 9 * time.Second, From: lower}).wakes(down2)
}

func TestRFC3768_6_4_2_LowerPriorityIsDiscarded(t *testing.T) {
	b := newBackup(t, 2)
	b.now += time.Second
	b.advert(99, higher).is(vrrp.Backup).said().wakes(down2 - time.Second)
}

func TestRFC3768_6_4_3_ShutdownSendsPriorityZero(t *testing.T) {
	newMaster(t, 2).feed(vrrp.Shutdown{}).said("advert priority=0").advert(90, lower).wakes(50 * time.Millisecond).
		tick().is(vrrp.Init).said("report BACKUP: shutdown, a successor was heard")
}

func TestRFC3768_6_4_3_AdverTimerFires(t *testing.T) {
	newMaster(t, 2).tick().is(vrrp.Master).said("advert priority=100").wakes(time.Second)
}

func TestRFC3768_6_4_3_PriorityZeroIsAnsweredAtOnce(t *testing.T) {
	b := newMaster(t, 2)
	b.now += 300 * time.Millisecond
	b.advert(0, higher).is(vrrp.Master).said("advert priority=100").wakes(time.Second)
}

func TestRFC3768_6_4_3_HigherPriorityMakesBackup(t *testing.T) {
	newMaster(t, 2).advert(101, lower).is(vrrp.Backup).said("report BACKUP: advert with higher priority").wakes(down2)
}

func TestRFC3768_6_4_3_EqualPriorityHigherAddressMakesBackup(t *testing.T) {
	newMaster(t, 2).advert(100, higher).is(vrrp.Backup).
		said("report BACKUP: advert with equal priority and higher address").wakes(down2)
}

func TestRFC3768_6_4_3_OtherAdvertsLeaveMaster(t *testing.T) {
	b := newMaster(t, 2)
	b.cfg.QuietLower = true // RFC 3768 discards in silence
	b.advert(100, lower).is(vrrp.Master).said("announce (lower)")
	b.now += 250 * time.Millisecond // answers are limited
	b.advert(99, higher).is(vrrp.Master).said("announce (lower)")
}
