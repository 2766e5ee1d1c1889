package vrrp_test

import (
	"fmt"
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

// TestReachableInvariants walks one instance through random events.
func TestReachableInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := vrrp.Config{
			Version: uint8(rapid.IntRange(2, 3).Draw(t, "version")), Priority: uint8(rapid.IntRange(1, 255).Draw(t, "priority")),
			Interval: time.Second, Preempt: rapid.Bool().Draw(t, "preempt"), AnnounceDelay: 5 * time.Second,
			Source: netip.MustParseAddr("10.0.0.100"),
		}
		var s vrrp.State
		now, role := time.Duration(0), vrrp.Init
		for range 40 {
			now += time.Duration(rapid.Int64Range(0, int64(3*time.Second)).Draw(t, "pause"))
			ev := anyEvent.Draw(t, "event")
			var acts []vrrp.Action
			before := s
			s, acts = vrrp.Step(c, s, now, ev)
			for _, a := range acts {
				switch {
				case a.Kind == vrrp.Report:
					role = a.Role
				case a.Kind == vrrp.Announce && !s.Applied:
					t.Fatalf("%T in %+v: announced before applied", ev, before)
				case a.Kind == vrrp.SendAdvert && a.Priority > 0 && before.Role != vrrp.Master && s.Role != vrrp.Master:
					t.Fatalf("%T in %+v: advert from no master", ev, before)
				}
			}
			switch {
			case s.Role == vrrp.Fault != (s.Faults != 0) && s.Role != vrrp.Init:
				t.Fatalf("%s with faults %s", s.Role, s.Faults)
			case (s.Role == vrrp.Master || s.Role == vrrp.Backup) && s.Deadline == 0:
				t.Fatalf("%s without a deadline: it would wait for ever", s.Role)
			case (s.Role == vrrp.Master && s.LeaveAt == 0) != (s.AdvertAt != 0):
				t.Fatalf("%s with advert timer %s", s.Role, s.AdvertAt)
			case role != s.Role && s.Role != vrrp.Init && !s.Held:
				t.Fatalf("%T: is %s, last reported %s", ev, s.Role, role)
			case s.LeaveAt != 0 && s.Role != vrrp.Master:
				t.Fatalf("%s that hands over", s.Role)
			case s.Wants:
				t.Fatal("waits for a group that it is not in")
			case s.Role == vrrp.Init && role == vrrp.Master:
				t.Fatal("shut down without a report")
			case s.Priority == 0 && s.Role != vrrp.Init:
				t.Fatal("effective priority 0")
			}
		}
	})
}

// TestOneMasterAfterHeal: whatever happened before, once the link works and
// nothing changes any more there is exactly one master within the bound: the
// longest master-down time, and one more interval for what is under way.
func TestOneMasterAfterHeal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLAN()
		version := uint8(rapid.IntRange(2, 3).Draw(t, "version"))
		for i := range rapid.IntRange(2, 5).Draw(t, "nodes") {
			c := vrrp.Config{
				Version: version, VRID: 1, Priority: uint8(rapid.IntRange(1, 255).Draw(t, "priority")),
				Interval: time.Second, Preempt: rapid.Bool().Draw(t, "preempt"), AnnounceDelay: 5 * time.Second,
			}
			if version == 3 {
				c.Interval = time.Duration(rapid.IntRange(10, 200).Draw(t, "cs")) * 10 * time.Millisecond
			}
			l.feed(l.add(fmt.Sprint("n", i), c), vrrp.Start{})
		}
		// Trouble: loss, cuts, faults, restarts.
		loss := rapid.IntRange(0, 100).Draw(t, "loss %")
		dice := uint32(rapid.Uint32().Draw(t, "dice"))
		l.lost = func(_, _ *node) bool {
			dice = dice*1664525 + 1013904223
			return int(dice>>16)%100 < loss
		}
		for range rapid.IntRange(0, 10).Draw(t, "troubles") {
			n := l.nodes[rapid.IntRange(0, len(l.nodes)-1).Draw(t, "node")]
			switch rapid.IntRange(0, 5).Draw(t, "trouble") {
			case 0:
				l.feed(n, vrrp.FaultChange{Bit: vrrp.FaultLink, On: true})
			case 1:
				l.feed(n, vrrp.PriorityChange{Effective: rapid.IntRange(0, 300).Draw(t, "priority")})
			case 2:
				delete(l.frozen, n.name)
				n.state = vrrp.State{}
				l.feed(n, vrrp.Start{Held: n.held})
			case 3:
				n.broken = !n.broken
			case 4:
				l.frozen[n.name] = true
			case 5:
				delete(l.frozen, n.name)
			}
			l.run(time.Duration(rapid.IntRange(0, 5000).Draw(t, "ms")) * time.Millisecond)
		}
		// Heal.
		l.lost = nil
		clear(l.frozen)
		var bound time.Duration
		for _, n := range l.nodes {
			n.broken = false
			l.feed(n, vrrp.FaultChange{Bit: vrrp.FaultLink})
			l.feed(n, vrrp.Reconfigured{}) // restarts nobody's wait, shows that a reload does no harm
		}
		for _, n := range l.nodes {
			bound = max(bound, n.cfg.MasterDown(1, 2*time.Second))
		}
		// An instance whose addresses could not be set waits for its retry; and
		// a wait may begin anew once, when a yielding owner or a learned
		// interval is given up.
		bound = 3*bound + time.Minute
		l.run(bound)
		if m := l.masters(); len(m) != 1 {
			t.Fatalf("%d masters after %s: %v\n%s", len(m), bound, m, l.show())
		}
		// And it stays.
		first := l.masters()[0]
		l.run(10 * time.Second)
		if m := l.masters(); len(m) != 1 || m[0] != first {
			t.Fatalf("master changed from %s to %v\n%s", first, m, l.show())
		}
	})
}
