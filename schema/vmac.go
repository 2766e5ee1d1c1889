package schema

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
)

// VMAC asks for the virtual router's own MAC address, on a macvlan (RFC 9568
// section 7.3).
type VMAC struct {
	// Name of the link, at most 15 characters; vrrp.VRID when left out.
	Name string `conf:"name"`
	// MAC replaces 00:00:5e:00:01:VRID (IPv6: 02). Of 5 octets the VRID becomes
	// the sixth.
	MAC MAC `conf:"mac"`
	// XmitBase sends adverts from the interface itself, as unicast always does.
	XmitBase bool `conf:"transmit_on_parent"`
	// Group is the kernel's group of the link; 0 means the parent's.
	Group uint32 `conf:"group"`
}

// IPVLAN runs an instance on an ipvlan of its own, which shares the MAC address
// of the interface.
type IPVLAN struct {
	// Name of the link, at most 15 characters; ipvlan.VRID when left out.
	Name string `conf:"name"`
	// Address is where adverts come from.
	Address Prefix     `conf:"address"`
	Mode    IPVLANMode `conf:"mode"`
	// Group is the kernel's group of the link; 0 means the parent's.
	Group uint32 `conf:"group"`
}

// IPVLANMode is how ipvlans of one interface deal with each other.
type IPVLANMode uint8

const (
	IPVLANBridge IPVLANMode = iota
	IPVLANPrivate
	IPVLANVEPA
)

var ipvlanNames = names{"bridge", "private", "vepa"}

func (m IPVLANMode) String() string               { return ipvlanNames.name(uint8(m)) }
func (m IPVLANMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }
func (m *IPVLANMode) UnmarshalText(b []byte) error {
	v, err := ipvlanNames.find("ipvlan mode", b, 0)
	*m = IPVLANMode(v)
	return err
}

// MAC is an Ethernet address, or its first 5 octets.
type MAC struct {
	Octets [6]byte
	Len    uint8
}

// IsZero tells whether there is none.
func (m MAC) IsZero() bool { return m.Len == 0 }

// With is the whole address of a virtual router.
func (m MAC) With(vrid uint8) MAC {
	if m.Len == 5 {
		m.Octets[5], m.Len = vrid, 6
	}
	return m
}

func (m MAC) String() string {
	var b strings.Builder
	for i := range int(m.Len) {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(hex.EncodeToString(m.Octets[i : i+1]))
	}
	return b.String()
}

func (m MAC) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads 5 or 6 octets. Addresses of groups, and those that the
// RFC keeps for virtual routers, are refused (keepalived vrrp fact 13.1).
func (m *MAC) UnmarshalText(b []byte) error {
	var out MAC
	for part := range strings.SplitSeq(string(b), ":") {
		v, err := hex.DecodeString(part)
		if err != nil || len(v) != 1 || out.Len == 6 {
			return fmt.Errorf("%q is not a MAC address of 5 or 6 octets, such as 02:00:00:00:00", b)
		}
		out.Octets[out.Len] = v[0]
		out.Len++
	}
	switch {
	case out.Len < 5:
		return fmt.Errorf("%q is not a MAC address of 5 or 6 octets, such as 02:00:00:00:00", b)
	case out.Octets[0]&1 != 0:
		return fmt.Errorf("%s is the address of a group, not of a host", out)
	case [4]byte(out.Octets[:4]) == [4]byte{0, 0, 0x5e, 0}:
		return fmt.Errorf("%s is of the range that stands for virtual routers (RFC 9568 section 7.3); leave it out to have the right one", out)
	}
	*m = out
	return nil
}

// vmac checks the links that are made for an instance.
func (v *validator) vmac(i *VRRPInstance) {
	name := func(what, n string) {
		if len(n) > 15 || strings.ContainsAny(n, "/ \t") || n == "." || n == ".." {
			v.Errorf(i.Src, "%s name %q of VRRP instance %q is not an interface name of at most 15 characters", what, n, i.Name)
		}
		if n != "" && n == i.Interface {
			v.Errorf(i.Src, "%s of VRRP instance %q has the name of its interface", what, i.Name)
		}
	}
	if i.VMAC != nil && i.IPVLAN != nil {
		v.Errorf(i.Src, "VRRP instance %q has both vmac and ipvlan; it runs on one of them", i.Name)
	}
	if (i.VMAC != nil || i.IPVLAN != nil) && i.Interface == "" {
		v.Errorf(i.Src, "VRRP instance %q has a link of its own and no interface that it could be made on", i.Name)
	}
	if i.VMAC != nil {
		name("vmac", i.VMAC.Name)
	}
	if p := i.IPVLAN; p != nil {
		name("ipvlan", p.Name)
		if !p.Address.IsZero() && p.Address.Addr.Is6() != i.IsIPv6() {
			v.Errorf(i.Src, "ipvlan address %s is of another family than VRRP instance %q", p.Address, i.Name).As("family")
		}
		if s := i.Source; s.IsValid() && !p.Address.IsZero() && s != p.Address.Addr {
			v.Errorf(i.Src, "VRRP instance %q has source_address %s and an ipvlan address %s; leave one out", i.Name, s, p.Address.Addr)
		}
	}
}

// linkNames refuses two instances whose links have the same name.
func (v *validator) linkNames() {
	seen := map[string]*VRRPInstance{}
	for _, i := range v.cfg.Instances {
		n := ""
		if i.VMAC != nil {
			n = i.VMAC.Name
		}
		if i.IPVLAN != nil {
			n = i.IPVLAN.Name
		}
		if n == "" {
			continue
		}
		if first := seen[n]; first != nil {
			v.Errorf(i.Src, "VRRP instances %q and %q both make a link %q", first.Name, i.Name, n).And(first.Src)
		}
		seen[n] = i
	}
}

// SourceOf is where an instance's adverts come from, as far as it says.
func (v *VRRPInstance) SourceOf() netip.Addr {
	if v.IPVLAN != nil && !v.Source.IsValid() {
		return v.IPVLAN.Address.Addr
	}
	return v.Source
}
