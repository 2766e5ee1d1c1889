package vrrp_test

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

var (
	anyDuration = rapid.Custom(func(t *rapid.T) time.Duration {
		if rapid.IntRange(0, 9).Draw(t, "wild") == 0 {
			return time.Duration(rapid.Int64().Draw(t, "any"))
		}
		return time.Duration(rapid.Int64Range(0, int64(20*time.Second)).Draw(t, "near"))
	})
	anyAddr = rapid.Custom(func(t *rapid.T) netip.Addr {
		if rapid.IntRange(0, 9).Draw(t, "none") == 0 {
			return netip.Addr{}
		}
		return netip.AddrFrom4([4]byte{10, 0, 0, rapid.Byte().Draw(t, "host")})
	})
	anyRole   = rapid.Custom(func(t *rapid.T) vrrp.Role { return vrrp.Role(rapid.IntRange(0, 5).Draw(t, "role")) })
	anyConfig = rapid.Custom(func(t *rapid.T) vrrp.Config {
		return vrrp.Config{
			Version: rapid.Byte().Draw(t, "version"), VRID: 1, Priority: rapid.Byte().Draw(t, "priority"),
			Interval: anyDuration.Draw(t, "interval"), DownAdverts: rapid.Int().Draw(t, "adverts"),
			Preempt: rapid.Bool().Draw(t, "preempt"), PreemptDelay: anyDuration.Draw(t, "delay"),
			Source: anyAddr.Draw(t, "source"), AnnounceDelay: anyDuration.Draw(t, "announce"),
			AnnounceRefresh: anyDuration.Draw(t, "refresh"), QuietLower: rapid.Bool().Draw(t, "quiet"),
			AdvertOnYield: rapid.Bool().Draw(t, "last word"), OwnerIgnores: rapid.Bool().Draw(t, "deaf"),
			LowerDelay: anyDuration.Draw(t, "lower delay"), NoLowerAnnounce: rapid.Bool().Draw(t, "unannounced"),
		}
	})
	// anyState need not be reachable.
	anyState = rapid.Custom(func(t *rapid.T) vrrp.State {
		return vrrp.State{
			Role: anyRole.Draw(t, "state role"), Deadline: anyDuration.Draw(t, "deadline"),
			AdvertAt: anyDuration.Draw(t, "advert at"), ElectAt: anyDuration.Draw(t, "elect at"),
			AnnounceAt: anyDuration.Draw(t, "announce at"), Priority: rapid.Byte().Draw(t, "effective"),
			Adjust: rapid.Int().Draw(t, "adjust"), Faults: vrrp.FaultBit(rapid.Uint16().Draw(t, "faults")),
			MasterAddr: anyAddr.Draw(t, "master"), MasterInterval: anyDuration.Draw(t, "master interval"),
			Down: anyDuration.Draw(t, "down"), PreemptAt: anyDuration.Draw(t, "preempt at"),
			RivalAt: anyDuration.Draw(t, "rival at"), Asserts: rapid.Byte().Draw(t, "asserts"),
			Yielded: rapid.Bool().Draw(t, "yielded"), Held: rapid.Bool().Draw(t, "held"),
			Failures: rapid.Byte().Draw(t, "failures"), Releasing: rapid.Bool().Draw(t, "releasing"),
			LeaveAt: anyDuration.Draw(t, "leave at"), LowerAt: anyDuration.Draw(t, "lower at"),
			NotBefore: anyDuration.Draw(t, "not before"), Wants: rapid.Bool().Draw(t, "wants"),
			StandsBack: rapid.Bool().Draw(t, "stands back"), Led: rapid.Bool().Draw(t, "led"),
			Succeeded: rapid.Bool().Draw(t, "succeeded"), Heir: rapid.Bool().Draw(t, "heir"),
		}
	})
	anyEvent = rapid.Custom(func(t *rapid.T) vrrp.Event {
		switch rapid.IntRange(0, 12).Draw(t, "event") {
		case 0:
			return vrrp.Start{Held: rapid.Bool().Draw(t, "start held"), Delay: max(anyDuration.Draw(t, "start delay"), 0)}
		case 1:
			return vrrp.Tick{}
		case 2:
			return vrrp.PriorityChange{Effective: rapid.Int().Draw(t, "to")}
		case 3:
			return vrrp.FaultChange{Bit: vrrp.FaultBit(rapid.Uint16().Draw(t, "bit")), On: rapid.Bool().Draw(t, "on")}
		case 4:
			return vrrp.Applied{Role: anyRole.Draw(t, "applied")}
		case 5:
			return vrrp.ApplyFailed{Role: anyRole.Draw(t, "failed")}
		case 6:
			return vrrp.Shutdown{Now: rapid.Bool().Draw(t, "now")}
		case 7:
			return vrrp.Reconfigured{}
		case 8:
			return vrrp.Failover{}
		case 9:
			return vrrp.Lead{On: rapid.Bool().Draw(t, "lead")}
		case 10:
			return vrrp.Regrouped{}
		case 11:
			return nil // not an event of this package
		default:
			return vrrp.Advert{Priority: rapid.Byte().Draw(t, "advert"), Interval: anyDuration.Draw(t, "every"), From: anyAddr.Draw(t, "from")}
		}
	})
)

