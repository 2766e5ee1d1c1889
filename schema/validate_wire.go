package schema

import (
	"net/netip"
	"time"
)

// unicast checks what an instance says about its peers (keepalived facts 1.29,
// 2.13 to 2.15).
func (v *validator) unicast(i *VRRPInstance) {
	if !i.IsUnicast() {
		if i.VRF != "" {
			v.Errorf(i.Src, "VRRP instance %q: vrf is for instances with unicast_peers and without an interface", i.Name).
				Because("a multicast instance names its interface, which may be in a VRF")
		}
		return
	}
	switch {
	case i.Interface != "" && i.VRF != "":
		v.Errorf(i.Src, "VRRP instance %q names an interface and a VRF", i.Name).Because("leave vrf out: the interface is in its VRF anyway")
	case i.Interface == "" && !i.Source.IsValid():
		v.Errorf(i.Src, "VRRP instance %q has neither an interface nor a source_address", i.Name).
			Because("adverts need an address to come from; name one of the two")
	case len(i.VRF) > 15:
		v.Errorf(i.Src, "vrf %q has more than 15 characters", i.VRF)
	}
	if i.Interface == "" {
		for _, list := range [][]VirtualAddress{i.Addresses, i.Excluded} {
			for _, a := range list {
				if a.Dev == "" {
					v.Errorf(a.Src, "address %s of VRRP instance %q has no interface to be held on", a.Prefix, i.Name).
						Because("the instance names none; give the address a dev")
				}
			}
		}
	}
	if i.UnicastTTL == 0 {
		v.Errorf(i.Src, "unicast_ttl of %q is 0; it is 1 to 255", i.Name)
	}
	seen := map[netip.Addr]bool{}
	for _, p := range i.Peers {
		switch {
		case p.Addr.Is6() != i.IsIPv6():
			v.Errorf(p.Src, "peer %s is of another family than VRRP instance %q", p.Addr, i.Name).As("family")
		case p.Addr.IsMulticast() || p.Addr.IsUnspecified():
			v.Errorf(p.Src, "peer %s of VRRP instance %q is no address of a host", p.Addr, i.Name)
		case p.Addr.Zone() != "":
			v.Errorf(p.Src, "peer %s of VRRP instance %q has a zone; leave it out, the interface says it", p.Addr, i.Name)
		case p.Addr == i.Source:
			v.Errorf(p.Src, "peer %s of VRRP instance %q is its own source_address", p.Addr, i.Name)
		case seen[p.Addr]:
			v.Errorf(p.Src, "peer %s stands twice in VRRP instance %q", p.Addr, i.Name)
		case p.MinTTL > p.MaxTTL:
			v.Errorf(p.Src, "peer %s of VRRP instance %q: min_ttl %d is above max_ttl %d", p.Addr, i.Name, p.MinTTL, p.MaxTTL)
		}
		seen[p.Addr] = true
	}
}

func (v *validator) interfaceDelays() {
	seen := map[string]bool{}
	for _, d := range v.cfg.Settings.InterfaceDelays {
		if seen[d.Name] {
			v.Errorf(d.Src, "interface_delay %q stands twice", d.Name)
		}
		seen[d.Name] = true
		for _, t := range []time.Duration{d.Down, d.Up} {
			if t < 0 || t > 255*time.Second {
				v.Errorf(d.Src, "interface_delay %q is %s; it is 0 to 255s", d.Name, t)
			}
		}
	}
}
