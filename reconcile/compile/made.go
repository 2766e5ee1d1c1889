package compile

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/schema"
)

// Made is a link that lbgit makes for an instance and keeps whatever its role.
type Made struct {
	// Link as configured; group and VRF it takes from its parent.
	Link     state.Link
	Settings []state.Sysctl
	// LinkLocal: it needs an IPv6 link-local address, which the kernel must not
	// make up (the virtual router's MAC is the same on every node).
	LinkLocal bool
	// Source is the address of an ipvlan, if it has one.
	Source *state.Address
	vrid   uint8
}

// made works out the link of the instance itself (keepalived vrrp facts 13.1 to
// 13.9), and what its interface needs.
func (in *Instance) made(n *namer) {
	i := in.VRRP
	switch {
	case i.VMAC != nil:
		in.Made = append(in.Made, in.macvlan(n.name(i.VMAC.Name, n.prefix, i), i.Interface))
		in.Made[0].Link.Group = i.VMAC.Group
	case i.IPVLAN != nil:
		in.Made = append(in.Made, ipvlan(i, n.name(i.IPVLAN.Name, "ipvlan", i)))
	}
	if i.PromoteSecondaries {
		in.settings = append(in.settings, state.SettingOf("ipv4", i.Interface, "promote_secondaries", "1"))
	}
}

// place is the link that an address goes on: its own device, or on, or where it
// asks for a virtual MAC elsewhere a macvlan there, one for each interface.
func (in *Instance) place(n *namer, a *schema.VirtualAddress, on string) string {
	i := in.VRRP
	parent := cmp.Or(a.Dev, i.Interface)
	switch {
	case a.VMAC && i.VMAC != nil && parent == i.Interface:
		return on
	case !a.VMAC:
		return cmp.Or(a.Dev, on)
	}
	for _, m := range in.Made {
		if m.Link.Parent == parent && m.Link.Type == "macvlan" {
			return m.Link.Dev
		}
	}
	name := n.name("", n.addressPrefix, i)
	in.Made = append(in.Made, in.macvlan(name, parent))
	return name
}

// macvlan is a private macvlan with the virtual router's MAC (fact 13.1) and
// the settings of fact 13.4.
func (in *Instance) macvlan(name, parent string) Made {
	i := in.VRRP
	m := Made{Link: state.Link{Dev: name, Type: "macvlan", Parent: parent, Mode: "private", MAC: routerMAC(i), On: true, Owned: true}, vrid: i.VRID}
	set := func(family, link, what, value string) {
		m.Settings = append(m.Settings, state.SettingOf(family, link, what, value))
	}
	v4, v6 := families(i)
	set("ipv4", name, "arp_ignore", "1")
	if v4 {
		set("ipv4", name, "accept_local", "1")
		set("ipv4", name, "rp_filter", "0")
		set("ipv4", name, "promote_secondaries", "1")
		set("ipv4", parent, "arp_ignore", "1")
		set("ipv4", parent, "arp_filter", "1")
		// Replies may leave by the parent. Its own ARP requests must not carry a
		// virtual address then: they would teach the parent's MAC for it.
		set("ipv4", parent, "arp_announce", "2")
		set("ipv4", "all", "rp_filter", "0")
	}
	if m.LinkLocal = v6; v6 {
		set("ipv6", name, "addr_gen_mode", "1") // none
	} else {
		set("ipv6", name, "disable_ipv6", "1")
	}
	return m
}

// families tells which families an instance has addresses of.
func families(i *schema.VRRPInstance) (v4, v6 bool) {
	v4, v6 = !i.IsIPv6(), i.IsIPv6()
	for _, list := range [2][]schema.VirtualAddress{i.Addresses, i.Excluded} {
		for _, a := range list {
			v4, v6 = v4 || a.Prefix.Addr.Is4(), v6 || a.Prefix.Addr.Is6()
		}
	}
	return v4, v6
}

// routerMAC is the virtual router's MAC address (RFC 9568 section 7.3), or the
// one that the instance asks for: 6 octets, or 5 that the VRID is added to.
func routerMAC(i *schema.VRRPInstance) string {
	if i.VMAC != nil && !i.VMAC.MAC.IsZero() {
		return i.VMAC.MAC.With(i.VRID).String()
	}
	family := 1
	if i.IsIPv6() {
		family = 2
	}
	return fmt.Sprintf("00:00:5e:00:%02x:%02x", family, i.VRID)
}

// ipvlan shares its parent's MAC; its address is where adverts come from.
func ipvlan(i *schema.VRRPInstance, name string) Made {
	m := Made{Link: state.Link{Dev: name, Type: "ipvlan", Parent: i.Interface, Mode: i.IPVLAN.Mode.String(), Group: i.IPVLAN.Group, On: true, Owned: true}}
	if p := i.IPVLAN.Address; !p.IsZero() {
		a := address(&schema.VirtualAddress{Prefix: p}, name, state.OwnerStatic)
		a.Deprecated = false
		m.Source = &a
	}
	return m
}

