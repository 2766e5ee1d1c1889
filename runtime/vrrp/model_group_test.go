package vrrp_test

import (
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

// TestGroupStallsBeforeRegrouping: whatever event finds the stall of one
// member, the others follow.
func TestGroupStallsBeforeRegrouping(t *testing.T) {
	group, _ := twoMasters(t)
	now := group[0].State.AdvertAt + (group[0].State.Down+group[1].State.Down)/2
	vrrp.AppendGroup(nil, group, now, 0, vrrp.Regrouped{})
	if err := agreed(group); err != nil {
		t.Error(err)
	}
}

// TestGroupStallsInHandOver: a failover that finds nobody, in a daemon that
// was stopped for longer than the master-down time of one member only.
func TestGroupStallsInHandOver(t *testing.T) {
	group, now := twoMasters(t)
	vrrp.AppendGroup(nil, group, now, 0, vrrp.Failover{})
	now = group[0].State.LeaveAt + (group[0].State.Down+group[1].State.Down)/2
	for i := range group {
		vrrp.AppendGroup(nil, group, now, i, vrrp.Tick{})
	}
	if err := agreed(group); err != nil {
		t.Error(err)
	}
}

// TestGroupAtFaultEndsInSilence: the end of the member at fault is not the
// recovery of the others.
func TestGroupAtFaultEndsInSilence(t *testing.T) {
	configs := []vrrp.Config{router(2, 255), router(2, 255)}
	var states [2]vrrp.State
	group := []vrrp.Member{{Config: &configs[0], State: &states[0]}, {Config: &configs[1], State: &states[1]}}
	for i := range group {
		vrrp.AppendGroup(nil, group, time.Hour, i, vrrp.Start{})
	}
	vrrp.AppendGroup(nil, group, time.Hour, 0, vrrp.FaultChange{Bit: vrrp.FaultLink, On: true})
	if states[1].Role != vrrp.Fault {
		t.Fatal(states[1].Role)
	}
	if acts := vrrp.AppendGroup(nil, group, time.Hour, 0, vrrp.Shutdown{}); len(acts) > 0 {
		t.Error(acts)
	}
}

// twoMasters is a sync group whose members have different master-down times.
func twoMasters(t *testing.T) (group []vrrp.Member, now time.Duration) {
	configs := []vrrp.Config{router(2, 250), router(2, 1)}
	var states [2]vrrp.State
	group = []vrrp.Member{{Config: &configs[0], State: &states[0]}, {Config: &configs[1], State: &states[1]}}
	now = time.Hour
	for i := range group {
		vrrp.AppendGroup(nil, group, now, i, vrrp.Start{})
	}
	now += 5 * time.Second
	for i := range group {
		vrrp.AppendGroup(nil, group, now, i, vrrp.Tick{})
	}
	if states[0].Role != vrrp.Master || states[1].Role != vrrp.Master {
		t.Fatalf("%s and %s", states[0].Role, states[1].Role)
	}
	return group, now
}
