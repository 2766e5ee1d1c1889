package wire_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

func addrs(list ...string) (out []netip.Addr) {
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var same = cmp.Options{cmpopts.EquateComparable(netip.Addr{}), cmpopts.EquateEmpty()}

// vectors are packets known from elsewhere, or summed by hand.
var vectors = []struct {
	name, src, dst, bytes string
	packet                wire.Packet
}{
	{
		// The two addresses are any whose sum fits the recorded checksum.
		name: "ok: v2 as recorded from keepalived (fact 3.2)",
		src:  "10.0.0.1", dst: "224.0.0.18",
		bytes:  "2105 6502 0001 65e4 0a000009 0a00000a 0000000000000000",
		packet: wire.Packet{Version: 2, VRID: 5, Priority: 101, Interval: time.Second, Addresses: addrs("10.0.0.9", "10.0.0.10")},
	},
	{
		name: "ok: v2 of a public capture",
		src:  "192.168.0.30", dst: "224.0.0.18",
		bytes:  "2101 6401 0001 ba52 c0a80001 0000000000000000",
		packet: wire.Packet{Version: 2, VRID: 1, Priority: 100, Interval: time.Second, Addresses: addrs("192.168.0.1")},
	},
	{
		name: "ok: v2 with password, whose bytes are summed too (fact 3.3)",
		src:  "192.168.0.30", dst: "224.0.0.18",
		bytes: "2101 6401 0101 f4ef c0a80001 6162630000000000",
		packet: wire.Packet{
			Version: 2, VRID: 1, Priority: 100, Interval: time.Second, Addresses: addrs("192.168.0.1"),
			AuthType: wire.AuthPass, AuthData: wire.PassAuth("abc"),
		},
	},
	{
		name: "ok: v3 over IPv4 with pseudo header (fact 3.5)",
		src:  "192.168.0.30", dst: "224.0.0.18",
		bytes:  "3101 6401 0064 089a c0a80001",
		packet: wire.Packet{Version: 3, VRID: 1, Priority: 100, Interval: time.Second, Addresses: addrs("192.168.0.1")},
	},
	{
		name: "ok: v3 over IPv4, checksum as v2",
		src:  "192.168.0.30", dst: "224.0.0.18",
		bytes:  "3101 6401 0064 a9ef c0a80001",
		packet: wire.Packet{Version: 3, VRID: 1, Priority: 100, Interval: time.Second, Addresses: addrs("192.168.0.1"), ChecksumAsV2: true},
	},
	{
		name: "ok: v3 over IPv4 unicast, summed over the group (fact 3.6)",
		src:  "192.168.0.30", dst: "192.168.0.31",
		bytes:  "3101 6401 0064 089a c0a80001",
		packet: wire.Packet{Version: 3, VRID: 1, Priority: 100, Interval: time.Second, Addresses: addrs("192.168.0.1"), OldUnicast: true},
	},
	{
		name: "ok: v3 over IPv6",
		src:  "fe80::1", dst: "ff02::12",
		bytes:  "3105 c801 000a 0a45 fe80000000000000000000000000000a",
		packet: wire.Packet{Version: 3, VRID: 5, Priority: 200, Interval: 100 * time.Millisecond, Addresses: addrs("fe80::a")},
	},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			src, dst, want := netip.MustParseAddr(v.src), netip.MustParseAddr(v.dst), unhex(t, v.bytes)
			if got := wire.Append(nil, v.packet, src, dst); !bytes.Equal(got, want) {
				t.Errorf("Append:\n got %x\nwant %x", got, want)
			}
			got := wire.Packet{ChecksumAsV2: v.packet.ChecksumAsV2, OldUnicast: true}
			if err := got.Decode(want, src, dst); err != nil {
				t.Fatalf("Decode: %v", err)
			}
			if d := cmp.Diff(v.packet, got, same); d != "" {
				t.Error("Decode (-want +got):\n", d)
			}
		})
	}
}

