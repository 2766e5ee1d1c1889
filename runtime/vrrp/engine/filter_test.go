package engine

import (
	"net/netip"
	"testing"
	"time"

	"golang.org/x/net/bpf"
	"pgregory.net/rapid"

	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// TestFilter: any set of virtual routers is passed, and no other.
func TestFilter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var vrids [256]bool
		for _, v := range rapid.SliceOfN(rapid.Byte(), 0, 255).Draw(t, "vrids") {
			vrids[v] = true
		}
		v6 := rapid.Bool().Draw(t, "v6")
		vm, err := bpf.NewVM(filter(v6, 0, &vrids))
		if err != nil {
			t.Fatal(err)
		}
		var f wire.Frame
		path, head := wire.Path{Src: netip.MustParseAddr("10.0.0.1"), Dst: wire.GroupIPv4}, 0
		if v6 {
			path, head = wire.Path{Src: netip.MustParseAddr("fe80::1"), Dst: wire.GroupIPv6}, wire.IPv6HeaderLen
		}
		for v := range 256 {
			f.Build(&wire.Packet{Version: 3, VRID: uint8(v), Interval: time.Second}, path)
			n, err := vm.Run(f.Bytes()[head:])
			if err != nil || (n >= len(f.Bytes())-head) != vrids[v] || n > 0 != vrids[v] {
				t.Fatalf("VRID %d: passes %d bytes, %v", v, n, err)
			}
		}
		if n, _ := vm.Run(f.Bytes()[head : head+1]); v6 && n != 0 {
			t.Fatal("passes one byte")
		}
	})
}
