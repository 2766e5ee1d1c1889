package wire_test

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// slowHMAC is RFC 2104 to the letter, for keys of at most one block.
func slowHMAC(sum func([]byte) []byte, key []byte, parts ...[]byte) []byte {
	in, out := make([]byte, 64), make([]byte, 64)
	copy(in, key)
	copy(out, key)
	for i := range 64 {
		in[i] ^= 0x36
		out[i] ^= 0x5c
	}
	return sum(append(out, sum(append(in, slices.Concat(parts...)...))...))
}

func sumMD5(b []byte) []byte    { s := md5.Sum(b); return s[:] }
func sumSHA256(b []byte) []byte { s := sha256.Sum256(b); return s[:] }

func open(frame []byte, k *wire.AHKey, unicast bool) ([]byte, uint32, error) {
	return k.Open(frame[:20], frame[20:], unicast)
}

// TestAH computes facts 3.9 and 3.10 a second way.
func TestAH(t *testing.T) {
	for _, unicast := range []bool{false, true} {
		src, dst := netip.MustParseAddr("192.168.0.30"), wire.GroupIPv4
		if unicast {
			dst = netip.MustParseAddr("192.168.0.31")
		}
		p := wire.Packet{Version: 2, VRID: 7, Priority: 100, Interval: time.Second, Addresses: addrs("192.168.0.1"), AuthType: wire.AuthAH}
		var f wire.Frame
		f.Build(&p, wire.Path{Src: src, Dst: dst})
		f.SetPriority(90)
		f.Number(3)
		k := wire.NewAHKey("sesame")
		f.SealAH(k, 0x01020304, unicast)
		got := f.Bytes()

		want := unhex(t, "45c00040 00030000 ff330000 c0a8001e 00000000"+"70040000 c0a8001e 01020304 000000000000000000000000"+
			"21075a01 02010000 c0a80001 0000000000000000")
		d := dst.As4()
		copy(want[16:], d[:])
		copy(want[10:12], got[10:12]) // TestFrame sums headers
		want[50], want[51] = 0xc2, 0x4c
		zeroed := slices.Clone(want)
		zeroed[1], zeroed[10], zeroed[11] = 0, 0, 0
		if unicast {
			zeroed[8] = 0
		}
		copy(want[32:44], slowHMAC(sumMD5, []byte("sesame\x00\x00"), zeroed))
		if !bytes.Equal(got, want) {
			t.Errorf("unicast %v:\n got %x\nwant %x", unicast, got, want)
		}

		pdu, seq, err := open(got, k, unicast)
		if err != nil || seq != 0x01020304 {
			t.Fatalf("Open: %d, %v", seq, err)
		}
		if q, err := wire.Parse(pdu, src, dst); err != nil || q.Priority != 90 || q.AuthType != wire.AuthAH {
			t.Errorf("%+v, %v", q, err)
		}
		// Routers may change these, nobody else the rest.
		for at := range got {
			b := slices.Clone(got)
			b[at] ^= 1
			_, _, err := open(b, k, unicast)
			mutable := at == 1 || at == 6 || at == 7 || at == 10 || at == 11 || unicast && at == 8 || at == 22 || at == 23
			if (err == nil) != mutable && at != 22 && at != 23 {
				t.Errorf("byte %d changed: %v", at, err)
			}
		}
		if _, _, err := open(got, wire.NewAHKey("simsim"), unicast); !errors.Is(err, wire.AuthFailure) {
			t.Errorf("other key: %v", err)
		}
	}
}

