package labtest

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/link"
)

func route(to string, table, metric uint32, via string) state.Route {
	r := state.Route{
		RouteKey: state.RouteKey{To: netip.MustParsePrefix(to), Table: table, Metric: metric},
		Link:     "eth0", Owner: state.OwnerStatic,
	}
	if via != "" {
		r.Via = netip.MustParseAddr(via)
	}
	return r
}

func routes(t *testing.T, l *link.Links) (ours, others []state.Route) {
	t.Helper()
	o, err := l.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range o.Routes {
		if state.OwnedByUs(r.Owner) {
			ours = append(ours, r)
		} else {
			others = append(others, r)
		}
	}
	return ours, others
}

func TestRoutesComeBack(t *testing.T) {
	node, l := open(t)
	_, before := routes(t, l)
	direct := route("10.20.0.0/16", 254, 0, "")
	direct.Scope, direct.Source, direct.Metrics.Value[state.MetricMTU] = 253, netip.MustParseAddr("10.0.0.1"), 1400
	s := state.State{Routes: []state.Route{
		route("0.0.0.0/0", 254, 0, "10.0.0.254"), route("10.21.0.0/16", 254, 50, "10.0.0.253"), route("10.21.0.0/16", 254, 60, "10.0.0.252"),
		route("10.22.0.0/16", 1000, 0, "10.0.0.251"), direct, route("::/0", 254, 1024, "2001:db8::fe"),
		route("2001:db8:9::/48", 1000, 7, "2001:db8::fd"), route("10.23.0.0/16", 254, 0, "2001:db8::fc"),
	}}
	s.Normalize()
	for _, r := range s.Routes {
		apply(t, l, state.Add, r)
		apply(t, l, state.Add, r) // there already
	}
	got, others := routes(t, l)
	if diff := cmp.Diff(s.Routes, got, exact); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, others, exact); diff != "" || len(before) == 0 {
		t.Errorf("routes of others (-before +after):\n%s", diff)
	}
	if out := node.Run("ip", "route", "show", "table", "1000"); !strings.Contains(out, "10.22.0.0/16 via 10.0.0.251 dev eth0 proto 77") {
		t.Errorf("table 1000 is %q", out)
	}

	// Another gateway in place, then somebody else's route instead of ours.
	changed := route("10.21.0.0/16", 254, 50, "10.0.0.200")
	if err := l.Apply(state.Change{Verb: state.Update, Old: s.Routes[0], New: changed}); err != nil {
		t.Error(err)
	}
	node.Run("ip", "route", "replace", "10.22.0.0/16", "via", "10.0.0.250", "table", "1000")
	for _, r := range append(s.Routes, changed) {
		apply(t, l, state.Remove, r)
	}
	got, others = routes(t, l)
	foreign := route("10.22.0.0/16", 1000, 0, "10.0.0.250")
	foreign.Owner = unix.RTPROT_BOOT
	want := state.State{Routes: append(before, foreign)}
	want.Normalize()
	if diff := cmp.Diff(want.Routes, others, exact); diff != "" || len(got) > 0 {
		t.Errorf("after removal %v is ours; others (-want +got):\n%s", got, diff)
	}
}

func TestRouteRefusals(t *testing.T) {
	node, l := open(t)
	node.Run("ip", "route", "add", "10.30.0.0/16", "via", "10.0.0.9")
	node.Run("ip", "route", "add", "blackhole", "10.31.0.0/16")
	for _, c := range []struct {
		name string
		r    state.Route
		want error
	}{
		{"bad: another route is there", route("10.30.0.0/16", 254, 0, "10.0.0.8"), unix.EEXIST},
		{"bad: a blackhole is there", route("10.31.0.0/16", 254, 0, "10.0.0.8"), unix.EEXIST},
		{"bad: gateway out of reach", route("10.32.0.0/16", 254, 0, "10.99.0.1"), unix.ENETUNREACH},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := l.Apply(state.Change{Verb: state.Add, New: c.r})
			if !errors.Is(err, c.want) || !strings.HasPrefix(err.Error(), "add route "+c.r.Name()+": ") {
				t.Errorf("error is %v", err)
			}
			t.Log(err)
		})
	}
	// The same route of somebody else becomes ours.
	mine := route("10.30.0.0/16", 254, 0, "10.0.0.9")
	apply(t, l, state.Add, mine)
	if got, _ := routes(t, l); len(got) != 1 || got[0] != mine {
		t.Errorf("ours are %v", got)
	}
}
