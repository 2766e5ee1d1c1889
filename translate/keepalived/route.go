package keepalived

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lbgit/lbgit/schema"
)

// route reads one entry of virtual_routes or static_routes. A word that the
// model cannot carry and that changes where packets go drops the route; one
// that has no effect is reported.
func (w *world) route(s *Stmt) (schema.RouteSpec, bool) {
	r := schema.RouteSpec{Src: s.src()}
	drop := func(i int, why string) (schema.RouteSpec, bool) {
		if reason := unsupportedRoute[s.arg(i)]; reason != "" {
			w.Warnf(s.word(i), "route %q: %s is not supported; the route is dropped", s.text(), s.arg(i)).As("unsupported").Because("%s", reason)
			return r, false
		}
		w.Warnf(s.word(i), "route %q: %s %s; the route is dropped", s.text(), s.arg(i), why).As("bad-value")
		return r, false
	}
	for i := 0; i < len(s.Words); i++ {
		word := s.arg(i)
		if unsupportedRoute[word] != "" {
			return drop(i, "")
		}
		if w.routeFlag(&r, s, i) {
			continue
		}
		if word == "nexthop" {
			if at := w.nexthops(&r, s, i); at > 0 {
				return drop(at, "is not usable in a nexthop")
			}
			break // the rest of the line is theirs
		}
		if !known("virtual_routes-entry", word) || word == "default6" {
			if r.To != "" {
				return drop(i, "is not known")
			}
			if !w.destination(&r, word) {
				return drop(i, "is not a destination")
			}
			continue
		}
		if i++; i >= len(s.Words) {
			return drop(i-1, "needs a value")
		}
		if !w.routeOption(&r, s, word, &i) {
			return drop(i, "is not usable here")
		}
	}
	if r.To == "" {
		return drop(0, "names no destination")
	}
	if r.TOS != 0 && strings.Contains(r.To, ":") {
		w.Warnf(s.at(), "route %q: the kernel knows no tos of IPv6 routes; it is left out", s.text()).As("no-effect").
			Because("a rule can choose by tos")
		r.TOS = 0
	}
	return r, true
}

// unsupportedRoute are words that no route here can follow.
var unsupportedRoute = map[string]string{
	"encap":         "routes with an encapsulation of their own are not written; a tunnel interface does the same",
	"nat":           "the kernel gave up NAT routes in version 2.6",
	"ttl-propagate": "it is for MPLS",
}

// routeFlag reads a word without a value.
func (w *world) routeFlag(r *schema.RouteSpec, s *Stmt, i int) bool {
	switch word := s.arg(i); word {
	case "no_track":
		r.NoTrack = true
	case "inet", "inet6":
		w.lost(s, i)
	case "to", "add":
	case "prepend", "append":
		w.Warnf(s.word(i), "%s has no effect: one destination, table, metric and tos has one route here", word).As("no-effect").
			Because("give the routes metrics to put them in an order")
	case "onlink":
		r.OnLink = true
	case "unicast", "local", "broadcast", "anycast", "multicast", "throw", "unreachable", "prohibit", "blackhole":
		return r.Type.UnmarshalText([]byte(word)) == nil
	default:
		return false
	}
	return true
}

func (w *world) destination(r *schema.RouteSpec, word string) bool {
	switch word {
	case "default", "any", "all":
		r.To = "default"
		return true
	case "default6":
		r.To = "::/0"
		return true
	}
	if _, ok := prefix(word); !ok {
		return false
	}
	r.To = w.str(word)
	return true
}

// gateway reads [inet|inet6] ADDRESS at *i.
func (s *Stmt) gateway(i *int, to *netip.Addr) bool {
	if val := s.arg(*i); val == "inet" || val == "inet6" {
		*i++
	}
	a, err := netip.ParseAddr(s.arg(*i))
	*to = a
	return err == nil && a.Zone() == ""
}

