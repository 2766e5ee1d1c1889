package engine

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// TestRFC9568_7_1_UnknownVRIDIsNotHeard: ../testdata names it.
func TestRFC9568_7_1_UnknownVRIDIsNotHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, newHost(&segment{}, "10.0.0.1"), Options{})
		r.Configure([]Instance{front(100)})
		time.Sleep(time.Second)
		for _, vrid := range []uint8{0, 50, 52} {
			src := netip.MustParseAddr("10.0.0.66")
			p := wire.Packet{Version: 2, VRID: vrid, Priority: 254, Interval: time.Second, Addresses: parse("192.0.2.10")}
			r.hears(datagram{Src: src, Dst: wire.GroupIPv4, TTL: 255, Payload: wire.Append(nil, p, src, wire.GroupIPv4)})
		}
		synctest.Wait()
		if s := r.status(t, "front"); s.Counters.Received != 0 || s.MasterPriority != 0 {
			t.Errorf("%+v", s)
		}
	})
}
