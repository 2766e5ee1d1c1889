package schema

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Secret is text that no output may show. Every way of printing gives a mask;
// only Reveal gives the text.
type Secret struct{ text string }

// SecretOf wraps text that must stay hidden.
func SecretOf(s string) Secret { return Secret{s} }

// Reveal gives the text itself, for the wire.
func (s Secret) Reveal() string { return s.text }

// IsZero tells whether no secret was given.
func (s Secret) IsZero() bool { return s.text == "" }

func (s Secret) String() string {
	if s.text == "" {
		return ""
	}
	return "(secret)"
}

// Format masks the verbs that do not ask String, such as %d.
func (s Secret) Format(f fmt.State, verb rune) {
	if verb == 'q' || verb == 'v' && f.Flag('#') {
		fmt.Fprintf(f, "%q", s.String())
		return
	}
	fmt.Fprint(f, s.String())
}

// MarshalText writes the mask: what is encoded is shown to somebody.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the text as it stands in the source.
func (s *Secret) UnmarshalText(b []byte) error {
	s.text = string(b)
	return nil
}

// AddressRange is one address, or all addresses from First to Last.
type AddressRange struct{ First, Last netip.Addr }

// One is the range of a single address.
func One(a netip.Addr) AddressRange { return AddressRange{a, a} }

func (r AddressRange) String() string {
	if r.First == r.Last {
		return r.First.String()
	}
	return r.First.String() + "-" + r.Last.String()
}

func (r AddressRange) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads "192.0.2.1", "192.0.2.1-192.0.2.9", "192.0.2.1-9"
// (last octet, or last group of IPv6 in hexadecimal) or "192.0.2.0/28" (all
// addresses of the prefix, as IPVS knows no network address).
func (r *AddressRange) UnmarshalText(b []byte) error {
	text := string(b)
	if p, err := netip.ParsePrefix(text); err == nil {
		if p.Masked() != p {
			return fmt.Errorf("%q has bits set beyond its prefix length; the network is %s", text, p.Masked())
		}
		r.First, r.Last = p.Addr(), lastOf(p)
		return nil
	}
	first, last, isRange := strings.Cut(text, "-")
	a, err := netip.ParseAddr(first)
	if err != nil {
		return fmt.Errorf("%q is not an IP address, a range (a-b) or a prefix (a/len)", text)
	}
	if err := plain(text, a); err != nil {
		return err
	}
	r.First, r.Last = a, a
	if !isRange {
		return nil
	}
	z, err := netip.ParseAddr(last)
	if err != nil {
		if z, err = withLast(a, last); err != nil {
			return fmt.Errorf("%q: %q does not end a range", text, last)
		}
	}
	if z.Is4() != a.Is4() {
		return fmt.Errorf("%q mixes IPv4 and IPv6", text)
	}
	if z.Less(a) {
		return fmt.Errorf("%q runs backwards", text)
	}
	r.Last = z
	return nil
}

// plain refuses what the kernel's IPVS has no form for.
func plain(text string, a netip.Addr) error {
	switch {
	case a.Zone() != "":
		return fmt.Errorf("%q: an address of IPVS has no zone", text)
	case a.Is4In6():
		return fmt.Errorf("%q is an IPv4 address in IPv6 clothes; write %s", text, a.Unmap())
	}
	return nil
}

func withLast(a netip.Addr, last string) (netip.Addr, error) {
	if a.Is4() {
		n, err := strconv.ParseUint(last, 10, 8)
		b := a.As4()
		b[3] = byte(n)
		return netip.AddrFrom4(b), err
	}
	n, err := strconv.ParseUint(last, 16, 16)
	b := a.As16()
	b[14], b[15] = byte(n>>8), byte(n)
	return netip.AddrFrom16(b), err
}

func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// Count gives the number of addresses, at most limit.
func (r AddressRange) Count(limit int) int {
	n := 0
	for a := r.First; n < limit; a = a.Next() {
		n++
		if a == r.Last || !a.IsValid() {
			break
		}
	}
	return n
}

// PortRange is one port, or all from First to Last.
type PortRange struct{ First, Last uint16 }

