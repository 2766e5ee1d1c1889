package schema

import (
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/schema/diag"
)

// Validate tells everything that is wrong with a node's view. It looks at
// meaning only; syntax, types and unknown names were the decoder's.
func (c *Config) Validate() diag.List {
	v := validator{cfg: c}
	v.settings()
	v.names()
	v.services()
	v.instances()
	v.garp()
	for _, a := range c.Addresses {
		v.address(&a.VirtualAddress, "static address")
		if a.Dev == "" {
			v.Errorf(a.Src, "static address %s names no interface", a.Prefix).Because("add dev = \"eth0\" or the like")
		}
	}
	for _, r := range c.Routes {
		v.route(&r.RouteSpec, "static_route", false)
	}
	for _, r := range c.Rules {
		v.rule(&r.RuleSpec, "static_rule")
	}
	v.tables()
	v.staticOnce()
	v.trackers()
	v.sessions()
	v.notify()
	return v.List
}

type validator struct {
	diag.List
	cfg *Config
}

func (v *validator) settings() {
	s := &v.cfg.Settings
	if s.VRRPVersion != 2 && s.VRRPVersion != 3 {
		v.Errorf(s.Src, "vrrp_version is %d; VRRP has versions 2 and 3", s.VRRPVersion)
	}
	for _, g := range []struct {
		addr netip.Addr
		ok   bool
		name string
	}{{s.MulticastGroup, s.MulticastGroup.Is4(), "vrrp_multicast_group"}, {s.MulticastGroup6, s.MulticastGroup6.Is6(), "vrrp_multicast_group6"}} {
		if g.addr.IsValid() && (!g.ok || !g.addr.IsMulticast()) {
			v.Errorf(s.Src, "%s is %s, which is no multicast address of its family", g.name, g.addr)
		}
	}
	v.interfaceDelays()
	if t := s.Timeouts; t != nil {
		for _, d := range []time.Duration{t.TCP, t.TCPFin, t.UDP} {
			if d < 0 || d > maxTimeout || d%time.Second != 0 {
				v.Errorf(s.Src, "lvs_timeouts has %s; the kernel takes whole seconds from 1s to %s", d, maxTimeout)
			}
		}
	}
}

// maxTimeout is the kernel's bound of a connection timeout (31 days).
const maxTimeout = 2678400 * time.Second

// names reports what is declared twice and what refers to nothing.
func (v *validator) names() {
	c := v.cfg
	once(v, "pool", c.Pools, func(p *Pool) (string, diag.Range) { return p.Name, p.Src })
	once(v, "virtual server", c.VirtualServers, func(p *VirtualServer) (string, diag.Range) { return p.Name, p.Src })
	once(v, "VRRP instance", c.Instances, func(p *VRRPInstance) (string, diag.Range) { return p.Name, p.Src })
	once(v, "sync group", c.SyncGroups, func(p *SyncGroup) (string, diag.Range) { return p.Name, p.Src })
	v.syncGroups()
}

func once[T any](v *validator, what string, items []T, name func(T) (string, diag.Range)) {
	seen := make(map[string]diag.Range, len(items))
	for _, it := range items {
		n, at := name(it)
		if n == "" {
			continue
		}
		if first, dup := seen[n]; dup {
			v.Errorf(at, "%s %q is declared twice", what, n).And(first).
				Because("the first declaration is at %s; give one of them another name, or limit them to different nodes", first)
			continue
		}
		seen[n] = at
	}
}

func contains[T any](items []T, name string, of func(T) string) bool {
	for _, it := range items {
		if of(it) == name {
			return true
		}
	}
	return false
}

// address checks an address that an interface is to hold.
func (v *validator) address(a *VirtualAddress, what string) {
	switch {
	case a.Prefix.IsZero():
		v.Errorf(a.Src, "%s without an address", what)
	case a.AutoJoin && !a.Prefix.Addr.IsMulticast():
		v.Errorf(a.Src, "%s %s is no multicast address, so nothing can be joined", what, a.Prefix).Because("take autojoin out")
	case a.Prefix.Addr.IsUnspecified() || a.Prefix.Addr.IsMulticast() && !a.AutoJoin:
		v.Errorf(a.Src, "%s %s cannot be held by an interface", what, a.Prefix)
	case !a.Peer.IsZero() && (a.Peer.Addr.Is6() != a.Prefix.Addr.Is6() || a.Peer.Bits != a.Prefix.Bits):
		v.Errorf(a.Src, "peer %s of %s is not of its family and prefix length", a.Peer, a.Prefix).
			Because("the kernel has one prefix length for both; write it in both places")
	case a.Broadcast != "" && !a.Prefix.Addr.Is4():
		v.Errorf(a.Src, "address %s is IPv6, which has no broadcast", a.Prefix)
	case a.Broadcast != "" && !validBroadcast(a.Broadcast):
		v.Errorf(a.Src, "broadcast %q of %s is not an IPv4 address, \"+\" or \"-\"", a.Broadcast, a.Prefix)
	case (a.Home || a.ManageTemp) && !a.Prefix.Addr.Is6():
		v.Errorf(a.Src, "address %s is IPv4; home and manage_temporary are for IPv6", a.Prefix)
	case a.Prefix.Addr.Is4() && a.Preferred.Said && a.Preferred.Seconds != 0 && a.Preferred != Forever:
		v.Warnf(a.Src, "preferred_lifetime %s of %s has no effect: the kernel does not count it for an IPv4 address that stays", a.Preferred, a.Prefix)
	case a.Label != "" && !a.Prefix.Addr.Is4():
		v.Warnf(a.Src, "label %q of %s has no effect: the kernel labels IPv4 addresses only", a.Label, a.Prefix)
	case len(a.Label) > 15:
		v.Errorf(a.Src, "label %q has more than 15 characters", a.Label)
	case len(a.Dev) > 15:
		v.Errorf(a.Src, "interface name %q has more than 15 characters", a.Dev)
	}
}

// staticOnce refuses a second address or route of the same key: the kernel
// holds one.
func (v *validator) staticOnce() {
	addresses := map[string]diag.Range{}
	for _, a := range v.cfg.Addresses {
		k := a.Prefix.String() + " on " + a.Dev
		if first, dup := addresses[k]; dup {
			v.Errorf(a.Src, "static address %s stands twice", k).And(first)
		}
		addresses[k] = a.Src
	}
	type key struct {
		to     netip.Prefix
		from   Prefix
		tos    TOS
		table  Table
		metric uint32
	}
	routes := map[key]diag.Range{}
	for _, r := range v.cfg.Routes {
		to, err := r.Destination()
		if err != nil {
			continue
		}
		k := key{to, r.From, r.TOS, r.Table, r.Metric}
		if first, dup := routes[k]; dup {
			v.Errorf(r.Src, "static route to %s stands twice", r.To).And(first).
				Because("routes to one destination differ in table, metric or tos")
		}
		routes[k] = r.Src
	}
}

func validBroadcast(s string) bool {
	a, err := netip.ParseAddr(s)
	return s == "+" || s == "-" || err == nil && a.Is4()
}