// TestStepIsTotal: no event in any state panics, and the answer is well formed.
func TestStepIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, s, now := anyConfig.Draw(t, "config"), anyState.Draw(t, "state"), anyDuration.Draw(t, "now")
		_, acts := vrrp.Step(c, s, now, anyEvent.Draw(t, "event"))
		for _, a := range acts {
			if a.Kind == vrrp.Report && (a.Role == vrrp.Init || a.Cause == "") {
				t.Fatalf("report of %s, cause %q", a.Role, a.Cause)
			}
			if a.String() == "no action" {
				t.Fatalf("%+v", a)
			}
		}
	})
}

// TestTickBeforeDeadlineChangesNothing holds for any state, reachable or not.
func TestTickBeforeDeadlineChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, s, now := anyConfig.Draw(t, "config"), anyState.Draw(t, "state"), anyDuration.Draw(t, "now")
		if s.Deadline != 0 && now >= s.Deadline {
			t.Skip("due")
		}
		if next, acts := vrrp.Step(c, s, now, vrrp.Tick{}); next != s || len(acts) > 0 {
			t.Fatalf("from %+v\nto   %+v\n%v", s, next, acts)
		}
	})
}

// TestReachableInvariants walks one instance through random events; the laws
// are those of the model.
func TestReachableInvariants(t *testing.T) { rapid.Check(t, oneWalk) }

// FuzzStep is the same walk, steered by coverage.  A walk takes some thousand
// bytes: the seeds are long enough for whole ones.
func FuzzStep(f *testing.F) {
	for seed := range byte(8) {
		long := make([]byte, 16<<10)
		rand.NewChaCha8([32]byte{seed}).Read(long)
		f.Add(long)
	}
	f.Fuzz(rapid.MakeFuzz(oneWalk))
}

func oneWalk(t *rapid.T) {
	c := vrrp.Config{
		Version: uint8(rapid.IntRange(2, 3).Draw(t, "version")), Priority: uint8(rapid.IntRange(1, 255).Draw(t, "priority")),
		Interval: time.Duration(rapid.IntRange(1, 300).Draw(t, "cs")) * 10 * time.Millisecond, Preempt: rapid.Bool().Draw(t, "preempt"),
		PreemptDelay:  time.Duration(rapid.IntRange(0, 3).Draw(t, "preempt delay")) * time.Second,
		AnnounceDelay: 5 * time.Second, LowerDelay: time.Second, AdvertOnYield: rapid.Bool().Draw(t, "last word"),
		OwnerIgnores: rapid.Bool().Draw(t, "deaf"), QuietLower: rapid.Bool().Draw(t, "quiet"),
	}
	w := newWorld(&setting{step: realCode, configs: []vrrp.Config{c}, trace: true})
	w.peers[0].up = true
	for range 40 {
		w.now += time.Duration(rapid.Int64Range(0, int64(3*time.Second)).Draw(t, "pause"))
		ev := anyEvent.Draw(t, "event")
		if _, ok := ev.(vrrp.Reconfigured); ok {
			w.configs[0].Priority = uint8(rapid.IntRange(1, 255).Draw(t, "new priority"))
		}
		if err := w.feed(0, ev); err != nil {
			t.Fatalf("%v\n%s", err, w.trail)
		}
	}
}
