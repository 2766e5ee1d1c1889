package link

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/internal/nl"
)

// EventKind says what an event is about.
type EventKind uint8

const (
	// EventLink is an interface that came, went, or changed.
	EventLink EventKind = iota
	// EventAddress is an address that came, went, or changed.
	EventAddress
	// EventRoute is a route that came, went, or changed.
	EventRoute
	// EventRule is a rule that came or went.
	EventRule
	// EventResync says that events were missed: everything may have changed.
	EventResync
)

var eventNames = [...]string{"link", "address", "route", "rule", "resync"}

func (k EventKind) String() string {
	if int(k) < len(eventNames) {
		return eventNames[k]
	}
	return "event " + strconv.Itoa(int(k))
}

// Event is a hint that something changed; what is true now is observed.
type Event struct {
	Kind EventKind
	// Removed tells that it went; otherwise it came or changed.
	Removed bool
	// Link is the interface's name; empty for a route over none or several,
	// and where the interface was gone before its name could be asked.
	Link  string
	Index int
	// Was is the former name of a link that has another one now.
	Was string
	// Up is set for a link that is switched on and has a carrier.
	Up bool
	// Address and Owner (IFA_PROTO, RTA_PROTOCOL) of an address; a route has
	// Owner and Route, a rule Owner and Rule.
	Address netip.Prefix
	Owner   uint8
	Route   state.RouteKey
	Rule    state.RuleKey
}

const (
	linkHeader  = 16 // struct ifinfomsg: family, pad, type, index, flags, change
	routeHeader = 12 // struct rtmsg
)

// parseEvent reads one message; ok is false for those that tell nothing.
func parseEvent(m nl.Message) (e Event, ok bool) {
	switch m.Type {
	case unix.RTM_NEWLINK, unix.RTM_DELLINK:
		e.Kind, e.Removed = EventLink, m.Type == unix.RTM_DELLINK
		return parseLink(e, m.Body)
	case unix.RTM_NEWADDR, unix.RTM_DELADDR:
		a, ok := parseAddress(m.Body)
		return Event{
			Kind: EventAddress, Removed: m.Type == unix.RTM_DELADDR,
			Index: a.index, Address: a.Prefix, Owner: a.Owner,
		}, ok
	case unix.RTM_NEWROUTE, unix.RTM_DELROUTE:
		e.Kind, e.Removed = EventRoute, m.Type == unix.RTM_DELROUTE
		return parseRouteEvent(e, m.Body)
	case unix.RTM_NEWRULE, unix.RTM_DELRULE:
		r, ok := parseRule(m.Body)
		return Event{Kind: EventRule, Removed: m.Type == unix.RTM_DELRULE, Owner: r.Owner, Rule: r.RuleKey}, ok
	}
	return e, false
}

func parseLink(e Event, body []byte) (Event, bool) {
	// Bridges tell about their ports in messages of family AF_BRIDGE.
	if len(body) < linkHeader || body[0] != unix.AF_UNSPEC {
		return e, false
	}
	e.Index = int(binary.NativeEndian.Uint32(body[4:]))
	const both = unix.IFF_UP | unix.IFF_RUNNING
	e.Up = !e.Removed && binary.NativeEndian.Uint32(body[8:])&both == both
	for typ, v := range nl.Attrs(body[linkHeader:]) {
		if typ == unix.IFLA_IFNAME {
			e.Link = v.Text()
		}
	}
	return e, e.Link != ""
}

func parseRouteEvent(e Event, body []byte) (Event, bool) {
	r, ok := parseRoute(body, func(index int) string {
		e.Index = index
		return ""
	})
	e.Owner, e.Route = r.Owner, r.RouteKey
	if r.Nexthops != "" {
		e.Index = 0
	}
	return e, ok
}
