package state

import "net/netip"

// Filter drops what is sent to a virtual address of a master that is not its
// owner and has accept = false (RFC 9568 section 6.1, Accept_Mode; keepalived
// vrrp fact 2.10). Neighbour discovery is let through (section 6.4.3), and so
// is what is only forwarded.
//
// It is about the address alone, on whichever interface a packet comes: that is
// what Accept_Mode speaks of, and it stays right when the address moves from
// one interface to another.
type Filter struct {
	Addr netip.Addr `json:"address"`
}

// Compare orders by address.
func (f Filter) Compare(o Filter) int { return f.Addr.Compare(o.Addr) }
