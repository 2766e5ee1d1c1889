package vrrp_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

// TestGroupOfOneIsAppend holds for any state, reachable or not.
func TestGroupOfOneIsAppend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, s, now, ev := anyConfig.Draw(t, "config"), anyState.Draw(t, "state"), anyDuration.Draw(t, "now"), anyEvent.Draw(t, "event")
		want, acts := vrrp.Step(c, s, now, ev)
		got := vrrp.AppendGroup(nil, []vrrp.Member{{Config: &c, State: &s}}, now, 0, ev)
		if s != want || fmt.Sprint(got) != fmt.Sprint(acts) {
			t.Fatalf("\n%+v %v\n%+v %v", s, got, want, acts)
		}
	})
}

// TestGroupAgrees walks a group through random events: whatever happens, its
// masters are all or none once every member has taken part.
func TestGroupAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		configs, states := make([]vrrp.Config, rapid.IntRange(2, 4).Draw(t, "members")), make([]vrrp.State, 4)
		var group []vrrp.Member
		for i := range configs {
			configs[i] = vrrp.Config{Version: 2, Priority: uint8(rapid.IntRange(1, 255).Draw(t, "priority")), Interval: time.Second, Source: own}
			group = append(group, vrrp.Member{Config: &configs[i], State: &states[i]})
		}
		now := time.Duration(1)
		for i := range group {
			vrrp.AppendGroup(nil, group, now, i, vrrp.Start{})
		}
		for range 40 {
			now += time.Duration(rapid.Int64Range(0, int64(3*time.Second)).Draw(t, "pause"))
			at, ev := rapid.IntRange(0, len(group)-1).Draw(t, "at"), anyEvent.Draw(t, "event")
			if _, ok := ev.(vrrp.Start); ok {
				continue // a member that comes back is a newcomer
			}
			acts := vrrp.AppendGroup(nil, group, now, at, ev)
			masters, ended, faults, pending := 0, 0, 0, false
			for i := range group {
				s := &states[i]
				switch {
				case s.Releasing:
					ended++
				case s.Role == vrrp.Master:
					masters++
				case s.Role == vrrp.Fault:
					faults++
				}
				pending = pending || s.LeaveAt != 0
			}
			switch running := len(group) - ended; {
			case pending || masters == 0 && (faults == 0 || faults == running) || masters == running:
			default:
				t.Fatalf("%T at %d: %d masters and %d at fault of %d\n%v\n%+v", ev, at, masters, faults, running, acts, states[:len(group)])
			}
		}
	})
}

// TestNewcomerWaitsForItsTracker: it holds back nobody who is master.
func TestNewcomerWaitsForItsTracker(t *testing.T) {
	l := newLAN()
	a, b := l.add("a", vrrp.Config{Version: 2, Priority: 100}), l.add("b", vrrp.Config{Version: 2, Priority: 100})
	a.link, b.link = "left", "right"
	l.feed(a, vrrp.Start{})
	l.run(5 * time.Second)
	a.group = []*node{a, b}
	b.group = a.group
	l.feed(b, vrrp.FaultChange{Bit: vrrp.FaultPending, On: true})
	l.feed(b, vrrp.Start{})
	l.run(5 * time.Second)
	if a.state.Role != vrrp.Master || b.state.Role != vrrp.Fault {
		t.Fatalf("%s and %s", a.state.Role, b.state.Role)
	}
	l.feed(b, vrrp.FaultChange{Bit: vrrp.FaultPending})
	l.run(5 * time.Second)
	if a.state.Role != vrrp.Master || b.state.Role != vrrp.Master || a.sent == 0 {
		t.Fatalf("%s and %s", a.state.Role, b.state.Role)
	}
}

func BenchmarkGroupAdvert(b *testing.B) {
	c := vrrp.Config{Version: 3, Priority: 100, Interval: time.Second, Source: own}
	var s [8]vrrp.State
	var group []vrrp.Member
	var acts []vrrp.Action
	for i := range s {
		group = append(group, vrrp.Member{Config: &c, State: &s[i]})
	}
	for i := range s {
		acts = vrrp.AppendGroup(acts, group, 1, i, vrrp.Start{})
	}
	b.ReportAllocs()
	for b.Loop() {
		acts = vrrp.AppendGroup(acts[:0], group, 2, 3, vrrp.Advert{Priority: 150, Interval: time.Second, From: higher})
	}
}
