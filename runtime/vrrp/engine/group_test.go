package engine

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// both is a sync group of two instances.
func both(priority uint8, sync string) []Instance {
	f, b := front(priority), front(priority)
	b.Name, b.Config.VRID, b.Advertised = "back", 52, parse("192.0.2.20")
	f.Sync, b.Sync = sync, sync
	return []Instance{f, b}
}

func wantRoles(t *testing.T, r *rig, front, back vrrp.Role) {
	t.Helper()
	f, b := r.status(t, "front"), r.status(t, "back")
	if f.Role != front || b.Role != back {
		t.Errorf("front %s, want %s; back %s, want %s", f.Role, front, b.Role, back)
	}
}

// TestSyncGroup: a fault of one moves both (facts 11.1 to 11.4), and a member
// that leaves the group is free at once (fact 11.9).
func TestSyncGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seg := &segment{}
		a, b := newRig(t, newHost(seg, "10.0.0.1"), Options{}), newRig(t, newHost(seg, "10.0.0.2"), Options{})
		a.Configure(both(150, "site"))
		b.Configure(both(100, "site"))
		time.Sleep(10 * time.Second)
		wantRoles(t, a, vrrp.Master, vrrp.Master)
		wantRoles(t, b, vrrp.Backup, vrrp.Backup)
		a.SetFault("front", vrrp.FaultTracker, true)
		time.Sleep(2 * time.Second)
		wantRoles(t, a, vrrp.Fault, vrrp.Fault)
		wantRoles(t, b, vrrp.Master, vrrp.Master)
		if s := a.status(t, "back"); s.LastCause != "sync group" || s.Counters.PriorityZeroSent != 1 || s.Counters.ReleasedMaster != 1 {
			t.Errorf("%+v", s)
		}
		a.Configure(both(150, ""))
		time.Sleep(10 * time.Second)
		wantRoles(t, a, vrrp.Fault, vrrp.Master) // preempts alone
		wantRoles(t, b, vrrp.Backup, vrrp.Backup)
		if err := b.Release(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestRegroupKeepsMaster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newRig(t, newHost(&segment{}, "10.0.0.1"), Options{})
		a.Configure(both(150, "")[:1])
		time.Sleep(10 * time.Second)
		a.heard()
		a.Configure(both(150, "site"))
		time.Sleep(10 * time.Second)
		wantHeard(t, a, "back BACKUP: start", "back MASTER: no advert from a master")
		a.Configure(both(150, "site")[1:])
		time.Sleep(10 * time.Second)
		wantHeard(t, a, "front BACKUP: shutdown", "front INIT: removed from configuration")
		s := a.status(t, "back")
		if s.Role != vrrp.Master {
			t.Errorf("back is %s", s.Role)
		}
	})
}

func TestFailoverOnRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t)
		a.Failover("front")
		time.Sleep(5 * time.Second)
		wantHeard(t, a, "front BACKUP: failover on request")
		wantHeard(t, b, "front MASTER: master released")
		if s := a.status(t, "front"); !s.StandsBack || s.Leaving {
			t.Errorf("%+v", s)
		}
		a.Lead("front", true)
		time.Sleep(5 * time.Second)
		if s := a.status(t, "front"); s.Role != vrrp.Master || s.Priority != 254 || !s.Led || s.StandsBack {
			t.Errorf("%+v", s)
		}
	})
}

func TestStartDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, newHost(&segment{}, "10.0.0.1"), Options{})
		spec := front(255)
		spec.StartDelay = 10 * time.Second
		r.Configure([]Instance{spec})
		time.Sleep(9 * time.Second)
		wantHeard(t, r)
		if s := r.status(t, "front"); !s.Delayed {
			t.Errorf("%+v", s)
		}
		time.Sleep(2 * time.Second)
		wantHeard(t, r, "front MASTER: address owner")
	})
}

// TestRival: ten thousand adverts of another master are one episode, and a few answers.
func TestRival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var met []Rival
		r := newRig(t, newHost(&segment{}, "10.0.0.1"), Options{Rival: func(m Rival) { met = append(met, m) }})
		r.Configure([]Instance{front(150)})
		time.Sleep(10 * time.Second)
		src := netip.MustParseAddr("10.0.0.66")
		p := wire.Packet{Version: 2, VRID: 51, Priority: 100, Interval: time.Second, Addresses: parse("192.0.2.10")}
		pdu := wire.Append(nil, p, src, wire.GroupIPv4)
		before := r.status(t, "front").Counters.Sent
		for range 1000 {
			for range 10 {
				r.hears(datagram{Src: src, Dst: wire.GroupIPv4, TTL: wire.TTL, Payload: slices.Clone(pdu)})
			}
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		s := r.status(t, "front")
		if s.Counters.Received != 10000 || s.Counters.Rivals != 1 || s.Counters.Sent-before > 6 {
			t.Errorf("%+v", s.Counters)
		}
		if len(met) != 1 || met[0].Peer != src || met[0].Yielded {
			t.Errorf("%+v", met)
		}
	})
}

// TestGroupDeadlines: a member that makes the others master moves the
// deadlines of those that the turn has looked at before it.
func TestGroupDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, newHost(&segment{}, "10.0.0.1"), Options{})
		r.block = make(chan struct{}) // no Applied wakes the loop
		defer close(r.block)
		list := both(100, "site")
		for i, every := range []time.Duration{100 * time.Millisecond, time.Second} {
			list[i].Config.Version, list[i].Config.Interval = 3, every
		}
		r.Configure(list)
		time.Sleep(5 * time.Second)
		sent, times := r.port().history()
		var front []time.Time
		for n, what := range sent {
			if what == "51/100" {
				front = append(front, times[n])
			}
		}
		for n := 1; n < len(front); n++ {
			if d := front[n].Sub(front[n-1]); d != 100*time.Millisecond {
				t.Fatalf("advert %d after %s", n, d)
			}
		}
		if len(front) < 10 {
			t.Errorf("%d adverts", len(front))
		}
	})
}
