package state

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Nexthop is one way of a route that has several.
type Nexthop struct {
	Via  netip.Addr
	Link string
	// Weight is its share, 1 to 256.
	Weight uint16
	OnLink bool
	Realms uint32
	// Encap names an encapsulation that somebody else's route has.
	Encap string
}

// String writes it as ip-route(8) does.
func (n Nexthop) String() string {
	var f []string
	if n.Via.IsValid() {
		f = append(f, "via "+n.Via.String())
	}
	if n.Link != "" {
		f = append(f, "dev "+n.Link)
	}
	f = append(f, fmt.Sprintf("weight %d", n.Weight))
	if n.OnLink {
		f = append(f, "onlink on")
	}
	if n.Realms != 0 {
		f = append(f, fmt.Sprintf("realms %d", n.Realms))
	}
	if n.Encap != "" {
		f = append(f, "encap "+n.Encap)
	}
	return strings.Join(f, " ")
}

// JoinNexthops writes next hops as one text, sorted: their order means nothing
// to the kernel.
func JoinNexthops(list []Nexthop) string {
	text := make([]string, len(list))
	for i, n := range list {
		text[i] = "nexthop " + n.String()
	}
	slices.Sort(text)
	return strings.Join(text, " ")
}

// SplitNexthops reads what JoinNexthops wrote. What it did not write is left
// out.
func SplitNexthops(text string) []Nexthop {
	var out []Nexthop
	f := strings.Fields(text) // no interface has a blank in its name
	for len(f) > 1 {
		if f[0] == "nexthop" {
			out = append(out, Nexthop{Weight: 1})
			f = f[1:]
			continue
		}
		if len(out) > 0 {
			out[len(out)-1].set(f[0], f[1])
		}
		f = f[2:]
	}
	return out
}

func (n *Nexthop) set(name, value string) {
	v, _ := strconv.ParseUint(value, 10, 32)
	switch name {
	case "via":
		n.Via, _ = netip.ParseAddr(value)
	case "dev":
		n.Link = value
	case "weight":
		n.Weight = uint16(v)
	case "onlink":
		n.OnLink = true
	case "realms":
		n.Realms = uint32(v)
	case "encap":
		n.Encap = value
	}
}
