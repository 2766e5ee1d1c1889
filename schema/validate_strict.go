package schema

// StrictOf says whether an instance is held to the RFCs.
func (c *Config) StrictOf(i *VRRPInstance) bool {
	return i.Strict == On || i.Strict == Unset && c.Settings.Strict
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
