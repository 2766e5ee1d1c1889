package link

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/internal/nl"
)

// linkLocal is a route that the kernel makes for every interface.
var linkLocal = netip.MustParsePrefix("fe80::/64")

// parseRoute reads a message about a route; ok is false for those that are the
// kernel's own bookkeeping. name tells the name of an interface.
func parseRoute(body []byte, name func(int) string) (r state.Route, ok bool) {
	if len(body) < routeHeader || body[0] != unix.AF_INET && body[0] != unix.AF_INET6 {
		return r, false
	}
	family, kind, flags := body[0], body[7], binary.NativeEndian.Uint32(body[8:])
	to, from := netip.IPv4Unspecified(), netip.Addr{}
	if family == unix.AF_INET6 {
		to = netip.IPv6Unspecified()
	}
	r.TOS, r.Table, r.Owner, r.Scope = body[3], uint32(body[4]), body[5], body[6]
	r.OnLink = flags&unix.RTNH_F_ONLINK != 0
	if kind != unix.RTN_UNICAST {
		r.Type = kind
	}
	for typ, v := range nl.Attrs(body[routeHeader:]) {
		switch typ {
		case unix.RTA_DST:
			to, _ = parseIP(v, family)
		case unix.RTA_SRC:
			from, _ = parseIP(v, family)
		case unix.RTA_TABLE:
			r.Table = v.Uint32()
		case unix.RTA_PRIORITY:
			r.Metric = v.Uint32()
		case unix.RTA_OIF:
			r.Link = name(int(v.Uint32()))
		case unix.RTA_GATEWAY:
			r.Via, _ = parseIP(v, family)
		case unix.RTA_VIA:
			r.Via = parseVia(v)
		case unix.RTA_PREFSRC:
			r.Source, _ = parseIP(v, family)
		case unix.RTA_METRICS:
			r.Metrics = parseMetrics(v)
		case unix.RTA_MULTIPATH:
			r.Nexthops = parseNexthops(v, family, name)
		case unix.RTA_FLOW:
			r.Realms = v.Uint32()
		case unix.RTA_PREF:
			r.Preference = v.Uint8()
		case unix.RTA_CACHEINFO: // struct rta_cacheinfo: clntref, lastuse, expires, ...
			if len(v) >= 12 && binary.NativeEndian.Uint32(v[8:]) != 0 {
				r.Expires = state.Ends
			}
		case unix.RTA_ENCAP_TYPE:
			r.Encap = encapName(v)
		}
	}
	r.To = netip.PrefixFrom(to, int(body[1]))
	if body[2] > 0 {
		r.From = netip.PrefixFrom(from, int(body[2]))
	}
	if kind >= unix.RTN_BLACKHOLE {
		r.Link = "" // IPv6 has the loopback there
	}
	own := r.Owner == unix.RTPROT_KERNEL && (r.Table == unix.RT_TABLE_LOCAL || r.To == linkLocal || kind == unix.RTN_MULTICAST)
	return r, r.To.IsValid() && !own && flags&unix.RTM_F_CLONED == 0
}

// parseVia reads struct rtvia: a gateway of any family.
func parseVia(v nl.Attr) netip.Addr {
	if len(v) < 2 {
		return netip.Addr{}
	}
	a, _ := parseIP(v[2:], uint8(binary.NativeEndian.Uint16(v)))
	return a
}

func parseMetrics(v nl.Attr) (m state.Metrics) {
	for typ, v := range nl.Attrs(v) {
		switch {
		case typ == state.MetricLock:
			m.Lock = v.Uint32()
		case typ == state.MetricCongctl:
			m.Congctl = v.Text()
		case int(typ) < len(m.Value):
			m.Value[typ] = v.Uint32()
		}
	}
	return m
}

// nexthopHeader is struct rtnexthop: length, flags, weight less one, interface.
const nexthopHeader = 8

func parseNexthops(v nl.Attr, family uint8, name func(int) string) string {
	var out []state.Nexthop
	for len(v) >= nexthopHeader {
		size := int(binary.NativeEndian.Uint16(v))
		if size < nexthopHeader || size > len(v) {
			break
		}
		n := state.Nexthop{
			OnLink: v[2]&unix.RTNH_F_ONLINK != 0, Weight: uint16(v[3]) + 1,
			Link: name(int(binary.NativeEndian.Uint32(v[4:]))),
		}
		for typ, v := range nl.Attrs(v[nexthopHeader:size]) {
			switch typ {
			case unix.RTA_GATEWAY:
				n.Via, _ = parseIP(v, family)
			case unix.RTA_VIA:
				n.Via = parseVia(v)
			case unix.RTA_FLOW:
				n.Realms = v.Uint32()
			case unix.RTA_ENCAP_TYPE:
				n.Encap = encapName(v)
			}
		}
		out = append(out, n)
		v = v[min((size+3)&^3, len(v)):]
	}
	return state.JoinNexthops(out)
}

