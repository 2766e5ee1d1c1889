package bfd_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/bfd"
)

// octets is a packet written out by hand after section 4.1: Up, Poll, C and D
// set, diagnostic 3, multiplier 5.
var octets = []byte{0x23, 0xea, 5, 24, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0x27, 0x10, 0, 0, 0x4e, 0x20, 0, 0, 0, 50}

func TestRFC5880_4_1_Format(t *testing.T) {
	want := bfd.Packet{Diag: bfd.DiagSignal, State: bfd.Up, Poll: true, ControlPlane: true, Demand: true, Multiplier: 5,
		MyDisc: 1, YourDisc: 2, MinTX: 10 * ms, MinRX: 20 * ms, MinEchoRX: 50 * time.Microsecond}
	got, err := bfd.Parse(octets)
	if err != nil || got != want {
		t.Errorf("parsed %+v, %v", got, err)
	}
	if b := bfd.Append(nil, want); !bytes.Equal(b, octets) {
		t.Errorf("appended % x\nwant     % x", b, octets)
	}
}

func TestRFC5880_6_8_6_Discards(t *testing.T) {
	spoilt := func(i int, v byte) []byte { b := bytes.Clone(octets); b[i] = v; return b }
	noDisc := func(state byte) []byte { b := spoilt(11, 0); b[1] = state << 6; return b }
	for _, c := range []struct {
		name string
		b    []byte
		want error
	}{
		{"bad: empty", nil, bfd.Short},
		{"bad: short", octets[:23], bfd.Short},
		{"bad: version 0", spoilt(0, 0x03), bfd.Version},
		{"bad: version 2", spoilt(0, 0x43), bfd.Version},
		{"bad: length below 24", spoilt(3, 23), bfd.Length},
		{"bad: length below 26 with authentication", append(spoilt(1, 0xc4), 0, 0), bfd.Length},
		{"bad: length above the payload", spoilt(3, 25), bfd.Length},
		{"bad: multiplier 0", spoilt(2, 0), bfd.Multiplier},
		{"bad: multipoint", spoilt(1, 0xc1), bfd.Multipoint},
		{"bad: my discriminator 0", spoilt(7, 0), bfd.MyDiscriminator},
		{"bad: your discriminator 0 in Init", noDisc(2), bfd.YourDiscriminator},
		{"bad: your discriminator 0 in Up", noDisc(3), bfd.YourDiscriminator},
		{"bad: authentication that is not in use", func() []byte { b := append(spoilt(3, 26), 1, 2); b[1] = 0xc4; return b }(), bfd.Authentication},
		{"bad: poll and final", spoilt(1, 0xf0), bfd.PollFinal},
		{"ok: your discriminator 0 in AdminDown", noDisc(0), nil},
		{"ok: your discriminator 0 in Down", noDisc(1), nil},
		{"ok: bytes behind the packet", append(bytes.Clone(octets), 1, 2, 3), nil},
		{"ok: a diagnostic of later RFCs", spoilt(0, 0x3f), nil},
	} {
		if _, err := bfd.Parse(c.b); err != c.want {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// FuzzParse: nothing makes it panic, and what it takes is what was meant.
func FuzzParse(f *testing.F) {
	f.Add(octets)
	f.Add(octets[:20])
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := bfd.Parse(b)
		if err != nil {
			return
		}
		if again := bfd.Append(nil, p); !bytes.Equal(again[4:], b[4:24]) || again[0] != b[0] || again[1] != b[1] || again[2] != b[2] {
			t.Errorf("% x becomes % x", b[:24], again)
		}
	})
}
