package state

import (
	"cmp"
	"fmt"
	"slices"
)

// State is everything that lbgit reads from or writes to one network
// namespace. Slices are sorted by key and hold a key once: see Normalize.
type State struct {
	Services  []ServiceRows
	Timeouts  Timeouts
	Addresses []Address
	Routes    []Route
	Sysctls   []Sysctl
	Links     []Link
}

// Normalize sorts every slice. It is how a state is finished, whoever made it.
func (s *State) Normalize() {
	byKey := func(a, b ServiceRows) int { return a.Service.Compare(b.Service.ServiceKey) }
	if !slices.IsSortedFunc(s.Services, byKey) {
		slices.SortFunc(s.Services, byKey)
	}
	for i := range s.Services {
		SortDests(s.Services[i].Dests)
	}
	slices.SortFunc(s.Addresses, func(a, b Address) int {
		if c := a.AddressKey.Compare(b.AddressKey); c != 0 {
			return c
		}
		return tie(a.Owner, b.Owner, a, b)
	})
	slices.SortFunc(s.Routes, func(a, b Route) int {
		if c := a.RouteKey.Compare(b.RouteKey); c != 0 {
			return c
		}
		return tie(a.Owner, b.Owner, a, b)
	})
	slices.SortFunc(s.Sysctls, func(a, b Sysctl) int { return cmp.Compare(a.Path, b.Path) })
	slices.SortFunc(s.Links, func(a, b Link) int { return cmp.Compare(a.Name, b.Name) })
}

// tie orders what has the same key, so that whichever is kept does not depend
// on the order of the source: what is static before what comes and goes.
func tie(ownerA, ownerB uint8, a, b any) int {
	if ownerA != ownerB {
		return cmp.Compare(ownerB, ownerA)
	}
	return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

// SortDests brings destinations into the order of a state.
func SortDests(d []Dest) {
	c := func(a, b Dest) int { return a.Compare(&b) }
	if !slices.IsSortedFunc(d, c) {
		slices.SortFunc(d, c)
	}
}

// FindService gives the row of a service, or nil.
func (s *State) FindService(k ServiceKey) *ServiceRows {
	i, ok := slices.BinarySearchFunc(s.Services, k, func(r ServiceRows, k ServiceKey) int { return r.Service.Compare(k) })
	if !ok {
		return nil
	}
	return &s.Services[i]
}

// FindDest gives the destination with d's address and port, or nil.
func (r *ServiceRows) FindDest(d *Dest) *Dest {
	i, ok := slices.BinarySearchFunc(r.Dests, d, func(a Dest, b *Dest) int { return a.Compare(b) })
	if !ok {
		return nil
	}
	return &r.Dests[i]
}

// FindAddress gives the address of that key, or nil.
func (s *State) FindAddress(k AddressKey) *Address {
	i, ok := slices.BinarySearchFunc(s.Addresses, k, func(a Address, k AddressKey) int { return a.AddressKey.Compare(k) })
	if !ok {
		return nil
	}
	return &s.Addresses[i]
}

// HasLink tells whether the interface was there.
func (s *State) HasLink(name string) bool {
	_, ok := slices.BinarySearchFunc(s.Links, name, func(l Link, n string) int { return cmp.Compare(l.Name, n) })
	return ok
}

// Rows counts services and destinations.
func (s *State) Rows() int {
	n := len(s.Services)
	for i := range s.Services {
		n += len(s.Services[i].Dests)
	}
	return n
}
