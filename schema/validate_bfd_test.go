package schema

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestValidateBFD breaks one rule at a time; each has one finding.
func TestValidateBFD(t *testing.T) {
	first := func(f func(*BFDSession)) func(*Config) { return func(c *Config) { f(c.BFD[0]) } }
	for _, c := range []struct {
		name  string
		spoil func(*Config)
		want  string
	}{
		{"ok: as it is", func(*Config) {}, ""},
		{"ok: multihop over two routers", first(func(b *BFDSession) { b.Multihop, b.MaxHops = true, 2 }), ""},
		{"ok: link-local with its interface", first(func(b *BFDSession) { b.Neighbor = addr("fe80::1%eth0") }), ""},
		{"bad: no neighbour", first(func(b *BFDSession) { b.Neighbor = netip.Addr{} }), `error: BFD session "router" names no neighbor`},
		{"bad: multicast neighbour", first(func(b *BFDSession) { b.Neighbor = addr("224.0.0.1") }), `error: neighbor 224.0.0.1 of BFD session "router" is not the address of one machine`},
		{"bad: link-local without interface", first(func(b *BFDSession) { b.Neighbor = addr("fe80::1") }), `error: neighbor fe80::1 of BFD session "router" is link-local and names no interface`},
		{"bad: families", first(func(b *BFDSession) { b.Source = addr("2001:db8::1") }), `error: source_address 2001:db8::1 of BFD session "router" cannot reach its neighbor 192.0.2.9`},
		{"bad: min_rx", first(func(b *BFDSession) { b.MinRX = time.Microsecond }), `error: min_rx of BFD session "router" is 1µs; it is 1ms to 1h11m34.967s`},
		{"bad: min_tx", first(func(b *BFDSession) { b.MinTX = 2 * time.Hour }), `error: min_tx of BFD session "router" is 2h0m0s; it is 1ms to 1h11m34.967s`},
		{"bad: idle_tx", first(func(b *BFDSession) { b.IdleTX = 999 * time.Millisecond }), `error: idle_tx of BFD session "router" is 999ms; it is 1s to 1h11m34.967s`},
		{"bad: slow", first(func(b *BFDSession) { b.MinRX = 11 * time.Second }), `warning: min_rx of BFD session "router" is 11s: failures are found late`},
		{"bad: multiplier", first(func(b *BFDSession) { b.Multiplier = 0 }), `error: BFD session "router" has multiplier 0; it is 1 to 255`},
		{"bad: ttl", first(func(b *BFDSession) { b.TTL = 0 }), `error: BFD session "router" has ttl 0; it is 1 to 255`},
		{"bad: max_hops", first(func(b *BFDSession) { b.MaxHops = 256 }), `error: BFD session "router" has max_hops 256; it is -1 to 255`},
		{"bad: weight", first(func(b *BFDSession) { b.Weight = -254 }), `error: BFD session "router" has weight -254; it is -253 to 253`},
		{"bad: multihop without hops", first(func(b *BFDSession) { b.Multihop = true }), `warning: BFD session "router" is multihop and takes no packet that crossed a router`},
		{"bad: tracked, but for checks only", first(func(b *BFDSession) { b.For = BFDChecker }), `error: VRRP instance "front" tracks the BFD session "router", which is for checks only`},
		{"bad: name twice", func(c *Config) {
			b := *c.BFD[0]
			b.Neighbor = addr("192.0.2.8")
			c.BFD = append(c.BFD, &b)
		}, `error: BFD session "router" is declared twice`},
		{"bad: neighbour twice", func(c *Config) {
			b := *c.BFD[0]
			b.Name = "again"
			c.BFD = append(c.BFD, &b)
		}, `error: BFD sessions "router" and "again" have the same neighbour 192.0.2.9`},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := good()
			b := &BFDSession{Name: "router", Neighbor: addr("192.0.2.9"), Src: at(90)}
			b.SetDefaults()
			cfg.BFD = []*BFDSession{b}
			cfg.Instances[0].BFD = []Track{{Name: "router"}}
			c.spoil(cfg)
			l := append(cfg.Validate(), cfg.Inactive()...)
			if c.want == "" && len(l) == 0 {
				return
			}
			if len(l) != 1 || c.want == "" || !strings.Contains(l.Text(), c.want) {
				t.Errorf("got  %s\nwant %s", l.Text(), c.want)
			}
		})
	}
}
