package wire_test

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// TestFrame: a patched frame is byte for byte the one built anew, and its
// headers say what they should.
func TestFrame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, src, dst := genPacket(t)
		if p.AuthType == wire.AuthAH {
			p.AuthType = wire.AuthPass // see TestAH
		}
		path := wire.Path{Src: src, Dst: dst, TTL: rapid.Byte().Draw(t, "ttl")}
		var f, want wire.Frame
		f.Build(&p, path)
		for range 3 {
			p.Priority = rapid.Byte().Draw(t, "priority")
			id := rapid.Uint16().Draw(t, "id")
			f.SetPriority(p.Priority)
			f.Number(id)
			want.Build(&p, path)
			want.Number(id)
			if !bytes.Equal(f.Bytes(), want.Bytes()) {
				t.Fatalf("patched %x\nbuilt   %x", f.Bytes(), want.Bytes())
			}
			ttl, payload := header(t, f.Bytes(), src, dst, id)
			if ttl != path.TTL && (path.TTL != 0 || ttl != wire.TTL) {
				t.Fatalf("TTL %d, want %d", ttl, path.TTL)
			}
			if !bytes.Equal(payload, wire.Append(nil, p, src, dst)) {
				t.Fatalf("PDU %x", payload)
			}
		}
	})
}

// header reads an IP header by its own means.
func header(t *rapid.T, b []byte, src, dst netip.Addr, id uint16) (ttl uint8, payload []byte) {
	if src.Is4() {
		h, payload, err := wire.ParseIPv4(b)
		var sum uint32
		for i := 0; i < 20; i += 2 {
			sum += uint32(binary.BigEndian.Uint16(b[i:]))
		}
		if err != nil || h.Src != src || h.Dst != dst || h.Protocol != 112 || b[1] != 0xc0 || sum%0xffff != 0 || binary.BigEndian.Uint16(b[4:]) != id {
			t.Fatalf("header %x: %v", b[:20], err)
		}
		return h.TTL, payload
	}
	s, d := netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
	if binary.BigEndian.Uint32(b) != 0x6c000000 || int(binary.BigEndian.Uint16(b[4:])) != len(b)-40 || b[6] != 112 || s != src || d != dst {
		t.Fatalf("header %x", b[:40])
	}
	return b[7], b[40:]
}
