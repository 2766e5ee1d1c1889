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
	Rules     []Rule
	Sysctls   []Sysctl
	Links     []Link
	Filters   []Filter
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
		return a.tie(&b)
	})
	slices.SortFunc(s.Routes, func(a, b Route) int {
		if c := a.RouteKey.Compare(b.RouteKey); c != 0 {
			return c
		}
		return a.tie(&b)
	})
	slices.SortFunc(s.Rules, func(a, b Rule) int {
		if c := a.RuleKey.Compare(b.RuleKey); c != 0 {
			return c
		}
		return a.tie(&b)
	})
	slices.SortFunc(s.Sysctls, func(a, b Sysctl) int { return cmp.Compare(a.Path, b.Path) })
	slices.SortFunc(s.Filters, Filter.Compare)
	slices.SortStableFunc(s.Links, func(a, b Link) int { return cmp.Compare(a.Dev, b.Dev) })
}

// What has the same key is put in an order, too, so that whichever is kept does
// not depend on the order of the source: what is static before what comes and
// goes.

func (a *Address) tie(b *Address) int {
	if a.Owner != b.Owner {
		return cmp.Compare(b.Owner, a.Owner)
	}
	rest := func(a *Address) string {
		return fmt.Sprint(a.Label, a.Peer, a.Broadcast, a.Scope, a.Deprecated, a.Preferred, a.NoDAD, a.NoPrefixRoute, a.Home, a.ManageTemp, a.AutoJoin)
	}
	return cmp.Compare(rest(a), rest(b))
}

func (r *Route) tie(o *Route) int {
	if r.Owner != o.Owner {
		return cmp.Compare(o.Owner, r.Owner)
	}
	rest := func(r *Route) string {
		return fmt.Sprint(r.Type, r.Via, r.Link, r.OnLink, r.Nexthops, r.Source, r.Scope, r.Metrics, r.Realms, r.Preference, r.Expires, r.Encap)
	}
	return cmp.Compare(rest(r), rest(o))
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

// Rows counts services and destinations.
func (s *State) Rows() int {
	n := len(s.Services)
	for i := range s.Services {
		n += len(s.Services[i].Dests)
	}
	return n
}
