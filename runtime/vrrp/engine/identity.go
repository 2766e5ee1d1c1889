package engine

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// Peer is another router of a unicast instance.
type Peer struct {
	Addr netip.Addr
	// MinTTL and MaxTTL are what its adverts must arrive with; a MaxTTL of 0
	// means 255.
	MinTTL, MaxTTL uint8
}

// Identity is what makes two configurations the same virtual router (fact
// 16.5).  The name is not part of it.
type Identity struct {
	vrid   uint8
	ifname string
	// to is the multicast group; for unicast the configured source, if any.
	to      netip.Addr
	unicast bool
	v6      bool
}

// Identity gives the identity of an instance.
func (i *Instance) Identity() Identity {
	id := Identity{vrid: i.Config.VRID, ifname: i.base(), unicast: i.Unicast, v6: i.v6()}
	if id.to = i.group(); i.Unicast {
		id.to = i.Config.Source.Unmap()
	}
	return id
}

// clashes says whether two routers of one identity could not tell whose an
// advert is: unicast ones can by its sender (fact 4.5).
func (i *Instance) clashes(other *Instance) bool {
	return !i.Unicast || slices.ContainsFunc(i.Peers, func(p Peer) bool { return other.peer(p.Addr) != nil })
}

// peer gives the peer of that address.
func (i *Instance) peer(a netip.Addr) *Peer {
	for n := range i.Peers {
		if i.Peers[n].Addr == a {
			return &i.Peers[n]
		}
	}
	return nil
}

// checksSource says whether only peers are believed: also where one of them
// must be at a certain distance, and with auth_hmac (facts 4.6t, 4.9a).
func (i *Instance) checksSource() bool {
	return i.CheckSource || i.HMAC != nil || slices.ContainsFunc(i.Peers, func(p Peer) bool { return p.MinTTL > 0 || p.MaxTTL > 0 && p.MaxTTL < 255 })
}

// v6 tells the family of an instance (fact 1.29, in short).
func (i *Instance) v6() bool {
	for _, a := range []netip.Addr{i.Config.Source, i.Group} {
		if a.IsValid() {
			return !a.Unmap().Is4()
		}
	}
	switch {
	case len(i.Peers) > 0:
		return !i.Peers[0].Addr.Unmap().Is4()
	case len(i.Advertised) > 0:
		return !i.Advertised[0].Unmap().Is4()
	}
	return false
}

// group is the multicast group with its default.
func (i *Instance) group() netip.Addr {
	switch {
	case i.Group.IsValid():
		return i.Group.Unmap()
	case i.v6():
		return wire.GroupIPv6
	}
	return wire.GroupIPv4
}

// base is the link that the instance belongs to: an interface, a VRF, or "".
func (i *Instance) base() string { return cmp.Or(i.Interface, i.VRF) }

// transmit is the link that adverts leave from and are heard on.  A peer's
// advert that comes with the MAC address of a macvlan of this node's reaches
// that macvlan alone, not the interface below it.
func (i *Instance) transmit() string { return cmp.Or(i.Transmit, i.base()) }

// local is where packets for the instance are sent to.
func (i *instance) local() netip.Addr {
	if i.spec.Unicast {
		return i.cfg.Source
	}
	return i.spec.group()
}
