package wire_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// Demands of the RFCs that vectors and rejections do not show; the tables that
// name these tests are in ../testdata.

func TestRFC9568_5_2_6_ReserveIsZeroAndIgnored(t *testing.T) {
	src, dst := netip.MustParseAddr("192.168.0.30"), wire.GroupIPv4
	longest := wire.Packet{Version: 3, VRID: 1, Priority: 100, Interval: 40950 * time.Millisecond, Addresses: addrs("192.168.0.1")}
	for _, interval := range []time.Duration{0, longest.Interval, time.Hour} {
		p := longest
		p.Interval = interval
		if b := wire.Append(nil, p, src, dst); b[4]&0xf0 != 0 {
			t.Errorf("interval %s: reserved bits %x", interval, b[4]>>4)
		}
	}
	b := wire.Append(nil, longest, src, dst)
	b[4] |= 0xf0
	sum := uint32(b[6])<<8 | uint32(b[7]) // the sum of ones' complements: take off what was added
	sum += 0xffff - 0xf000
	sum = sum&0xffff + sum>>16
	b[6], b[7] = byte(sum>>8), byte(sum)
	if p, err := wire.Parse(b, src, dst); err != nil || p.Interval != longest.Interval {
		t.Errorf("with reserved bits: %s, %v", p.Interval, err)
	}
}

func TestRFC9568_5_2_9_OneFamily(t *testing.T) {
	p := wire.Packet{Version: 3, VRID: 1, Priority: 100, Interval: time.Second, Addresses: addrs("192.168.0.1", "fe80::a")}
	for _, way := range []struct{ src, dst, want string }{{"192.168.0.30", "224.0.0.18", "192.168.0.1"}, {"fe80::1", "ff02::12", "fe80::a"}} {
		src, dst := netip.MustParseAddr(way.src), netip.MustParseAddr(way.dst)
		got, err := wire.Parse(wire.Append(nil, p, src, dst), src, dst)
		if err != nil || len(got.Addresses) != 1 || got.Addresses[0].String() != way.want {
			t.Errorf("from %s: %v, %v", src, got.Addresses, err)
		}
	}
}

func TestRFC3768_5_3_10_AuthDataIsIgnored(t *testing.T) {
	p := wire.Packet{Version: 2, VRID: 1, Priority: 100, Interval: time.Second, AuthData: wire.PassAuth("left")}
	e := wire.Expect{Version: 2, Interval: time.Second}
	if err := e.Check(&p); err != nil {
		t.Error(err)
	}
}