// routeOption reads the value at *i; false drops the route.
func (w *world) routeOption(r *schema.RouteSpec, s *Stmt, word string, i *int) bool {
	val := s.arg(*i)
	switch word {
	case "via", "gw":
		return s.gateway(i, &r.Via)
	case "as": // [to] ADDRESS
		if val == "to" {
			*i++
		}
		w.Warnf(s.word(*i), "as is ignored: it is for MPLS, and keepalived ignores it, too").As("ignored")
		return true
	case "or": // the second gateway of the old spelling
		var second netip.Addr
		ok := s.gateway(i, &second) && r.Via.IsValid()
		r.Nexthops = []schema.Nexthop{{Via: r.Via, Weight: 1, Src: r.Src}, {Via: second, Weight: 1, Src: r.Src}}
		r.Via = netip.Addr{}
		return ok
	case "dev", "oif":
		w.device(s, *i, &r.Dev)
		return r.Dev != ""
	case "src":
		a, err := netip.ParseAddr(val)
		r.Source = a
		return err == nil
	case "from":
		p, ok := prefix(val)
		r.From = p
		return ok
	case "metric", "priority", "preference":
		return number32(val, &r.Metric)
	case "table":
		return r.Table.UnmarshalText([]byte(val)) == nil
	case "vrf":
		return r.Table.UnmarshalText([]byte("vrf:"+val)) == nil
	case "scope":
		return r.Scope.UnmarshalText([]byte(val)) == nil
	case "tos", "dsfield":
		return r.TOS.UnmarshalText([]byte(val)) == nil && r.TOS&3 == 0 // bits of ECN do not select
	case "protocol":
		w.owner(s, *i-1)
		return true
	case "realms":
		return r.Realms.UnmarshalText([]byte(val)) == nil
	case "expires":
		var n uint32
		ok := number32(val, &n)
		r.Expires = time.Duration(n) * time.Second
		return ok
	case "pref":
		return r.Preference.UnmarshalText([]byte(val)) == nil
	case "track_group":
		w.trackGroup(s, *i)
		return true
	}
	return w.routeMetric(r, s, word, i)
}

// routeMetric reads what a route tells about its path: [lock] VALUE.
func (w *world) routeMetric(r *schema.RouteSpec, s *Stmt, word string, i *int) bool {
	if s.arg(*i) == "lock" {
		*i++
		r.Locked = append(r.Locked, w.str(word))
	}
	val := s.arg(*i)
	numbers := map[string]*uint32{
		"mtu": &r.MTU, "advmss": &r.AdvMSS, "reordering": &r.Reordering, "cwnd": &r.Cwnd, "ssthresh": &r.Ssthresh,
		"window": &r.Window, "initcwnd": &r.InitCwnd, "initrwnd": &r.InitRwnd,
	}
	if to := numbers[word]; to != nil {
		return number32(val, to)
	}
	switch word {
	case "hoplimit":
		n, err := strconv.ParseUint(val, 0, 8)
		r.HopLimit = uint8(n)
		return err == nil
	case "rtt":
		return routeTime(val, 8, &r.RTT)
	case "rttvar":
		return routeTime(val, 4, &r.RTTVar)
	case "rto_min":
		return routeTime(val, 1, &r.RTOMin)
	case "features":
		r.ECN = true
		return val == "ecn"
	case "quickack":
		r.QuickACK = val == "1"
		return val == "0" || val == "1"
	case "fastopen_no_cookie":
		r.FastOpen = val == "1"
		return val == "0" || val == "1"
	case "congctl":
		r.Congctl = w.str(val)
		return val != ""
	}
	return false
}

// routeTime reads "200ms", "1s", or a bare number in parts of a millisecond, as
// the kernel keeps it.
func routeTime(t string, parts int64, to *time.Duration) bool {
	unit := time.Millisecond
	number, ok := strings.CutSuffix(t, "ms")
	if !ok {
		if number, ok = strings.CutSuffix(t, "s"); ok {
			unit = time.Second
		} else {
			unit = time.Millisecond / time.Duration(parts)
		}
	}
	n, err := strconv.ParseUint(number, 0, 32)
	*to = time.Duration(n) * unit
	return err == nil
}

// nexthops reads "nexthop OPTIONS" to the end of the line, for as often as it
// stands there. It gives the place of a word that is not usable, or 0.
func (w *world) nexthops(r *schema.RouteSpec, s *Stmt, i int) int {
	for ; i < len(s.Words); i++ {
		word := s.arg(i)
		if word == "nexthop" {
			r.Nexthops = append(r.Nexthops, schema.Nexthop{Weight: 1, Src: s.word(i)})
			continue
		}
		n := &r.Nexthops[len(r.Nexthops)-1]
		if word == "onlink" {
			n.OnLink = true
			continue
		}
		at := i
		if i++; i >= len(s.Words) || !slices.Contains([]string{"via", "dev", "oif", "weight", "realms"}, word) {
			return at
		}
		ok := false
		switch word {
		case "via":
			ok = s.gateway(&i, &n.Via)
		case "dev", "oif":
			w.device(s, i, &n.Dev)
			ok = n.Dev != ""
		case "weight":
			v, err := strconv.ParseUint(s.arg(i), 0, 16)
			n.Weight = uint16(v)
			ok = err == nil && v >= 1 && v <= 256
		case "realms":
			ok = n.Realms.UnmarshalText([]byte(s.arg(i))) == nil
		}
		if !ok {
			return at
		}
	}
	return 0
}

func number32(t string, to *uint32) bool {
	n, err := strconv.ParseUint(t, 0, 32)
	*to = uint32(n)
	return err == nil
}