func encapName(v nl.Attr) string {
	if t := v.Uint16(); t != 0 {
		return fmt.Sprintf("type-%d", t)
	}
	return ""
}

// putRoute is the opposite.
func (l *Links) putRoute(b *nl.Batch, r *state.Route) error {
	if !r.To.IsValid() {
		return errors.New("it has no destination")
	}
	if r.Encap != "" {
		return errors.New("it has an encapsulation")
	}
	var h [routeHeader]byte
	h[0] = familyOf(r.To.Addr())
	h[1], h[3], h[5], h[6], h[7] = byte(r.To.Bits()), r.TOS, r.Owner, r.Scope, r.Type
	if r.Type == state.RouteUnicast {
		h[7] = unix.RTN_UNICAST
	}
	if r.From.IsValid() {
		h[2] = byte(r.From.Bits())
	}
	if r.OnLink {
		binary.NativeEndian.PutUint32(h[8:], unix.RTNH_F_ONLINK)
	}
	b.Raw(h[:]...)
	b.Uint32(unix.RTA_TABLE, r.Table)
	if r.To.Bits() > 0 {
		b.Data(unix.RTA_DST, r.To.Addr().AsSlice())
	}
	if r.From.IsValid() {
		b.Data(unix.RTA_SRC, r.From.Addr().AsSlice())
	}
	if r.Metric != 0 {
		b.Uint32(unix.RTA_PRIORITY, r.Metric)
	}
	if r.Source.IsValid() {
		b.Data(unix.RTA_PREFSRC, r.Source.AsSlice())
	}
	if err := l.putWay(b, r.Link, r.Via, r.To.Addr().Is6()); err != nil {
		return err
	}
	putMetrics(b, &r.Metrics)
	if r.Realms != 0 {
		b.Uint32(unix.RTA_FLOW, r.Realms)
	}
	if r.Preference != 0 {
		b.Uint8(unix.RTA_PREF, r.Preference)
	}
	if r.Expires > state.Ends { // what is left of an observed one is not known
		b.Uint32(unix.RTA_EXPIRES, r.Expires)
	}
	return l.putNexthops(b, r)
}

// putWay writes an interface and a gateway, which may be of another family.
func (l *Links) putWay(b *nl.Batch, link string, via netip.Addr, v6 bool) error {
	if link != "" {
		index, err := l.names.index(link)
		if err != nil {
			return fmt.Errorf("interface %s: %w", link, err)
		}
		b.Uint32(unix.RTA_OIF, uint32(index))
	}
	putGateway(b, via, v6)
	return nil
}

func putGateway(b *nl.Batch, via netip.Addr, v6 bool) {
	switch {
	case !via.IsValid():
	case via.Is6() == v6:
		b.Data(unix.RTA_GATEWAY, via.AsSlice())
	default:
		b.Data(unix.RTA_VIA, append(binary.NativeEndian.AppendUint16(nil, uint16(familyOf(via))), via.AsSlice()...))
	}
}

func putMetrics(b *nl.Batch, m *state.Metrics) {
	if m.IsZero() {
		return
	}
	nest := b.Nest(unix.RTA_METRICS)
	if m.Lock != 0 {
		b.Uint32(state.MetricLock, m.Lock)
	}
	for i, v := range m.Value {
		if v != 0 {
			b.Uint32(uint16(i), v)
		}
	}
	if m.Congctl != "" {
		b.String(state.MetricCongctl, m.Congctl)
	}
	b.End(nest)
}

func (l *Links) putNexthops(b *nl.Batch, r *state.Route) error {
	if r.Nexthops == "" {
		return nil
	}
	var all []byte
	for _, n := range state.SplitNexthops(r.Nexthops) {
		if n.Encap != "" {
			return errors.New("a next hop has an encapsulation")
		}
		index := 0
		if n.Link != "" {
			var err error
			if index, err = l.names.index(n.Link); err != nil {
				return fmt.Errorf("interface %s: %w", n.Link, err)
			}
		}
		var attrs nl.Batch
		putGateway(&attrs, n.Via, r.To.Addr().Is6())
		if n.Realms != 0 {
			attrs.Uint32(unix.RTA_FLOW, n.Realms)
		}
		rest := attrs.Bytes()
		flags := byte(0)
		if n.OnLink {
			flags = unix.RTNH_F_ONLINK
		}
		all = binary.NativeEndian.AppendUint16(all, uint16(nexthopHeader+len(rest)))
		all = append(all, flags, byte(n.Weight-1))
		all = binary.NativeEndian.AppendUint32(all, uint32(index))
		all = append(all, rest...)
	}
	b.Data(unix.RTA_MULTIPATH, all)
	return nil
}