func (r PortRange) String() string {
	switch r.First {
	case 0:
		return "" // none
	case r.Last:
		return strconv.Itoa(int(r.First))
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

func (r PortRange) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads "80" or "8000-8010"; 1 to 65535.
func (r *PortRange) UnmarshalText(b []byte) error {
	first, last, isRange := strings.Cut(string(b), "-")
	if !isRange {
		last = first
	}
	x, errX := strconv.ParseUint(first, 10, 16)
	z, errZ := strconv.ParseUint(last, 10, 16)
	if errX != nil || errZ != nil || x == 0 {
		return fmt.Errorf("%q is not a port from 1 to 65535 or a range of them", b)
	}
	if z < x {
		return fmt.Errorf("%q runs backwards", b)
	}
	r.First, r.Last = uint16(x), uint16(z)
	return nil
}

// StatusRange is one HTTP status code, or all from First to Last; 100 to 599.
type StatusRange struct{ First, Last uint16 }

func (r StatusRange) String() string { return PortRange(r).String() }

func (r StatusRange) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads "200" or "200-299".
func (r *StatusRange) UnmarshalText(b []byte) error {
	var p PortRange
	if err := p.UnmarshalText(b); err != nil || p.First < 100 || p.Last > 599 {
		return fmt.Errorf("%q is not an HTTP status from 100 to 599 or a range of them", b)
	}
	*r = StatusRange(p)
	return nil
}

// Digest is the MD5 of a body, as genhash prints it; the zero value means
// "not compared".
type Digest [16]byte

// IsZero tells whether no digest is to be compared.
func (d Digest) IsZero() bool { return d == Digest{} }

func (d Digest) String() string {
	if d.IsZero() {
		return ""
	}
	return hex.EncodeToString(d[:])
}

func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads 32 hexadecimal digits.
func (d *Digest) UnmarshalText(b []byte) error {
	if len(b) != 32 {
		return fmt.Errorf("a digest is 32 hexadecimal digits, this has %d characters; `lbgit digest URL` prints one", len(b))
	}
	if _, err := hex.Decode(d[:], b); err != nil {
		return fmt.Errorf("a digest is 32 hexadecimal digits; `lbgit digest URL` prints one")
	}
	return nil
}

// Netmask groups clients for persistence. For IPv4 it is any 32-bit mask, for
// IPv6 a prefix length (kernel IPVS_SVC_ATTR_NETMASK).
type Netmask struct {
	V4   uint32
	Bits uint8
}

// IsZero tells whether no mask is set: every client on its own.
func (m Netmask) IsZero() bool { return m == Netmask{} }

func (m Netmask) String() string {
	switch {
	case m.V4 != 0:
		return netip.AddrFrom4([4]byte{byte(m.V4 >> 24), byte(m.V4 >> 16), byte(m.V4 >> 8), byte(m.V4)}).String()
	case m.Bits != 0:
		return strconv.Itoa(int(m.Bits))
	}
	return ""
}

func (m Netmask) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads a dotted IPv4 mask or a prefix length. A length up to
// 32 fits both families; which one it is follows from the virtual server.
func (m *Netmask) UnmarshalText(b []byte) error {
	text := strings.TrimPrefix(string(b), "/")
	if n, err := strconv.ParseUint(text, 10, 8); err == nil && n >= 1 && n <= 128 {
		*m = Netmask{Bits: uint8(n)}
		return nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil || !a.Is4() || a.IsUnspecified() {
		return fmt.Errorf("%q is neither a dotted netmask nor a prefix length from 1 to 128", b)
	}
	v := a.As4()
	*m = Netmask{V4: uint32(v[0])<<24 | uint32(v[1])<<16 | uint32(v[2])<<8 | uint32(v[3])}
	return nil
}

// Normal brings the mask into the one form that its family has.
func (m Netmask) Normal(f Family) Netmask {
	if f == IPv4 && m.V4 == 0 && m.Bits > 0 && m.Bits <= 32 {
		return Netmask{V4: ^uint32(0) << (32 - m.Bits)}
	}
	return m
}
