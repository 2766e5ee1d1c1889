package schema

import (
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/schema/diag"
)

// RouteSpec is a route (ip-route(8)). Its destination is a prefix or "default".
type RouteSpec struct {
	To   string    `conf:"to,label"`
	Type RouteType `conf:"type"`
	// From is the prefix of the packets' source; IPv6 only.
	From Prefix     `conf:"from"`
	TOS  TOS        `conf:"tos"`
	Via  netip.Addr `conf:"via"`
	Dev  string     `conf:"dev"`
	// OnLink takes the gateway for a neighbour whatever the addresses say.
	OnLink bool `conf:"onlink"`
	// Nexthops are several ways at once, instead of via and dev.
	Nexthops []Nexthop  `conf:"nexthop,block"`
	Source   netip.Addr `conf:"source"`
	Metric   uint32     `conf:"metric"`
	// Table is main, or for a local route local, unless given. "vrf:NAME" is the
	// table of a VRF that is there when the configuration is loaded.
	Table  Table  `conf:"table"`
	Scope  Scope  `conf:"scope"`
	Realms Realms `conf:"realms"`
	// Preference is for IPv6 (RFC 4191).
	Preference RoutePreference `conf:"preference"`
	// Expires is the lifetime of an IPv6 route in whole seconds; one that has run
	// out is set anew.
	Expires time.Duration `conf:"expires"`

	// What the route tells about its path; 0 is the kernel's own choice. Sizes are
	// bytes or segments, as ip-route(8) has them.
	MTU        uint32 `conf:"mtu"`
	AdvMSS     uint32 `conf:"advmss"`
	HopLimit   uint8  `conf:"hoplimit"`
	Window     uint32 `conf:"window"`
	Cwnd       uint32 `conf:"cwnd"`
	InitCwnd   uint32 `conf:"initcwnd"`
	InitRwnd   uint32 `conf:"initrwnd"`
	Ssthresh   uint32 `conf:"ssthresh"`
	Reordering uint32 `conf:"reordering"`
	// RTT is kept in eighths, RTTVar in quarters of a millisecond.
	RTT      time.Duration `conf:"rtt"`
	RTTVar   time.Duration `conf:"rttvar"`
	RTOMin   time.Duration `conf:"rto_min"`
	ECN      bool          `conf:"ecn"`
	QuickACK bool          `conf:"quickack"`
	FastOpen bool          `conf:"fastopen_no_cookie"`
	Congctl  string        `conf:"congctl"`
	// Locked names those that path discovery must not change, such as "mtu".
	Locked []string `conf:"locked"`

	// NoTrack lets an instance stay master when the kernel refuses the route. It
	// is put back like any other when it vanishes.
	NoTrack bool `conf:"no_track"`

	Src diag.Range `conf:"-"`
}

// Nexthop is one way of a route that has several.
type Nexthop struct {
	Via netip.Addr `conf:"via"`
	Dev string     `conf:"dev"`
	// Weight is its share, 1 to 256; 1 unless given.
	Weight uint16 `conf:"weight"`
	OnLink bool   `conf:"onlink"`
	Realms Realms `conf:"realms"`

	Src diag.Range `conf:"-"`
}

// SetDefaults fills a value before its source is read over it.
func (n *Nexthop) SetDefaults() { n.Weight = 1 }

// StaticRoute is a route that the node holds whatever its role.
type StaticRoute struct {
	RouteSpec `conf:",inline"`
	Nodes     []string `conf:"nodes"`
}

// RouteType is what becomes of packets to a route's destination.
type RouteType uint8

// The types of rtnetlink(7); unicast is the default.
const (
	Unicast RouteType = iota
	Local
	Broadcast
	Anycast
	Multicast
	Blackhole
	Unreachable
	Prohibit
	Throw
)

var routeTypeNames = names{"unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit", "throw"}

func (t RouteType) String() string               { return routeTypeNames.name(uint8(t)) }
func (t RouteType) MarshalText() ([]byte, error) { return []byte(t.String()), nil }
func (t *RouteType) UnmarshalText(b []byte) error {
	v, err := routeTypeNames.find("route type", b, 0)
	*t = RouteType(v)
	return err
}

// Leads tells whether the route leads to an interface; the others end in the
// kernel.
func (t RouteType) Leads() bool { return t < Blackhole }

// RoutePreference is the preference among routers (RFC 4191).
type RoutePreference uint8

// The preferences; medium is the default.
const (
	MediumPreference RoutePreference = iota
	HighPreference
	LowPreference
)

var preferenceNames = names{"medium", "high", "low"}

func (p RoutePreference) String() string               { return preferenceNames.name(uint8(p)) }
func (p RoutePreference) MarshalText() ([]byte, error) { return []byte(p.String()), nil }
func (p *RoutePreference) UnmarshalText(b []byte) error {
	v, err := preferenceNames.find("preference", b, 0)
	*p = RoutePreference(v)
	return err
}

// Destination is the route's prefix; "default" is 0.0.0.0/0 or ::/0 after the
// family of the gateway, or of the source.
func (r *RouteSpec) Destination() (netip.Prefix, error) {
	if r.To == "default" {
		if r.Via.Is6() || r.Source.Is6() || len(r.Nexthops) > 0 && r.Nexthops[0].Via.Is6() {
			return netip.PrefixFrom(netip.IPv6Unspecified(), 0), nil
		}
		return netip.PrefixFrom(netip.IPv4Unspecified(), 0), nil
	}
	var p Prefix
	if err := p.UnmarshalText([]byte(r.To)); err != nil {
		return netip.Prefix{}, err
	}
	return p.Netip().Masked(), nil
}
