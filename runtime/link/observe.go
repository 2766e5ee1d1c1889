package link

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
)

// Observed is what there is, each slice in the order of a normalized state.
type Observed struct {
	Addresses []state.Address
	Routes    []state.Route
	Rules     []state.Rule
	Links     []state.Link
}

// Observe reads all addresses, routes, rules and links. What the
// kernel keeps in the table "local" (255) is a shadow of its addresses and left
// out.
func (l *Links) Observe(ctx context.Context) (Observed, error) { return l.ObserveSome(ctx, nil) }

// ObserveSome is Observe with only the routes that keep accepts: a node may have
// a million of them.
func (l *Links) ObserveSome(ctx context.Context, keep func(state.RouteKey) bool) (o Observed, err error) {
	links, err := l.reader.LinkList()
	if err != nil {
		return o, fmt.Errorf("links: %w", err)
	}
	name := make(map[int]string, len(links))
	for _, k := range links {
		name[k.Attrs().Index] = k.Attrs().Name
	}
	for _, k := range links {
		o.Links = append(o.Links, linkState(k, func(i int) string { return name[i] }))
	}
	if err := ctx.Err(); err != nil {
		return o, err
	}
	addrs, err := l.dumpAddresses(unix.AF_UNSPEC, 0)
	if err != nil {
		return o, fmt.Errorf("addresses: %w", err)
	}
	for _, a := range addrs {
		if a.Link = name[a.index]; a.Link != "" { // else it came after the links were read
			o.Addresses = append(o.Addresses, a.Address)
		}
	}
	if err := ctx.Err(); err != nil {
		return o, err
	}
	if o.Routes, err = l.ObserveRoutes(keep); err != nil {
		return o, err
	}
	if o.Rules, err = l.ObserveRules(); err != nil {
		return o, err
	}
	s := state.State{Addresses: o.Addresses, Links: o.Links}
	s.Normalize()
	// A key is there once. The kernel allows more: IPv6 has the same prefix on
	// every interface, IPv4 the same address with several peers.
	o.Addresses = slices.CompactFunc(s.Addresses, func(a, b state.Address) bool { return a.AddressKey == b.AddressKey })
	o.Links = s.Links
	return o, nil
}

func up(a *netlink.LinkAttrs) bool {
	const both = unix.IFF_UP | unix.IFF_RUNNING
	return a.RawFlags&both == both
}

// ObserveAddresses reads the given addresses, as far as they exist, with the
// other IPv4 addresses of their subnets, and the
// links that they are on, as far as these do. It costs one small request for
// every interface: it is on the path of a failover.
func (l *Links) ObserveAddresses(ctx context.Context, keys []state.AddressKey) (addrs []state.Address, links []state.Link, err error) {
	sorted := keys
	if !slices.IsSortedFunc(keys, state.AddressKey.Compare) {
		sorted = slices.SortedFunc(slices.Values(keys), state.AddressKey.Compare)
	}
	for len(sorted) > 0 {
		n := 1
		for n < len(sorted) && sorted[n].Link == sorted[0].Link {
			n++
		}
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		here, link, err := l.observeOn(sorted[:n], true)
		if errors.Is(err, unix.ENODEV) {
			err = nil
		} else if err == nil {
			links = append(links, link)
			addrs = append(addrs, here...)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("addresses of %s: %w", sorted[0].Link, err)
		}
		sorted = sorted[n:]
	}
	return addrs, links, nil
}

// observeOn reads addresses of one interface, with their neighbors if asked.
func (l *Links) observeOn(keys []state.AddressKey, neighbors bool) (addrs []state.Address, link state.Link, err error) {
	i, err := l.names.state(keys[0].Link)
	if err != nil {
		return nil, link, err
	}
	link = state.Link{Dev: keys[0].Link, Up: i.up()}
	family := familyOf(keys[0].Prefix.Addr())
	for _, k := range keys {
		if familyOf(k.Prefix.Addr()) != family {
			family = unix.AF_UNSPEC
		}
	}
	list, err := l.dumpAddresses(family, i.index)
	for _, a := range list {
		a.Link = link.Dev
		if _, found := slices.BinarySearchFunc(keys, a.AddressKey, state.AddressKey.Compare); found || neighbors && neighbor(keys, a.Prefix) {
			addrs = append(addrs, a.Address)
		}
	}
	slices.SortFunc(addrs, func(a, b state.Address) int { return a.AddressKey.Compare(b.AddressKey) })
	addrs = slices.CompactFunc(addrs, func(a, b state.Address) bool { return a.AddressKey == b.AddressKey })
	return addrs, link, err
}

// neighbor tells whether an IPv4 address shares its subnet with one of the
// keys: whether it is removed along with that one is for the plan to say.
func neighbor(keys []state.AddressKey, p netip.Prefix) bool {
	return p.Addr().Is4() && slices.ContainsFunc(keys, func(k state.AddressKey) bool {
		return k.Prefix.Bits() == p.Bits() && k.Prefix.Masked() == p.Masked()
	})
}

func familyOf(a netip.Addr) uint8 {
	if a.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}
