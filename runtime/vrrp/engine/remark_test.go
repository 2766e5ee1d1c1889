package engine

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// TestRemarks: a changed priority and an advert of lower priority are told,
// the latter once a second at most.
func TestRemarks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []Remark
		r := newRig(t, newHost(&segment{}, "10.0.0.1"), Options{Remark: func(f Fact) {
			if got = append(got, f.Remark); f.Instance != "front" || f.Priority == 0 {
				t.Errorf("%+v", f)
			}
		}})
		r.Configure([]Instance{front(150)})
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if len(got) != 0 {
			t.Errorf("roles alone: %v", got)
		}
		r.SetPriority("front", 200)
		r.SetPriority("front", 200) // no change
		synctest.Wait()
		if want := []Remark{PriorityChanged}; !slices.Equal(got, want) {
			t.Errorf("priority: %v, want %v", got, want)
		}
		got = nil
		src := netip.MustParseAddr("10.0.0.66")
		p := wire.Packet{Version: 2, VRID: 51, Priority: 100, Interval: time.Second, Addresses: parse("192.0.2.10")}
		for range 20 {
			r.hears(datagram{Src: src, Dst: wire.GroupIPv4, TTL: 255, Payload: wire.Append(nil, p, src, wire.GroupIPv4)})
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		if want := []Remark{LowerHeard, LowerHeard}; !slices.Equal(got, want) {
			t.Errorf("20 lower adverts in 2 s: %v, want %v", got, want)
		}
	})
}
