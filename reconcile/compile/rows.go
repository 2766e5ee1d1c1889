package compile

import (
	"net/netip"
	"slices"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/schema"
)

func serviceKey(s schema.Service) state.ServiceKey {
	if s.Mark != 0 {
		return state.ServiceKey{Mark: s.Mark, V6: s.Family == schema.IPv6}
	}
	return state.ServiceKey{Addr: s.Addr, Port: s.Port, Protocol: uint8(s.Protocol.Number())}
}

// serviceFlags gives the flags of a virtual server and its persistence.
func serviceFlags(vs *schema.VirtualServer) (flags, timeout uint32, mask func(schema.Family) uint32, engine string) {
	for _, f := range vs.SchedulerFlags {
		switch f {
		case schema.Flag1, schema.SHFallback, schema.MHFallback:
			flags |= state.FlagSched1
		case schema.Flag2, schema.SHPort, schema.MHPort:
			flags |= state.FlagSched2
		case schema.Flag3:
			flags |= state.FlagSched3
		}
	}
	if vs.OnePacket {
		flags |= state.FlagOnePacket
	}
	var m schema.Netmask
	if p := vs.Persistence; p != nil {
		flags |= state.FlagPersistent
		timeout, m, engine = seconds(p.Timeout), p.Granularity, p.Engine
	}
	return flags, timeout, func(f schema.Family) uint32 { return netmask(m, f) }, engine
}

// netmask is the number that the kernel wants: a mask for IPv4, a prefix
// length for IPv6; a host mask when none is set.
func netmask(m schema.Netmask, f schema.Family) uint32 {
	m = m.Normal(f)
	switch {
	case f == schema.IPv6 && m.Bits != 0:
		return uint32(m.Bits)
	case f == schema.IPv6:
		return 128
	case m.V4 != 0:
		return m.V4
	}
	return 0xffffffff
}

func dest(e schema.Endpoint, f schema.Forward, t *schema.Tunnel, weight int32) state.Dest {
	d := state.Dest{Addr: e.Addr, Port: e.Port, Weight: weight}
	switch f {
	case schema.DR:
		d.Forward = state.ForwardDirect
	case schema.TUN:
		d.Forward = state.ForwardTunnel
		if t != nil {
			d.TunnelType, d.TunnelPort, d.TunnelFlags = uint8(t.Type), t.Port, uint16(t.Checksum)
		}
	}
	return d
}

// address makes an address row on a link. IPv4 labels are the link's name unless
// given; a lone IPv6 address is deprecated,
// so that it is not chosen as a source (keepalived fact 1.44).
func address(a *schema.VirtualAddress, link string, owner uint8) state.Address {
	out := state.Address{
		AddressKey:    state.AddressKey{Link: link, Prefix: a.Prefix.Netip()},
		Scope:         uint8(a.Scope),
		NoPrefixRoute: a.NoPrefixRoute,
		Home:          a.Home,
		ManageTemp:    a.ManageTemp,
		AutoJoin:      a.AutoJoin,
		Owner:         owner,
	}
	if !a.Peer.IsZero() {
		out.Peer = a.Peer.Netip()
	}
	if t := a.Preferred; t.Said {
		out.Deprecated = t.Seconds == 0
		if t != schema.Forever && a.Prefix.Addr.Is6() {
			out.Preferred = t.Seconds
		}
	} else {
		out.Deprecated = a.Prefix.Addr.Is6() && a.Prefix.Bits == 128
	}
	if a.Prefix.Addr.Is4() {
		out.Label = out.Link
		if a.Label != "" {
			out.Label = a.Label
		}
		out.Broadcast = broadcast(a)
		return out
	}
	out.NoDAD = !a.DAD
	// The scope of an IPv6 address is the kernel's own judgement.
	switch out.Scope = 0; {
	case a.Prefix.Addr.IsLinkLocalUnicast():
		out.Scope = 253
	case a.Prefix.Addr.IsLoopback():
		out.Scope = 254
	}
	return out
}

