package schema

import "net/netip"

// StrictOf says whether an instance is held to the RFCs.
func (c *Config) StrictOf(i *VRRPInstance) bool {
	return i.Strict == On || i.Strict == Unset && c.Settings.Strict
}

// silenced tells of virtual servers on addresses that accept nothing: packets
// for IPVS are dropped, too, for they are addressed to the node.
func (v *validator) silenced() {
	by := map[netip.Addr]*VRRPInstance{}
	for _, i := range v.cfg.Instances {
		for _, list := range [2][]VirtualAddress{i.Addresses, i.Excluded} {
			for _, a := range list {
				if !i.Accept && i.Priority != 255 {
					by[a.Prefix.Addr] = i
				}
			}
		}
	}
	for _, vs := range v.cfg.VirtualServers {
		for s := range vs.Services() {
			if i := by[s.Addr]; i != nil && s.Mark == 0 {
				v.Warnf(vs.Src, "virtual server %q is on %s, where VRRP instance %q has accept = false: it will hear nothing", vs.Title(), s.Addr, i.Name).
					As("accept").Because("set accept = true for the instance")
				break
			}
		}
	}
}

// strict is what the RFCs do not have (keepalived facts 2.6, 2.8, 2.12, 2.15).
func (v *validator) strict(i *VRRPInstance) {
	if !v.cfg.StrictOf(i) {
		return
	}
	refuse := func(what, why string) {
		v.Errorf(i.Src, "VRRP instance %q is strict and has %s", i.Name, what).As("strict").Because("%s; take it out, or set strict = false for the instance", why)
	}
	if len(i.Peers) > 0 && i.Interface != "" {
		refuse("unicast_peers on an interface that has multicast", "the RFCs know the multicast group only")
	}
	if i.Authentication != nil && i.Authentication.Type != AuthNone {
		refuse("authentication", "the RFCs have taken it out (RFC 3768 section 10, RFC 9568 section 9)")
	}
	if i.PreemptDelay > 0 {
		refuse("a preempt_delay", "the RFCs preempt at once or not at all")
	}
	if len(i.Addresses) > 0 && i.IsIPv6() && !i.Addresses[0].Prefix.Addr.IsLinkLocalUnicast() {
		refuse("an IPv6 address first that is not link-local", "RFC 9568 section 5.2.9 asks for the virtual router's link-local address there")
	}
}
