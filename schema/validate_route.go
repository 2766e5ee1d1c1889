package schema

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// lockable are the metrics that the kernel's path discovery changes.
var lockable = []string{"mtu", "advmss", "reordering", "cwnd", "ssthresh", "rtt", "rttvar", "rto_min", "congctl"}

// route checks a route. Within an instance one without a way goes out of the
// instance's interface.
func (v *validator) route(r *RouteSpec, what string, instance bool) {
	refuse := func(format string, args ...any) {
		v.Errorf(r.Src, "route to %s of %s: %s", r.To, what, fmt.Sprintf(format, args...))
	}
	to, err := r.Destination()
	if err != nil {
		v.Errorf(r.Src, "route of %s: %v", what, err)
		return
	}
	v6 := to.Addr().Is6()
	v.way(r, v6, what)
	way := r.Via.IsValid() || r.Dev != "" || len(r.Nexthops) > 0
	switch {
	case r.Type.Leads() && !way && !instance:
		v.Errorf(r.Src, "route to %s has neither via nor dev", r.To)
	case !r.Type.Leads() && way:
		refuse("a %s route leads nowhere, so it has neither via nor dev", r.Type)
	case len(r.Nexthops) > 0 && (r.Via.IsValid() || r.Dev != "" || r.OnLink):
		refuse("it has nexthop blocks, so via, dev and onlink belong into them")
	case r.Source.IsValid() && r.Source.Is6() != v6:
		refuse("its source %s is of another family", r.Source)
	case !r.From.IsZero() && (!v6 || !r.From.Addr.Is6()):
		refuse("from is for IPv6; IPv4 chooses by source with a rule")
	case r.TOS&3 != 0:
		refuse("tos %s has bits of ECN, which do not select", r.TOS)
	case r.TOS != 0 && v6:
		refuse("IPv6 routes have no tos; a rule can choose by it")
	case r.Realms != 0 && v6:
		refuse("IPv6 has no realms")
	case (r.Preference != MediumPreference || r.Expires != 0) && !v6:
		refuse("preference and expires are for IPv6")
	case r.Expires < 0 || r.Expires%time.Second != 0 || r.Expires > 1<<31*time.Second:
		refuse("expires is %s; it is whole seconds", r.Expires)
	case r.MTU > 65535 || r.AdvMSS > 65495:
		refuse("mtu is at most 65535, advmss 65495")
	case len(r.Congctl) > 15:
		refuse("congctl %q has more than 15 characters", r.Congctl)
	}
	for _, d := range []time.Duration{r.RTT, r.RTTVar, r.RTOMin} {
		if d < 0 || d > 120*time.Second {
			refuse("a time of %s; rtt, rttvar and rto_min are up to 120s", d)
		}
	}
	for _, name := range r.Locked {
		if !slices.Contains(lockable, name) {
			refuse("%q cannot be locked; %v can", name, lockable)
		}
	}
}

// way checks where a route leads.
func (v *validator) way(r *RouteSpec, v6 bool, what string) {
	family := func(via netip.Addr) {
		if v6 && via.Is4() {
			v.Errorf(r.Src, "route to %s of %s goes via %s, which is of another family", r.To, what, via).As("family")
		}
	}
	family(r.Via)
	if len(r.Dev) > 15 {
		v.Errorf(r.Src, "interface name %q has more than 15 characters", r.Dev)
	}
	for _, n := range r.Nexthops {
		family(n.Via)
		switch {
		case !n.Via.IsValid() && n.Dev == "":
			v.Errorf(n.Src, "a nexthop of the route to %s has neither via nor dev", r.To)
		case n.Weight < 1 || n.Weight > 256:
			v.Errorf(n.Src, "a nexthop of the route to %s has weight %d; it is 1 to 256", r.To, n.Weight)
		case len(n.Dev) > 15:
			v.Errorf(n.Src, "interface name %q has more than 15 characters", n.Dev)
		}
	}
}