// broadcast reads "+" as all host bits set, "-" as none set, as ip-address(8).
func broadcast(a *schema.VirtualAddress) netip.Addr {
	switch a.Broadcast {
	case "":
		return netip.Addr{}
	case "+", "-":
		b := a.Prefix.Addr.As4()
		for i := int(a.Prefix.Bits); i < 32; i++ {
			b[i/8] &^= 0x80 >> (i % 8)
			if a.Broadcast == "+" {
				b[i/8] |= 0x80 >> (i % 8)
			}
		}
		return netip.AddrFrom4(b)
	}
	addr, _ := netip.ParseAddr(a.Broadcast)
	return addr
}

// Instance is a VRRP instance with the rows that its master holds, and the links
// that are made for it.
type Instance struct {
	VRRP      *schema.VRRPInstance
	Addresses []state.Address
	Routes    []state.Route
	Rules     []state.Rule
	Filters   []state.Filter
	Made      []Made
	// settings that are needed without a link that is made.
	settings []state.Sysctl
	// optional are the addresses that the role does not hang on.
	optional map[state.AddressKey]bool
}

func (p *Prepared) newInstance(i *schema.VRRPInstance, n *namer) *Instance {
	in := &Instance{VRRP: i, optional: map[state.AddressKey]bool{}}
	in.made(n)
	on := i.Interface
	if len(in.Made) > 0 {
		on = in.Made[0].Link.Dev
	}
	for _, list := range [2][]schema.VirtualAddress{i.Addresses, i.Excluded} {
		for k := range list {
			a := address(&list[k], in.place(n, &list[k], on), state.OwnerVRRP)
			in.Addresses = append(in.Addresses, a)
			if list[k].NoTrack {
				in.optional[a.AddressKey] = true
			}
			in.filter(a.Prefix.Addr())
		}
	}
	for k := range i.Routes {
		in.Routes = append(in.Routes, p.route(nil, &i.Routes[k], on, state.OwnerVRRP)...)
	}
	for k := range i.Rules {
		in.Rules = append(in.Rules, p.rule(nil, &i.Rules[k], state.OwnerVRRP)...)
	}
	return in
}

// filter drops what is sent to an address unless its master accepts it or owns
// it.
func (i *Instance) filter(a netip.Addr) {
	if !i.VRRP.Accept && i.VRRP.Priority != 255 {
		i.Filters = append(i.Filters, state.Filter{Addr: a})
	}
}

// Optional tells that the instance may be master without the row. The role hangs
// on its addresses, unless they say no_track, and on the links that they are on.
// A route, a rule or a filter that the kernel refuses is tried again and said:
// the peer, with the same configuration, could hardly do better, and addresses
// that nobody holds are the greater harm.
func (i *Instance) Optional(o state.Object) bool {
	switch o := o.(type) {
	case state.Link:
		return false
	case state.Address:
		return i.optional[o.AddressKey]
	}
	return true
}

// Scope is everything that the instance's master holds, with the links that are
// made for it: without them it can hold nothing.
func (i *Instance) Scope() state.Scope {
	s := state.Scope{Links: i.LinkScope().Links, Filters: slices.Clone(i.Filters)}
	for k := range i.Addresses {
		s.Addresses = append(s.Addresses, i.Addresses[k].AddressKey)
	}
	for k := range i.Routes {
		s.Routes = append(s.Routes, i.Routes[k].RouteKey)
	}
	for k := range i.Rules {
		s.Rules = append(s.Rules, i.Rules[k].RuleKey)
	}
	return sorted(s)
}

func (i *Instance) held(s *state.State, scope *state.Scope) {
	for _, a := range i.Addresses {
		if scope.HasAddress(a.AddressKey) {
			s.Addresses = append(s.Addresses, a)
		}
	}
	for _, r := range i.Routes {
		if scope.HasRoute(r.RouteKey) {
			s.Routes = append(s.Routes, r)
		}
	}
	for _, r := range i.Rules {
		if scope.HasRule(r.RuleKey) {
			s.Rules = append(s.Rules, r)
		}
	}
	for _, f := range i.Filters {
		if scope.HasFilter(f) {
			s.Filters = append(s.Filters, f)
		}
	}
}
