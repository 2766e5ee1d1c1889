package schema

import (
	"fmt"
	"net/netip"
	"strconv"
)

// Prefix is an interface address with its prefix length. Host bits are kept.
type Prefix struct {
	Addr netip.Addr
	Bits uint8
}

// PrefixOf makes the host prefix (/32, /128) of an address.
func PrefixOf(a netip.Addr) Prefix { return Prefix{a, uint8(a.BitLen())} }

// Netip gives the same as a netip.Prefix.
func (p Prefix) Netip() netip.Prefix { return netip.PrefixFrom(p.Addr, int(p.Bits)) }

// IsZero tells whether there is none.
func (p Prefix) IsZero() bool { return !p.Addr.IsValid() }

func (p Prefix) String() string {
	if p.IsZero() {
		return ""
	}
	return p.Netip().String()
}

func (p Prefix) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads "192.0.2.1/24", or an address alone as a host address.
func (p *Prefix) UnmarshalText(b []byte) error {
	text := string(b)
	if n, err := netip.ParsePrefix(text); err == nil {
		*p = Prefix{n.Addr(), uint8(n.Bits())}
		return nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return fmt.Errorf("%q is not an address with an optional prefix length, such as %q", text, "192.0.2.10/24")
	}
	*p = PrefixOf(a)
	return nil
}

// Scope is the scope of an address or a route: a name of /etc/iproute2
// rt_scopes or a number from 0 to 255 (rtnetlink(7)).
type Scope uint8

var scopeNames = map[Scope]string{0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}

func (s Scope) String() string {
	if n, ok := scopeNames[s]; ok {
		return n
	}
	return strconv.Itoa(int(s))
}

func (s Scope) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (s *Scope) UnmarshalText(b []byte) error {
	for v, n := range scopeNames {
		if n == string(b) {
			*s = v
			return nil
		}
	}
	n, err := strconv.ParseUint(string(b), 10, 8)
	if err != nil {
		return fmt.Errorf("%q is not a scope; use global, site, link, host, nowhere or a number up to 255", b)
	}
	*s = Scope(n)
	return nil
}

// StaticAddress is an address that the node holds whatever its role.
type StaticAddress struct {
	VirtualAddress `conf:",inline"`
	Nodes          []string `conf:"nodes"`
}