// linkLocal is the address that adverts of an IPv6 instance come from: made of
// the parent's MAC, so that it differs from node to node and stays the same
// (fact 13.5), and of the VRID, so that it differs from the parent's own. Two
// nodes' addresses are in the order of their MACs.
func (m *Made) linkLocal(parent *state.Link) (state.Address, bool) {
	var mac [6]byte
	if n, err := fmt.Sscanf(parent.MAC, "%02x:%02x:%02x:%02x:%02x:%02x", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]); n != 6 || err != nil {
		return state.Address{}, false
	}
	a := netip.AddrFrom16([16]byte{0xfe, 0x80, 8: mac[0] ^ 2, 9: mac[1], 10: mac[2], 11: 0x5e, 12: m.vrid, 13: mac[3], 14: mac[4], 15: mac[5]})
	return state.Address{
		AddressKey: state.AddressKey{Link: m.Link.Dev, Prefix: netip.PrefixFrom(a, 64)},
		Scope:      253, NoDAD: true, Owner: state.OwnerStatic,
	}, true
}

// links are the rows of an instance's links within the scope. Of a link that
// has to be made the settings come along, whatever the scope says.
func (in *Instance) links(s *state.State, live *Live, scope *state.Scope) {
	here := state.State{Links: live.Links}
	for k := range in.Made {
		m := &in.Made[k]
		fresh := false
		if scope.HasLink(m.Link.Dev) {
			l := m.Link
			fresh = !here.HasLink(l.Dev)
			if parent := here.FindLink(l.Parent); parent != nil {
				l.Group, l.Master = cmp.Or(l.Group, parent.Group), parent.Master
				if a, ok := m.linkLocal(parent); m.LinkLocal && ok {
					s.Addresses = append(s.Addresses, a)
				}
			}
			s.Links = append(s.Links, l)
		}
		if m.Source != nil && scope.HasAddress(m.Source.AddressKey) {
			s.Addresses = append(s.Addresses, *m.Source)
		}
		in.set(s, m.Settings, scope, func(x state.Sysctl) bool { return fresh && x.Link() == m.Link.Dev })
	}
	in.set(s, in.settings, scope, func(state.Sysctl) bool { return false })
}

func (in *Instance) set(s *state.State, settings []state.Sysctl, scope *state.Scope, also func(state.Sysctl) bool) {
	for _, x := range settings {
		if scope.HasSysctl(x.Path) || also(x) {
			s.Sysctls = append(s.Sysctls, x)
		}
	}
}

// Sender is the link that adverts leave from: empty for the interface itself.
func (in *Instance) Sender() string {
	i := in.VRRP
	if len(in.Made) == 0 || i.VMAC == nil && i.IPVLAN == nil || i.VMAC != nil && (i.VMAC.XmitBase || i.IsUnicast()) {
		return ""
	}
	return in.Made[0].Link.Dev
}

// LinkScope is the links that are made for the instance, with their parents, and
// all settings that it needs.
func (in *Instance) LinkScope() state.Scope {
	var s state.Scope
	for _, m := range in.Made {
		s.Links = append(s.Links, m.Link.Dev, m.Link.Parent)
		for _, x := range m.Settings {
			s.Sysctls = append(s.Sysctls, x.Path)
		}
		if m.Source != nil {
			s.Addresses = append(s.Addresses, m.Source.AddressKey)
		}
	}
	for _, x := range in.settings {
		s.Sysctls = append(s.Sysctls, x.Path)
	}
	return sorted(s)
}

// namer gives names to links, each once in a configuration, in its order.
type namer struct {
	taken                 map[string]bool
	prefix, addressPrefix string
}

func newNamer(cfg *schema.Config) *namer {
	n := &namer{taken: map[string]bool{}, prefix: cmp.Or(cfg.Settings.VMACPrefix, "vrrp")}
	n.addressPrefix = cmp.Or(cfg.Settings.VMACAddressPrefix, n.prefix)
	for _, i := range cfg.Instances {
		n.taken[i.Interface] = true
		if i.VMAC != nil {
			n.taken[i.VMAC.Name] = true
		}
		if i.IPVLAN != nil {
			n.taken[i.IPVLAN.Name] = true
		}
	}
	return n
}

// name is the given one, or else the first free one of vrrp.VRID, vrrp6.VRID
// (IPv6), vrrp1.VRID, vrrp2.VRID and so on (fact 13.2), of at most 15
// characters.
func (n *namer) name(given, prefix string, i *schema.VRRPInstance) string {
	if given != "" {
		return given
	}
	infixes := []string{"", "6"}
	if !i.IsIPv6() {
		infixes = infixes[:1]
	}
	for k := 0; ; k++ {
		infix := fmt.Sprint(k - len(infixes) + 1)
		if k < len(infixes) {
			infix = infixes[k]
		}
		end := fmt.Sprintf("%s.%d", infix, i.VRID)
		name := prefix[:min(len(prefix), 15-len(end))] + end
		if !n.taken[name] {
			n.taken[name] = true
			return name
		}
	}
}

// unlike is the instance's LinkScope if it is not the same on both sides.
func (in *Instance) unlike(before, after *Prepared) state.Scope {
	a, b := before.byInstance[in.VRRP.Name], after.byInstance[in.VRRP.Name]
	if a != nil && b != nil && slices.Equal(a.settings, b.settings) && slices.EqualFunc(a.Made, b.Made, func(x, y Made) bool {
		return x.Link == y.Link && slices.Equal(x.Settings, y.Settings) && (x.Source == nil) == (y.Source == nil) && (x.Source == nil || *x.Source == *y.Source)
	}) {
		return state.Scope{}
	}
	return in.LinkScope()
}

// Makes tells whether a link of that name is made for an instance.
func (p *Prepared) Makes(name string) bool { return p.made[name] }