func TestParseRejects(t *testing.T) {
	const ok2 = "2101 6401 0001 ba52 c0a80001 0000000000000000"
	const ok3 = "3101 6401 0064 089a c0a80001"
	for _, tc := range []struct {
		name, src, bytes string
		want             wire.Reject
	}{
		{"bad: empty", "192.168.0.30", "", wire.Length},
		{"bad: header cut", "192.168.0.30", "3101 6401 0064 08", wire.Length},
		{"bad: v2 authentication bytes missing", "192.168.0.30", "2101 6401 0001 ba52 c0a80001", wire.Length},
		{"bad: v2 longer than its count", "192.168.0.30", ok2 + "00", wire.Length},
		{"bad: v3 with v2's trailer", "192.168.0.30", ok3 + "0000000000000000", wire.Length},
		{"bad: count larger than list", "192.168.0.30", "3101 6402 0064 0899 c0a80001", wire.Length},
		{"bad: version 1", "192.168.0.30", "1101 6401 0064 089a c0a80001", wire.Version},
		{"bad: version 2 over IPv6", "fe80::1", "2101 6400 0001 79fd 0000000000000000", wire.Version},
		{"bad: type 2", "192.168.0.30", "3201 6401 0064 079a c0a80001", wire.Type},
		{"bad: one bit of v2", "192.168.0.30", "2101 6501 0001 ba52 c0a80001 0000000000000000", wire.Checksum},
		{"bad: v3 from another source than summed", "192.168.0.31", ok3, wire.Checksum},
		{"bad: v3 without pseudo header unless allowed", "192.168.0.30", "3101 6401 0064 a9ef c0a80001", wire.Checksum},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := wire.Parse(unhex(t, tc.bytes), netip.MustParseAddr(tc.src), wire.GroupIPv4)
			if !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

// TestExpect goes through the rows of fact 4.6 that need the configuration.
func TestExpect(t *testing.T) {
	pass := wire.Expect{Version: 2, Interval: time.Second, AuthType: wire.AuthPass, AuthData: wire.PassAuth("secret")}
	v2 := wire.Packet{Version: 2, Interval: time.Second, AuthType: wire.AuthPass, AuthData: wire.PassAuth("secret")}
	for _, tc := range []struct {
		name string
		exp  wire.Expect
		edit func(*wire.Packet)
		want error
	}{
		{"ok: v2 with password", pass, func(*wire.Packet) {}, nil},
		{"bad: row d, version", pass, func(p *wire.Packet) { p.Version = 3 }, wire.Version},
		{"bad: row f, unknown type", pass, func(p *wire.Packet) { p.AuthType = 7 }, wire.AuthUnknown},
		{"bad: row g, other type", pass, func(p *wire.Packet) { p.AuthType = wire.AuthNone }, wire.AuthMismatch},
		{"bad: row h, password", pass, func(p *wire.Packet) { p.AuthData[7]++ }, wire.AuthFailure},
		{"bad: row j, v2 interval", pass, func(p *wire.Packet) { p.Interval *= 2 }, wire.Interval},
		{"ok: row m, v3 interval", wire.Expect{Version: 3, Interval: time.Second},
			func(p *wire.Packet) { *p = wire.Packet{Version: 3, Interval: time.Minute} }, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := v2
			tc.edit(&p)
			if got := tc.exp.Check(&p); !errors.Is(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestSameAddresses(t *testing.T) {
	want := &wire.Packet{Addresses: addrs("10.0.0.1", "10.0.0.2")}
	for _, tc := range []struct {
		name string
		got  []netip.Addr
		same bool
	}{
		{"ok: equal", addrs("10.0.0.1", "10.0.0.2"), true},
		{"ok: other order", addrs("10.0.0.2", "10.0.0.1"), true},
		{"bad: one missing", addrs("10.0.0.2"), false},
		{"bad: one different", addrs("10.0.0.2", "10.0.0.3"), false},
	} {
		if p := (wire.Packet{Addresses: tc.got}); p.SameAddresses(want) != tc.same {
			t.Errorf("%s: got %v", tc.name, !tc.same)
		}
	}
}

func TestIPv4Header(t *testing.T) {
	src := netip.MustParseAddr("192.168.0.30")
	path := wire.Path{Src: src, Dst: wire.GroupIPv4}
	b := path.AppendHeader(nil, wire.Protocol, 20)
	want := unhex(t, "45c0 0028 0000 0000 ff70 0000 c0a8001e e0000012")
	want[10], want[11] = b[10], b[11]
	if !bytes.Equal(b, want) {
		t.Errorf("fact 3.1:\n got %x\nwant %x", b, want)
	}
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		sum += uint32(b[i])<<8 | uint32(b[i+1])
	}
	if sum%0xffff != 0 {
		t.Errorf("header checksum wrong: %x", b)
	}
	padded := append(append(b, make([]byte, 20)...), 0xee, 0xee) // Ethernet padding, fact 4.6b
	h, payload, err := wire.ParseIPv4(padded)
	if err != nil || len(payload) != 20 || h != (wire.IPv4{Src: src, Dst: wire.GroupIPv4, TTL: 255, Protocol: wire.Protocol}) {
		t.Errorf("ParseIPv4: %+v, %d bytes, %v", h, len(payload), err)
	}
	if _, _, err := wire.ParseIPv4(padded[:30]); !errors.Is(err, wire.Length) {
		t.Errorf("bad: cut packet: %v", err)
	}
	if wire.NextID(0) != 1 || wire.NextID(65535) != 1 {
		t.Error("an identification of 0 leaves the choice to the kernel")
	}
}

func genPacket(t *rapid.T) (wire.Packet, netip.Addr, netip.Addr) {
	p := wire.Packet{VRID: rapid.Byte().Draw(t, "vrid"), Priority: rapid.Byte().Draw(t, "priority"), Version: 3}
	v4 := rapid.Bool().Draw(t, "v4")
	addr := rapid.Custom(func(t *rapid.T) netip.Addr {
		b := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "addr")
		if v4 {
			return netip.AddrFrom4([4]byte(b[:4]))
		}
		b[0] = 0xfe // not an IPv4 address in IPv6 form
		return netip.AddrFrom16([16]byte(b))
	})
	p.Addresses = rapid.SliceOfN(addr, 0, 255).Draw(t, "addresses")
	if v4 && rapid.Bool().Draw(t, "v2") {
		p.Version = 2
		p.Interval = time.Duration(rapid.IntRange(1, 255).Draw(t, "s")) * time.Second
		p.AuthType = wire.AuthType(rapid.Byte().Draw(t, "auth"))
		copy(p.AuthData[:], rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "data"))
	} else {
		p.Interval = time.Duration(rapid.IntRange(1, 4095).Draw(t, "cs")) * 10 * time.Millisecond
		p.ChecksumAsV2 = v4 && rapid.Bool().Draw(t, "as v2")
	}
	return p, addr.Draw(t, "src"), addr.Draw(t, "dst")
}

// TestRoundTrip: what Append writes, Decode reads.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, src, dst := genPacket(t)
		b := wire.Append([]byte("x"), p, src, dst)[1:]
		if len(b) > wire.MaxLen {
			t.Fatalf("%d bytes", len(b))
		}
		got := wire.Packet{ChecksumAsV2: p.ChecksumAsV2}
		if err := got.Decode(b, src, dst); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(p, got, same); d != "" {
			t.Fatal(d)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, v := range vectors {
		b, _ := hex.DecodeString(strings.ReplaceAll(v.bytes, " ", ""))
		f.Add(b, strings.Contains(v.src, ":"))
	}
	f.Fuzz(func(t *testing.T, b []byte, v6 bool) {
		src, dst := netip.MustParseAddr("192.168.0.30"), wire.GroupIPv4
		if v6 {
			src, dst = netip.MustParseAddr("fe80::1"), wire.GroupIPv6
		}
		wire.ParseIPv4(b)
		p, err := wire.Parse(b, src, dst)
		if err != nil {
			if !errors.As(err, new(wire.Reject)) {
				t.Fatalf("error of another type: %v", err)
			}
			return
		}
		p.Interval = max(p.Interval, 10*time.Millisecond)
		if p.Version == 2 {
			p.Interval = max(p.Interval, time.Second)
		}
		again, err := wire.Parse(wire.Append(nil, p, src, dst), src, dst)
		if err != nil {
			t.Fatalf("cannot read what was written for %+v: %v", p, err)
		}
		if d := cmp.Diff(p, again, same); d != "" {
			t.Fatal(d)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	src := netip.MustParseAddr("192.168.0.30")
	p := wire.Packet{Version: 3, VRID: 1, Priority: 100, Interval: time.Second, Addresses: addrs("192.168.0.1", "192.168.0.2")}
	buf := make([]byte, 0, 1500)
	b.ReportAllocs()
	for b.Loop() {
		buf = wire.Append(buf[:0], p, src, wire.GroupIPv4)
	}
}

func BenchmarkDecode(b *testing.B) {
	src := netip.MustParseAddr("192.168.0.30")
	pdu := wire.Append(nil, wire.Packet{Version: 3, VRID: 1, Priority: 100, Interval: time.Second,
		Addresses: addrs("192.168.0.1", "192.168.0.2")}, src, wire.GroupIPv4)
	var p wire.Packet
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Decode(pdu, src, wire.GroupIPv4); err != nil {
			b.Fatal(err)
		}
	}
}
