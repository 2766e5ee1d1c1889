package state

import (
	"cmp"
	"fmt"
	"net/netip"
)

// Protocol numbers that addresses and routes carry in the kernel (IFA_PROTO,
// RTA_PROTOCOL), so that the kernel itself says whose they are.
const (
	OwnerVRRP       uint8 = 76
	OwnerStatic     uint8 = 77
	OwnerKeepalived uint8 = 18
)

// OwnedByUs tells whether a protocol number is one of lbgit's.
func OwnedByUs(p uint8) bool { return p == OwnerVRRP || p == OwnerStatic }

// AddressKey is what tells addresses apart.
type AddressKey struct {
	Link   string       `json:"dev"`
	Prefix netip.Prefix `json:"address"`
}

// Compare orders by interface and address.
func (k AddressKey) Compare(o AddressKey) int {
	if c := cmp.Compare(k.Link, o.Link); c != 0 {
		return c
	}
	if c := k.Prefix.Addr().Compare(o.Prefix.Addr()); c != 0 {
		return c
	}
	return cmp.Compare(k.Prefix.Bits(), o.Prefix.Bits())
}

func (k AddressKey) String() string { return k.Prefix.String() + " dev " + k.Link }

// Address is an address of an interface.
type Address struct {
	AddressKey
	Peer netip.Prefix `json:"peer,omitzero"`
	// Label is the interface's name unless another was given; IPv4 only.
	Label     string     `json:"label,omitempty"`
	Broadcast netip.Addr `json:"broadcast,omitzero"`
	Scope     uint8      `json:"scope,omitempty"`
	// Deprecated addresses are not chosen as a source (preferred lifetime 0).
	Deprecated    bool `json:"deprecated,omitempty"`
	NoDAD         bool `json:"nodad,omitempty"`
	NoPrefixRoute bool `json:"noprefixroute,omitempty"`
	// Owner is the protocol number (IFA_PROTO, kernel 5.18).
	Owner uint8 `json:"protocol,omitempty"`
}

// Same tells whether two addresses are equal but for their owner.
func (a Address) Same(b Address) bool {
	a.Owner, b.Owner = 0, 0
	return a == b
}

// RouteKey is what tells routes apart: the kernel has one per destination,
// metric and table.
type RouteKey struct {
	To     netip.Prefix `json:"to"`
	Table  uint32       `json:"table"`
	Metric uint32       `json:"metric,omitempty"`
}

// Compare orders by table, destination and metric.
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
	return cmp.Compare(k.Metric, o.Metric)
}

func (k RouteKey) String() string {
	s := k.To.String()
	if k.Table != 254 {
		s += fmt.Sprintf(" table %d", k.Table)
	}
	if k.Metric != 0 {
		s += fmt.Sprintf(" metric %d", k.Metric)
	}
	return s
}

// Route is a unicast route.
type Route struct {
	RouteKey
	Via    netip.Addr `json:"via,omitzero"`
	Link   string     `json:"dev,omitempty"`
	Source netip.Addr `json:"source,omitzero"`
	Scope  uint8      `json:"scope,omitempty"`
	MTU    uint32     `json:"mtu,omitempty"`
	Owner  uint8      `json:"protocol,omitempty"`
}

// Same tells whether two routes are equal but for their owner.
func (r Route) Same(o Route) bool {
	r.Owner, o.Owner = 0, 0
	return r == o
}
