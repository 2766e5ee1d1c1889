package ipvs

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/internal/nl"
)

func genAddr(v6 bool) *rapid.Generator[netip.Addr] {
	return rapid.Custom(func(t *rapid.T) netip.Addr {
		if v6 {
			b := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "v6"))
			b[0] = 0x20 // no IPv4 in disguise
			return netip.AddrFrom16(b)
		}
		return netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "v4")))
	})
}

var genName = rapid.StringMatching(`[a-z][a-z0-9_]{0,14}`)

var genService = rapid.Custom(func(t *rapid.T) (s state.Service) {
	v6 := rapid.Bool().Draw(t, "ipv6")
	if rapid.Bool().Draw(t, "marked") {
		s.Mark, s.V6 = rapid.Uint32Min(1).Draw(t, "mark"), v6
	} else {
		s.Addr = genAddr(v6).Draw(t, "address")
		s.Port = rapid.Uint16().Draw(t, "port")
		s.Protocol = rapid.SampledFrom([]uint8{6, 17, 132}).Draw(t, "protocol")
	}
	s.Scheduler = genName.Draw(t, "scheduler")
	s.Flags = rapid.Uint32().Draw(t, "flags") &^ flagHashed
	s.Netmask = rapid.Uint32().Draw(t, "netmask")
	if s.Flags&state.FlagPersistent != 0 {
		s.Timeout = rapid.Uint32().Draw(t, "timeout")
		s.Engine = rapid.OneOf(rapid.Just(""), genName).Draw(t, "engine")
	}
	return s
})

var genDest = rapid.Custom(func(t *rapid.T) (d state.Dest) {
	d.Addr = genAddr(rapid.Bool().Draw(t, "ipv6")).Draw(t, "address")
	d.Port = rapid.Uint16().Draw(t, "port")
	d.Forward = rapid.Uint8Max(state.ForwardBypass).Draw(t, "forward")
	d.Weight = rapid.Int32Min(0).Draw(t, "weight")
	d.Upper, d.Lower = rapid.Uint32().Draw(t, "upper"), rapid.Uint32().Draw(t, "lower")
	if d.Forward == state.ForwardTunnel {
		d.TunnelType = rapid.Uint8Max(2).Draw(t, "type")
		d.TunnelPort = rapid.Uint16().Draw(t, "tunnel port")
		d.TunnelFlags = rapid.Uint16().Draw(t, "tunnel flags")
	}
	return d
})

// body is the only message in a batch, without its netlink header.
func body(t rapid.TB, b *nl.Batch) []byte {
	for m, err := range nl.Messages(b.Bytes()) {
		if err != nil {
			t.Fatal(err)
		}
		return m.Body
	}
	t.Fatal("no message")
	return nil
}

func TestServicesSurviveTheCodec(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := genService.Draw(t, "service")
		var b nl.Batch
		b.Genl(1, cmdNewService, familyVersion)
		appendService(&b, &want)
		if got, err := parseService(body(t, &b)); err != nil || got != want {
			t.Fatalf("got %+v, %v", got, err)
		}
		b.Reset()
		b.Genl(1, cmdGetService, familyVersion)
		appendKey(&b, &want.ServiceKey)
		if got, err := parseService(body(t, &b)); err != nil || got.ServiceKey != want.ServiceKey {
			t.Fatalf("key is %+v, %v", got, err)
		}
	})
}

func TestDestinationsSurviveTheCodec(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := genDest.Draw(t, "destination")
		var b nl.Batch
		b.Genl(1, cmdNewDest, familyVersion)
		appendDest(&b, &want, true)
		// Whatever the service's family: the destination tells its own.
		if got, err := parseDest(body(t, &b), unix.AF_INET6); err != nil || got != want {
			t.Fatalf("got %+v, %v", got, err)
		}
	})
}

// What is sent, byte by byte, on a little-endian machine.
func TestRequestBytes(t *testing.T) {
	s := state.Service{
		ServiceKey: state.ServiceKey{Protocol: 6, Addr: netip.MustParseAddr("192.0.2.10"), Port: 443},
		Scheduler:  "wlc", Flags: state.FlagPersistent, Timeout: 360, Netmask: 0xffffff00, Engine: "sip",
	}
	d := state.Dest{
		Addr: netip.MustParseAddr("10.0.0.11"), Port: 8080, Forward: state.ForwardTunnel, Weight: 70000, Upper: 2, Lower: 1,
		TunnelType: state.TunnelGUE, TunnelPort: 6080, TunnelFlags: state.TunnelChecksum,
	}
	var b nl.Batch
	b.Genl(0x1c, cmdNewDest, familyVersion)
	appendService(&b, &s)
	appendDest(&b, &d, true)
	want := `05010000
		5c000180                                        service
		06000100 02000000                               family
		06000200 06000000                               protocol
		14000300 c000020a 00000000 00000000 00000000    address
		06000400 01bb0000                               port
		08000600 776c6300                               scheduler
		0c000700 01000000 ffffffff                      flags and mask
		08000800 68010000                               timeout
		08000900 ffffff00                               netmask, in network order
		08000b00 73697000                               engine
		60000280                                        destination
		06000b00 02000000                               family
		14000100 0a00000b 00000000 00000000 00000000    address
		06000200 1f900000                               port
		08000300 02000000                               forwarding method
		08000400 70110100                               weight
		08000500 02000000                               upper
		08000600 01000000                               lower
		05000d00 01000000                               tunnel type
		06000e00 17c00000                               tunnel port
		06000f00 01000000                               tunnel flags`
	var bytes strings.Builder
	for l := range strings.Lines(want) {
		for _, w := range strings.Fields(l) {
			if _, err := hex.DecodeString(w); err != nil || len(w) != 8 {
				break
			}
			bytes.WriteString(w)
		}
	}
	if got := hex.EncodeToString(body(t, &b)); got != bytes.String() {
		t.Errorf("got\n%s, want\n%s", got, bytes.String())
	}
}

func TestAnswersThatLackThings(t *testing.T) {
	var b nl.Batch
	b.Genl(1, 1, 1)
	if _, err := parseService(body(t, &b)); err == nil {
		t.Error("bad: nothing is a service")
	}
	if _, err := parseDest(body(t, &b), unix.AF_INET); err == nil {
		t.Error("bad: nothing is a destination")
	}
	nest := b.Nest(attrService)
	b.Uint16(svcFamily, unix.AF_INET6)
	b.Data(svcAddr, []byte{1, 2, 3, 4})
	b.End(nest)
	if s, err := parseService(body(t, &b)); err == nil {
		t.Errorf("bad: a short address became %v", s)
	}
	// Before kernel 3.18 a destination did not tell its family.
	b.Reset()
	b.Genl(1, 1, 1)
	nest = b.Nest(attrDest)
	b.Data(dstAddr, []byte{10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	b.End(nest)
	if d, err := parseDest(body(t, &b), unix.AF_INET); err != nil || d.Addr != netip.MustParseAddr("10.0.0.1") {
		t.Errorf("ok: an old kernel's destination is %v, %v", d, err)
	}
}
