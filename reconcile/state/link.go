package state

import (
	"cmp"
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
	Deprecated bool `json:"deprecated,omitempty"`
	// Preferred is the time in seconds after which it becomes so; 0 is for ever.
	// The kernel counts it down, so of an observed address it is Ends.
	Preferred     uint32 `json:"preferred_lifetime,omitempty"`
	Home          bool   `json:"home,omitempty"`
	ManageTemp    bool   `json:"mngtmpaddr,omitempty"`
	AutoJoin      bool   `json:"autojoin,omitempty"`
	NoDAD         bool   `json:"nodad,omitempty"`
	NoPrefixRoute bool   `json:"noprefixroute,omitempty"`
	// Owner is the protocol number (IFA_PROTO, kernel 5.18).
	Owner uint8 `json:"protocol,omitempty"`
}

// Ends is an observed lifetime that is not for ever: how long is left changes
// from look to look and is no difference.
const Ends uint32 = 1

// Given is the address with what only time decides as it is observed: a
// preferred lifetime is set once and then runs out.
func (a Address) Given(have Address) Address {
	if a.Preferred != 0 && (have.Preferred != 0 || have.Deprecated) {
		a.Preferred, a.Deprecated = have.Preferred, have.Deprecated
	}
	return a
}

// Same tells whether two addresses are equal but for their owner.
func (a Address) Same(b Address) bool {
	a.Owner, b.Owner = 0, 0
	return a == b
}
