package state

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
)

// Types of routes (kernel uapi/linux/rtnetlink.h, RTN_*). A state has 0 for
// unicast, the usual one.
const (
	RouteUnicast     uint8 = 0
	RouteLocal       uint8 = 2
	RouteBroadcast   uint8 = 3
	RouteAnycast     uint8 = 4
	RouteMulticast   uint8 = 5
	RouteBlackhole   uint8 = 6
	RouteUnreachable uint8 = 7
	RouteProhibit    uint8 = 8
	RouteThrow       uint8 = 9
)

var routeTypes = [...]string{"", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit", "throw"}

// RouteTypeName is the name of a type; none for unicast.
func RouteTypeName(t uint8) string {
	if int(t) < len(routeTypes) {
		return routeTypes[t]
	}
	return fmt.Sprintf("type %d", t)
}

// ScopeName is the name of an address's or a route's scope (ip-address(8)).
func ScopeName(scope uint8) string {
	switch scope {
	case 0:
		return "global"
	case 200:
		return "site"
	case 253:
		return "link"
	case 254:
		return "host"
	case 255:
		return "nowhere"
	}
	return fmt.Sprint(scope)
}

// RouteKey is what tells routes apart: the kernel has one per destination (for
// IPv6 with a source), type of service, metric and table.
type RouteKey struct {
	To     netip.Prefix `json:"to"`
	From   netip.Prefix `json:"from,omitzero"`
	TOS    uint8        `json:"tos,omitempty"`
	Table  uint32       `json:"table"`
	Metric uint32       `json:"metric,omitempty"`
}

// Compare orders by table, destination, metric and the rest.
func (k RouteKey) Compare(o RouteKey) int {
	if c := cmp.Compare(k.Table, o.Table); c != 0 {
		return c
	}
	if c := k.To.Addr().Compare(o.To.Addr()); c != 0 {
		return c
	}
	if c := cmp.Compare(k.To.Bits(), o.To.Bits()); c != 0 {
		return c
	}
	if c := cmp.Compare(k.Metric, o.Metric); c != 0 {
		return c
	}
	if c := cmp.Compare(k.TOS, o.TOS); c != 0 {
		return c
	}
	if c := k.From.Addr().Compare(o.From.Addr()); c != 0 {
		return c
	}
	return cmp.Compare(k.From.Bits(), o.From.Bits())
}

func (k RouteKey) String() string {
	s := k.To.String()
	if k.From.IsValid() {
		s += " from " + k.From.String()
	}
	if k.TOS != 0 {
		s += fmt.Sprintf(" tos %#x", k.TOS)
	}
	if k.Table != 254 {
		s += fmt.Sprintf(" table %d", k.Table)
	}
	if k.Metric != 0 {
		s += fmt.Sprintf(" metric %d", k.Metric)
	}
	return s
}

// Route is a route. One over several next hops has Nexthops instead of Via,
// Link and OnLink.
type Route struct {
	RouteKey
	Type   uint8      `json:"type,omitempty"`
	Via    netip.Addr `json:"via,omitzero"`
	Link   string     `json:"dev,omitempty"`
	OnLink bool       `json:"onlink,omitempty"`
	// Nexthops is text, for a row is a comparable value: see JoinNexthops.
	Nexthops string     `json:"nexthops,omitempty"`
	Source   netip.Addr `json:"source,omitzero"`
	Scope    uint8      `json:"scope,omitempty"`
	Metrics  Metrics    `json:"metrics,omitzero"`
	// Realms are the realm of the source (upper half) and the destination.
	Realms uint32 `json:"realms,omitempty"`
	// Preference among routers (RFC 4191): 0 medium, 1 high, 3 low; IPv6 only.
	Preference uint8 `json:"preference,omitempty"`
	// Expires is the lifetime in seconds of an IPv6 route, 0 for ever; Ends when
	// it is observed.
	Expires uint32 `json:"expires,omitempty"`
	// Encap names an encapsulation that somebody else's route has.
	Encap string `json:"encap,omitempty"`
	Owner uint8  `json:"protocol,omitempty"`
}

// Same tells whether two routes are equal but for their owner.
func (r Route) Same(o Route) bool {
	r.Owner, o.Owner = 0, 0
	return r == o
}

// Given is the route with what its source leaves to the kernel as it is
// observed: the interface that leads to a gateway, and what is left of a
// lifetime.
func (r Route) Given(have Route) Route {
	if r.Link == "" && r.Via.IsValid() && r.Via == have.Via {
		r.Link = have.Link
	}
	if r.Expires != 0 && have.Expires != 0 {
		r.Expires = have.Expires
	}
	if r.Nexthops != have.Nexthops && r.Nexthops != "" {
		r.Nexthops = givenNexthops(r.Nexthops, have.Nexthops)
	}
	return r
}

func givenNexthops(want, have string) string {
	mine, theirs := SplitNexthops(want), SplitNexthops(have)
	for i := range mine {
		if mine[i].Link != "" {
			continue
		}
		k := slices.IndexFunc(theirs, func(n Nexthop) bool { return n.Via == mine[i].Via })
		if k >= 0 {
			mine[i].Link = theirs[k].Link
		}
	}
	return JoinNexthops(mine)
}

// Links are the interfaces that the route names.
func (r *Route) Links() []string {
	var out []string
	if r.Link != "" {
		out = append(out, r.Link)
	}
	for _, n := range SplitNexthops(r.Nexthops) {
		if n.Link != "" {
			out = append(out, n.Link)
		}
	}
	return out
}
