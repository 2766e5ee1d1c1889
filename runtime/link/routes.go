package link

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/internal/nl"
)

// ObserveRoutes reads the routes of both families, one of each key: ours if
// there is one. keep chooses among them; nil keeps all.
func (l *Links) ObserveRoutes(keep func(state.RouteKey) bool) ([]state.Route, error) {
	var out []state.Route
	name := l.namer()
	for _, family := range []byte{unix.AF_INET, unix.AF_INET6} {
		start := len(out)
		header := append([]byte{family}, make([]byte, routeHeader-1)...)
		err := l.tables.dump(unix.RTM_GETROUTE, header, func() { out = out[:start] }, func(body []byte) error {
			if r, ok := parseRoute(body, name); ok && body[0] == family && (keep == nil || keep(r.RouteKey)) {
				out = append(out, r)
			}
			return nil
		})
		if err != nil && !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.EAFNOSUPPORT) {
			return nil, fmt.Errorf("routes: %w", err)
		}
	}
	s := state.State{Routes: out}
	s.Normalize()
	return oneEach(s.Routes), nil
}

// oneEach leaves one route of each key: ours if there is one.
func oneEach(routes []state.Route) []state.Route {
	out := routes[:0]
	for _, r := range routes {
		n := len(out)
		if n == 0 || out[n-1].RouteKey != r.RouteKey {
			out = append(out, r)
		} else if state.OwnedByUs(r.Owner) {
			out[n-1] = r
		}
	}
	return out
}

// namer tells the names of interfaces, each asked for once.
func (l *Links) namer() func(int) string {
	known := map[int]string{}
	return func(index int) string {
		name, ok := known[index]
		if !ok {
			name, _ = l.names.name(index)
			known[index] = name
		}
		return name
	}
}

func (l *Links) applyRoute(verb state.Verb, old, new *state.Route) error {
	if verb == state.Remove || verb == state.Replace {
		// All of it is in the request, the protocol, too: a route that
		// somebody put in place of ours is not ours to remove.
		err := l.writeRoute(unix.RTM_DELROUTE, 0, old)
		gone := errors.Is(err, unix.ESRCH) || errors.Is(err, unix.ENODEV)
		if verb == state.Remove || err != nil && !gone {
			return unless(gone, err)
		}
	}
	const replace = unix.NLM_F_CREATE | unix.NLM_F_REPLACE
	if verb == state.Update {
		return l.writeRoute(unix.RTM_NEWROUTE, replace, new)
	}
	err := l.writeRoute(unix.RTM_NEWROUTE, unix.NLM_F_CREATE|unix.NLM_F_EXCL, new)
	if errors.Is(err, unix.EEXIST) {
		if same, lookErr := l.sameRoute(new); lookErr == nil && same {
			return l.writeRoute(unix.RTM_NEWROUTE, replace, new) // it gets our protocol number
		}
	}
	return err
}

func (l *Links) writeRoute(typ, flags uint16, r *state.Route) error {
	return l.writes.write(typ, flags, func(b *nl.Batch) error { return l.putRoute(b, r) })
}

// sameRoute tells whether the kernel has this very route, whoever owns it.
func (l *Links) sameRoute(r *state.Route) (bool, error) {
	list, err := l.ObserveRoutes(func(k state.RouteKey) bool { return k == r.RouteKey })
	return slices.ContainsFunc(list, func(have state.Route) bool { return r.Given(have).Same(have) }), err
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
