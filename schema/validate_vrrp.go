package schema

import (
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/schema/diag"
)

// VersionOf is the protocol version that an instance speaks: its own word,
// else 3 for IPv6, else the node's setting.
func (c *Config) VersionOf(i *VRRPInstance) uint8 {
	switch {
	case i.Version != 0:
		return i.Version
	case i.IsIPv6():
		return 3
	}
	return c.Settings.VRRPVersion
}

func (v *validator) instances() {
	type router struct {
		dev   string
		vrid  uint8
		v6    bool
		group netip.Addr
	}
	seen := map[router]*VRRPInstance{}
	for _, i := range v.cfg.Instances {
		v.instance(i)
		if i.Interface == "" || i.VRID == 0 || i.IsUnicast() {
			continue
		}
		r := router{i.Interface, i.VRID, i.IsIPv6(), i.MulticastGroup}
		if first := seen[r]; first != nil {
			v.Errorf(i.Src, "VRRP instances %q and %q both use virtual_router_id %d on %s", first.Name, i.Name, i.VRID, i.Interface).
				And(first.Src).Because("each would take the other's adverts for its own")
			continue
		}
		seen[r] = i
	}
	v.linkNames()
	v.silenced()
}

func (v *validator) instance(i *VRRPInstance) {
	ver := v.cfg.VersionOf(i)
	if i.VRID == 0 {
		v.Errorf(i.Src, "VRRP instance %q has no virtual_router_id from 1 to 255", i.Name)
	}
	v.unicast(i)
	if i.Interface == "" {
		if !i.IsUnicast() {
			v.Errorf(i.Src, "VRRP instance %q names no interface", i.Name).Because("only one with unicast_peers can do without")
		}
	} else if i.Interface == "lo" {
		v.Errorf(i.Src, "VRRP instance %q is on lo; adverts need a network", i.Name)
	} else if len(i.Interface) > 15 {
		v.Errorf(i.Src, "interface name %q has more than 15 characters", i.Interface)
	}
	if i.Priority == 0 {
		v.Errorf(i.Src, "VRRP instance %q has priority 0; it is 1 to 255 (0 is said by a master that leaves)", i.Name)
	}
	if ver != 2 && ver != 3 {
		v.Errorf(i.Src, "VRRP instance %q has version %d; there are 2 and 3", i.Name, ver)
	}
	v.interval(i, ver)
	if i.DownAdverts == 0 {
		v.Errorf(i.Src, "VRRP instance %q has down_adverts 0; at least 1", i.Name)
	}
	if i.PreemptDelay < 0 || i.PreemptDelay > 1000*time.Second {
		v.Errorf(i.Src, "preempt_delay of %q is %s; it is 0 to 1000s", i.Name, i.PreemptDelay)
	}
	if ver == 2 && i.IsIPv6() {
		v.Errorf(i.Src, "VRRP instance %q is IPv6, which needs version 3", i.Name)
	}
	if i.Priority == 255 && !i.Preempt {
		v.Warnf(i.Src, "VRRP instance %q is the owner (priority 255), so preempt = false has no effect", i.Name)
	}
	v.authentication(i, ver)
	v.strict(i)
	v.held(i)
	v.vmac(i)
	if len(i.Addresses) == 0 {
		d := v.Warnf(i.Src, "VRRP instance %q has no addresses", i.Name)
		d.Because("it elects a master that holds nothing")
	}
	for n := range i.Routes {
		v.route(&i.Routes[n], "VRRP instance "+quote(i.Name), true)
	}
	for n := range i.Rules {
		v.rule(&i.Rules[n], "VRRP instance "+quote(i.Name))
	}
	if g := i.MulticastGroup; g.IsValid() && !g.IsMulticast() {
		v.Errorf(i.Src, "multicast_group %s of VRRP instance %q is not a multicast address", g, i.Name)
	}
	v.tracking("VRRP instance "+quote(i.Name), &i.Tracking, i.Src)
}

func (v *validator) interval(i *VRRPInstance, ver uint8) {
	d := i.AdvertInterval
	switch {
	case ver == 2 && (d%time.Second != 0 || d < time.Second || d > 255*time.Second):
		v.Errorf(i.Src, "advert_interval of %q is %s; version 2 has whole seconds from 1s to 255s", i.Name, d).
			Because("version = 3 goes down to 10ms")
	case ver == 3 && (d%(10*time.Millisecond) != 0 || d < 10*time.Millisecond || d > 40950*time.Millisecond):
		v.Errorf(i.Src, "advert_interval of %q is %s; version 3 has 10ms to 40.95s in steps of 10ms", i.Name, d)
	}
}

// held checks the addresses of an instance: their form, their family, and
// that none stands twice.
func (v *validator) held(i *VRRPInstance) {
	seen := map[Prefix]diag.Range{}
	for n := range i.Addresses {
		a := &i.Addresses[n]
		v.address(a, "address of VRRP instance "+quote(i.Name))
		if a.Prefix.Addr.IsValid() && a.Prefix.Addr.Is6() != i.IsIPv6() {
			v.Errorf(a.Src, "address %s is of another family than VRRP instance %q", a.Prefix, i.Name).
				As("family").Because("adverts carry one family; put it into excluded_addresses, or make a second instance")
		}
	}
	for n := range i.Excluded {
		v.address(&i.Excluded[n], "excluded address of VRRP instance "+quote(i.Name))
	}
	for _, list := range [][]VirtualAddress{i.Addresses, i.Excluded} {
		for _, a := range list {
			if first, dup := seen[a.Prefix]; dup {
				v.Errorf(a.Src, "address %s stands twice in VRRP instance %q", a.Prefix, i.Name).And(first)
			}
			seen[a.Prefix] = a.Src
		}
	}
	if len(i.Addresses) > 255 {
		v.Errorf(i.Src, "VRRP instance %q has %d addresses; an advert has room for 255", i.Name, len(i.Addresses))
	}
}
