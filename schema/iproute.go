package schema

import (
	"fmt"
	"strconv"
	"strings"
)

// TOS is the type of service of a packet: the old name of the byte whose upper
// six bits are its DSCP (RFC 2474).
type TOS uint8

// tosNames are the code points of RFC 2474, 2597, 3246 and 5865, as bytes.
var tosNames = map[string]TOS{
	"default": 0x00, "cs0": 0x00, "cs1": 0x20, "cs2": 0x40, "cs3": 0x60, "cs4": 0x80, "cs5": 0xa0, "cs6": 0xc0, "cs7": 0xe0,
	"af11": 0x28, "af12": 0x30, "af13": 0x38, "af21": 0x48, "af22": 0x50, "af23": 0x58,
	"af31": 0x68, "af32": 0x70, "af33": 0x78, "af41": 0x88, "af42": 0x90, "af43": 0x98,
	"va": 0xb0, "ef": 0xb8,
}

func (t TOS) String() string {
	if t == 0 {
		return ""
	}
	return fmt.Sprintf("%#02x", uint8(t))
}

func (t TOS) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads a number from 0 to 255, or a name such as "af11".
func (t *TOS) UnmarshalText(b []byte) error {
	if v, ok := tosNames[strings.ToLower(string(b))]; ok {
		*t = v
		return nil
	}
	n, err := strconv.ParseUint(string(b), 0, 8)
	if err != nil {
		return fmt.Errorf("%q is not a type of service; use a number up to 255 or a name such as af11, cs6 or ef", b)
	}
	*t = TOS(n)
	return nil
}

// IPProtocol is a transport by its number; 0 means "not said".
type IPProtocol uint8

// ipProtocols are those that /etc/protocols names everywhere.
var ipProtocols = []struct {
	number IPProtocol
	name   string
}{
	{1, "icmp"}, {2, "igmp"}, {4, "ipencap"}, {6, "tcp"}, {17, "udp"}, {33, "dccp"}, {41, "ipv6"}, {47, "gre"}, {50, "esp"}, {51, "ah"},
	{58, "ipv6-icmp"}, {58, "icmpv6"}, {88, "eigrp"}, {89, "ospf"}, {94, "ipip"}, {103, "pim"}, {112, "vrrp"}, {115, "l2tp"}, {132, "sctp"}, {136, "udplite"},
}

func (p IPProtocol) String() string {
	if p == 0 {
		return ""
	}
	for _, x := range ipProtocols {
		if x.number == p {
			return x.name
		}
	}
	return strconv.Itoa(int(p))
}

func (p IPProtocol) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads a name or a number from 1 to 255.
func (p *IPProtocol) UnmarshalText(b []byte) error {
	for _, x := range ipProtocols {
		if x.name == string(b) {
			*p = x.number
			return nil
		}
	}
	n, err := strconv.ParseUint(string(b), 10, 8)
	if err != nil {
		return fmt.Errorf("%q is not an IP protocol; use a name such as tcp or a number up to 255", b)
	}
	*p = IPProtocol(n)
	return nil
}

// Realms are the routing realms of the source (upper half) and the destination
// (ip-route(8)); 0 means none.
type Realms uint32

func (r Realms) String() string {
	switch {
	case r == 0:
		return ""
	case r>>16 == 0:
		return strconv.Itoa(int(r))
	}
	return fmt.Sprintf("%d/%d", r>>16, r&0xffff)
}

func (r Realms) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads "TO" or "FROM/TO", each up to 65535.
func (r *Realms) UnmarshalText(b []byte) error {
	from, to, two := strings.Cut(string(b), "/")
	if !two {
		from, to = "0", from
	}
	x, errX := strconv.ParseUint(from, 0, 16)
	z, errZ := strconv.ParseUint(to, 0, 16)
	if errX != nil || errZ != nil {
		return fmt.Errorf("%q is not a realm; use a number up to 65535, or two as FROM/TO", b)
	}
	*r = Realms(x<<16 | z)
	return nil
}
