package link

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
)

// linkLocal is a route that the kernel makes for every interface.
var linkLocal = netip.MustParsePrefix("fe80::/64")

// routeState turns a kernel's route into a value; ok is false for those that
// are the kernel's own bookkeeping. A route over several next hops, or to
// nowhere (blackhole), has neither Via nor Link: it is shown, and differs from
// any that could be asked for.
func routeState(k *netlink.Route, name map[int]string) (r state.Route, ok bool) {
	switch k.Type {
	case unix.RTN_UNICAST, unix.RTN_BLACKHOLE, unix.RTN_UNREACHABLE, unix.RTN_PROHIBIT, unix.RTN_THROW:
	default:
		return r, false
	}
	if k.Table == unix.RT_TABLE_LOCAL || k.Flags&unix.RTM_F_CLONED != 0 || k.Dst == nil {
		return r, false
	}
	to, ok := netip.AddrFromSlice(k.Dst.IP) // 0.0.0.0 comes in its long form
	if !ok {
		return r, false
	}
	bits, _ := k.Dst.Mask.Size()
	r = state.Route{
		RouteKey: state.RouteKey{To: netip.PrefixFrom(to.Unmap(), bits), Table: uint32(k.Table), Metric: uint32(k.Priority)},
		Scope:    uint8(k.Scope),
		MTU:      uint32(k.MTU),
		Owner:    uint8(k.Protocol),
	}
	if r.To == linkLocal && r.Owner == unix.RTPROT_KERNEL {
		return r, false
	}
	r.Source, _ = netip.AddrFromSlice(k.Src)
	if k.Type != unix.RTN_UNICAST || len(k.MultiPath) > 0 {
		return r, true
	}
	r.Link = name[k.LinkIndex]
	r.Via, _ = netip.AddrFromSlice(k.Gw)
	if via, ok := k.Via.(*netlink.Via); ok { // an IPv4 route over an IPv6 neighbour
		r.Via, _ = netip.AddrFromSlice(via.Addr)
	}
	return r, true
}

// kernelRoute is the opposite.
func (l *Links) kernelRoute(r *state.Route) (*netlink.Route, error) {
	if !r.To.IsValid() {
		return nil, errors.New("it has no destination")
	}
	k := &netlink.Route{
		Dst:      ipNet(r.To),
		Table:    int(r.Table),
		Priority: int(r.Metric),
		Scope:    netlink.Scope(r.Scope),
		MTU:      int(r.MTU),
		Protocol: netlink.RouteProtocol(r.Owner),
		Type:     unix.RTN_UNICAST,
	}
	if r.Source.IsValid() {
		k.Src = r.Source.AsSlice()
	}
	switch {
	case !r.Via.IsValid():
	case r.Via.Is4() == r.To.Addr().Is4():
		k.Gw = r.Via.AsSlice()
	default:
		k.Via = &netlink.Via{AddrFamily: int(familyOf(r.Via)), Addr: r.Via.AsSlice()}
	}
	if r.Link != "" {
		index, err := l.names.index(r.Link)
		if err != nil {
			return nil, fmt.Errorf("interface %s: %w", r.Link, err)
		}
		k.LinkIndex = index
	}
	return k, nil
}

func (l *Links) applyRoute(verb state.Verb, old, new *state.Route) error {
	if verb == state.Remove || verb == state.Replace {
		k, err := l.kernelRoute(old)
		if err == nil {
			// All of it is in the request, the protocol, too: a route that
			// somebody put in place of ours is not ours to remove.
			err = l.writer.RouteDel(k)
		}
		gone := errors.Is(err, unix.ESRCH) || errors.Is(err, unix.ENODEV)
		if verb == state.Remove || err != nil && !gone {
			return unless(gone, err)
		}
	}
	k, err := l.kernelRoute(new)
	if err != nil {
		return err
	}
	if verb == state.Update {
		return l.writer.RouteReplace(k)
	}
	err = l.writer.RouteAdd(k)
	if errors.Is(err, unix.EEXIST) {
		if same, lookErr := l.sameRoute(new); lookErr == nil && same {
			return l.writer.RouteReplace(k) // it gets our protocol number
		}
	}
	return err
}

// sameRoute tells whether the kernel has this very route, whoever owns it.
func (l *Links) sameRoute(r *state.Route) (bool, error) {
	family := netlink.FAMILY_V4
	if r.To.Addr().Is6() {
		family = netlink.FAMILY_V6
	}
	// A strict kernel refuses to filter a dump by destination.
	list, err := l.reader.RouteListFiltered(family, &netlink.Route{Table: int(r.Table)}, netlink.RT_FILTER_TABLE)
	if err != nil {
		return false, err
	}
	for i := range list {
		name, _ := l.names.name(list[i].LinkIndex)
		if k, ok := routeState(&list[i], map[int]string{list[i].LinkIndex: name}); ok && k.Same(*r) {
			return true, nil
		}
	}
	return false, nil
}

func unless(fine bool, err error) error {
	if fine {
		return nil
	}
	return err
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