// TestTrailer computes fact 3.12 a second way, for both versions and families.
func TestTrailer(t *testing.T) {
	now := time.Unix(0x01020304, 500_000_000)
	if got := wire.Sequence(now); got != 0x01020304_8000_0000 {
		t.Fatalf("sequence %x", got)
	}
	secret := []byte("0123456789abcdef0123456789abcdef")
	for _, tc := range []struct {
		name, src, dst, vip string
		version             uint8
		pseudo              string
	}{
		{"v2", "192.168.0.30", "224.0.0.18", "192.168.0.1", 2, "04020700 c0a8001e 000000000000000000000000"},
		{"v3", "192.168.0.30", "192.168.0.31", "192.168.0.1", 3, "04030700 c0a8001e 000000000000000000000000"},
		{"v3 over IPv6", "fe80::1", "ff02::12", "fe80::a", 3, "06030700 fe800000000000000000000000000001"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := wire.Path{Src: netip.MustParseAddr(tc.src), Dst: netip.MustParseAddr(tc.dst)}
			p := wire.Packet{Version: tc.version, VRID: 7, Priority: 100, Interval: time.Second, Addresses: addrs(tc.vip), Signed: true}
			plain := wire.Append(nil, p, path.Src, path.Dst)
			var f wire.Frame
			f.Build(&p, path)
			k := wire.NewKey(secret)
			f.Sign(k, 9, wire.Sequence(now)+1, path)
			body := f.Bytes()[len(f.Bytes())-len(plain)-wire.TrailerLen:]

			pdu := slices.Clone(plain)
			pdu[6], pdu[7] = 0, 0
			trailer := unhex(t, "01 09 0000 01020304 8000 0001 00000000000000000000000000000000")
			copy(trailer[12:], slowHMAC(sumSHA256, secret, unhex(t, tc.pseudo), pdu, trailer)[:16])
			if !bytes.Equal(body[len(plain):], trailer) {
				t.Errorf("trailer:\n got %x\nwant %x", body[len(plain):], trailer)
			}
			sum := slices.Clone(body[6:8])
			if path.Src.Is4() && !bytes.Equal(sum, plain[6:8]) {
				t.Error("with IPv4 the checksum leaves the trailer out")
			}

			q := wire.Packet{Signed: true}
			if err := q.Decode(body, path.Src, path.Dst); err != nil {
				t.Fatal(err)
			}
			tr, err := wire.ParseTrailer(q.Trailer)
			if err != nil || tr.KeyID != 9 || tr.Seq != 0x01020304_8000_0001 || tr.Age(now.Add(3*time.Second)) != 3*time.Second {
				t.Errorf("%+v, %v", tr, err)
			}
			if err := k.Verify(body, path.Src); err != nil {
				t.Error(err)
			}
			for at := range body {
				b := slices.Clone(body)
				b[at] ^= 1
				if err := k.Verify(b, path.Src); (err == nil) != (at == 6 || at == 7) {
					t.Errorf("byte %d changed: %v", at, err) // the checksum has its own check
				}
			}
			if err := k.Verify(body, netip.MustParseAddr("192.168.0.31")); !errors.Is(err, wire.ExtInvalid) {
				t.Errorf("other source: %v", err)
			}
			if q.Signed = false; !errors.Is(q.Decode(body, path.Src, path.Dst), wire.Length) {
				t.Error("a trailer where none is expected")
			}
		})
	}
}

func FuzzAH(f *testing.F) {
	p := wire.Packet{Version: 2, VRID: 7, Priority: 100, Interval: time.Second, Addresses: addrs("192.168.0.1"), AuthType: wire.AuthAH}
	var frame wire.Frame
	frame.Build(&p, wire.Path{Src: netip.MustParseAddr("192.168.0.30"), Dst: wire.GroupIPv4})
	k := wire.NewAHKey("sesame")
	frame.SealAH(k, 1, false)
	f.Add(frame.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		h, payload, err := wire.ParseIPv4(b)
		if err != nil {
			return
		}
		pdu, _, err := k.Open(b[:20], payload, false)
		if err == nil {
			_, err = wire.Parse(pdu, h.Src, h.Dst)
		}
		if err != nil && !errors.As(err, new(wire.Reject)) {
			t.Fatalf("error of another type: %v", err)
		}
	})
}

func FuzzTrailer(f *testing.F) {
	src := netip.MustParseAddr("192.168.0.30")
	path := wire.Path{Src: src, Dst: wire.GroupIPv4}
	p := wire.Packet{Version: 3, VRID: 7, Priority: 100, Interval: time.Second, Addresses: addrs("192.168.0.1"), Signed: true}
	var frame wire.Frame
	frame.Build(&p, path)
	k := wire.NewKey([]byte("0123456789abcdef0123456789abcdef"))
	frame.Sign(k, 9, 1, path)
	f.Add(frame.Bytes()[20:])
	f.Fuzz(func(t *testing.T, b []byte) {
		q := wire.Packet{Signed: true}
		if q.Decode(b, src, wire.GroupIPv4) != nil || q.Trailer == nil {
			return
		}
		_, _ = wire.ParseTrailer(q.Trailer)
		if err := k.Verify(b, src); err != nil && !errors.Is(err, wire.ExtInvalid) {
			t.Fatal(err)
		}
	})
}
