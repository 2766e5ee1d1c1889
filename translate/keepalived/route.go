package keepalived

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/lbgit/lbgit/schema"
)

// route reads one entry of virtual_routes or static_routes. A word that the
// model cannot carry and that changes where packets go drops the route; one
// that only tunes it is reported.
func (w *world) route(s *Stmt) (schema.RouteSpec, bool) {
	r := schema.RouteSpec{Src: s.src()}
	scoped := false
	drop := func(i int, why string) (schema.RouteSpec, bool) {
		w.Warnf(s.word(i), "route %q: %s %s; the route is dropped", s.text(), s.arg(i), why).As("unsupported")
		return r, false
	}
	for i := 0; i < len(s.Words); i++ {
		word := s.arg(i)
		switch word { // without a value
		case "no_track":
			r.NoTrack = true
			continue
		case "inet", "inet6":
			if s.arg(i+1) != "to" { // fact 1.30 [bug], not copied
				w.Warnf(s.word(i), "keepalived loses the word after %s", word).As("route-inet").
					Because("here the route is read as it stands; write %s to DESTINATION", word)
			}
			continue
		case "add", "prepend", "append":
			w.Warnf(s.word(i), "%s of a route is not supported yet", word).As("unsupported")
			continue
		case "blackhole", "unreachable", "prohibit", "throw", "unicast", "local", "broadcast", "multicast", "nat":
			if word == "unicast" {
				continue
			}
			return drop(i, "is not supported yet")
		case "onlink", "or", "nexthop", "encap", "from", "vrf", "tos", "dsfield", "as":
			return drop(i, "is not supported yet")
		}
		known := known("virtual_routes-entry", word) || word == "default6"
		if !known || word == "default6" {
			if r.To != "" {
				return drop(i, "is not known")
			}
			if !w.destination(&r, word) {
				return drop(i, "is not a destination")
			}
			continue
		}
		if word == "to" {
			continue
		}
		if i++; i >= len(s.Words) {
			return drop(i-1, "needs a value")
		}
		scoped = scoped || word == "scope"
		if !w.routeOption(&r, s, word, &i) {
			return drop(i, "is not usable here")
		}
	}
	if r.To == "" {
		return drop(0, "names no destination")
	}
	if !scoped && !r.Via.IsValid() && !r.Source.Is6() && strings.IndexByte(r.To, ':') < 0 {
		r.Scope = 253 // a route without gateway is of the link
	}
	return r, true
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

// routeOption reads the value at *i; false drops the route.
func (w *world) routeOption(r *schema.RouteSpec, s *Stmt, word string, i *int) bool {
	val := s.arg(*i)
	switch word {
	case "via", "gw":
		if val == "inet" || val == "inet6" {
			*i++
			val = s.arg(*i)
		}
		a, err := netip.ParseAddr(val)
		r.Via = a
		return err == nil && a.Zone() == ""
	case "dev", "oif":
		w.device(s, *i, &r.Dev)
		return r.Dev != ""
	case "src":
		a, err := netip.ParseAddr(val)
		r.Source = a
		return err == nil
	case "metric", "priority", "preference":
		return number32(val, &r.Metric)
	case "table":
		return r.Table.UnmarshalText([]byte(val)) == nil
	case "scope":
		return r.Scope.UnmarshalText([]byte(val)) == nil
	case "mtu":
		if val == "lock" {
			*i++
			val = s.arg(*i)
			w.Warnf(s.word(*i-1), "mtu lock of a route is not supported yet").As("unsupported")
		}
		return number32(val, &r.MTU)
	case "track_group":
		w.trackGroup(s, *i)
		return true
	}
	if val == "lock" {
		*i++
	}
	w.Warnf(s.word(*i-1), "%s of a route is not supported yet; the route is set without it", word).As("unsupported")
	return true
}

func number32(t string, to *uint32) bool {
	n, err := strconv.ParseUint(t, 0, 32)
	*to = uint32(n)
	return err == nil
}
