package schema

import (
	"fmt"
	"strings"

	"github.com/lbgit/lbgit/schema/diag"
)

// Every enumeration is a small integer with a table of its names, so that a
// value that is not in the table cannot be made from text. The zero value of
// each is the default or "not set", as its comment says.

type names []string

func (n names) name(i uint8) string {
	if int(i) < len(n) {
		return n[i]
	}
	return fmt.Sprintf("invalid(%d)", i)
}

func (n names) find(what string, text []byte, first int) (uint8, error) {
	for i := first; i < len(n); i++ {
		if n[i] == string(text) {
			return uint8(i), nil
		}
	}
	if strings.ContainsRune("aeiou", rune(what[0])) {
		what = "an " + what
	} else {
		what = "a " + what
	}
	err := fmt.Errorf("%q is not %s; use one of %s", text, what, strings.Join(n[first:], ", "))
	if near := diag.Nearest(string(text), n[first:]); near != "" {
		err = fmt.Errorf("%q is not %s; did you mean %q? (%s)", text, what, near, strings.Join(n[first:], ", "))
	}
	return 0, err
}

// Protocol is the transport of a virtual server.
type Protocol uint8

// The transports that IPVS balances. TCP is the default.
const (
	TCP Protocol = iota
	UDP
	SCTP
)

var protocolNames = names{"tcp", "udp", "sctp"}

func (p Protocol) String() string               { return protocolNames.name(uint8(p)) }
func (p Protocol) MarshalText() ([]byte, error) { return []byte(p.String()), nil }
func (p *Protocol) UnmarshalText(b []byte) error {
	v, err := protocolNames.find("protocol", b, 0)
	*p = Protocol(v)
	return err
}

// Number is the IP protocol number (RFC 790, RFC 9260).
func (p Protocol) Number() uint16 { return [...]uint16{6, 17, 132}[p] }

// Family is an address family; the zero value means "follows from the rest".
type Family uint8

const (
	AnyFamily Family = iota
	IPv4
	IPv6
)

var familyNames = names{"", "ipv4", "ipv6"}

func (f Family) String() string               { return familyNames.name(uint8(f)) }
func (f Family) MarshalText() ([]byte, error) { return []byte(f.String()), nil }
func (f *Family) UnmarshalText(b []byte) error {
	v, err := familyNames.find("family", b, 1)
	*f = Family(v)
	return err
}

// Scheduler is the IPVS scheduling method (kernel net/netfilter/ipvs).
type Scheduler uint8

// The kernel's schedulers; weighted least connection is the default.
const (
	WLC Scheduler = iota
	RR
	WRR
	LC
	LBLC
	LBLCR
	SH
	MH
	DH
	FO
	OVF
	SED
	NQ
	TWOS
)

var schedulerNames = names{"wlc", "rr", "wrr", "lc", "lblc", "lblcr", "sh", "mh", "dh", "fo", "ovf", "sed", "nq", "twos"}

func (s Scheduler) String() string               { return schedulerNames.name(uint8(s)) }
func (s Scheduler) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
func (s *Scheduler) UnmarshalText(b []byte) error {
	v, err := schedulerNames.find("scheduler", b, 0)
	*s = Scheduler(v)
	return err
}

// SchedulerFlag is one of the three bits that a scheduler may read
// (kernel ip_vs.h, IP_VS_SVC_F_SCHED1..3). The sh- and mh- names are the same
// bits under the names that ipvsadm gives them.
type SchedulerFlag uint8

const (
	Flag1 SchedulerFlag = iota + 1
	Flag2
	Flag3
	SHFallback
	SHPort
	MHFallback
	MHPort
)

var flagNames = names{"", "flag-1", "flag-2", "flag-3", "sh-fallback", "sh-port", "mh-fallback", "mh-port"}

func (f SchedulerFlag) String() string               { return flagNames.name(uint8(f)) }
func (f SchedulerFlag) MarshalText() ([]byte, error) { return []byte(f.String()), nil }
func (f *SchedulerFlag) UnmarshalText(b []byte) error {
	v, err := flagNames.find("scheduler flag", b, 1)
	*f = SchedulerFlag(v)
	return err
}

// Scheduler tells which scheduler reads the flag; ok is false for the generic
// ones.
func (f SchedulerFlag) Scheduler() (s Scheduler, ok bool) {
	switch f {
	case SHFallback, SHPort:
		return SH, true
	case MHFallback, MHPort:
		return MH, true
	}
	return 0, false
}

// Forward is the forwarding method; the zero value means "inherited", which
// ends at NAT.
type Forward uint8

const (
	Inherit Forward = iota
	NAT
	DR
	TUN
)

var forwardNames = names{"", "nat", "dr", "tun"}

func (f Forward) String() string               { return forwardNames.name(uint8(f)) }
func (f Forward) MarshalText() ([]byte, error) { return []byte(f.String()), nil }
func (f *Forward) UnmarshalText(b []byte) error {
	v, err := forwardNames.find("forwarding method", b, 1)
	*f = Forward(v)
	return err
}

// TunnelType is the encapsulation of a TUN real server.
type TunnelType uint8

const (
	IPIP TunnelType = iota
	GUE
	GRE
)

var tunnelNames = names{"ipip", "gue", "gre"}

func (t TunnelType) String() string               { return tunnelNames.name(uint8(t)) }
func (t TunnelType) MarshalText() ([]byte, error) { return []byte(t.String()), nil }
func (t *TunnelType) UnmarshalText(b []byte) error {
	v, err := tunnelNames.find("tunnel type", b, 0)
	*t = TunnelType(v)
	return err
}

// TunnelChecksum is the checksum mode of a GUE or GRE tunnel.
type TunnelChecksum uint8

const (
	NoChecksum TunnelChecksum = iota
	Checksum
	RemoteChecksum
)

var checksumNames = names{"none", "csum", "remcsum"}

func (t TunnelChecksum) String() string               { return checksumNames.name(uint8(t)) }
func (t TunnelChecksum) MarshalText() ([]byte, error) { return []byte(t.String()), nil }
func (t *TunnelChecksum) UnmarshalText(b []byte) error {
	v, err := checksumNames.find("tunnel checksum", b, 0)
	*t = TunnelChecksum(v)
	return err
}

// CheckType is the kind of a health check.
type CheckType uint8

const (
	CheckTCP CheckType = iota + 1
	CheckHTTP
	CheckHTTPS
	CheckSMTP
	CheckDNS
	CheckUDP
	CheckPing
	CheckScript
	CheckFile
	CheckBFD
)

var checkNames = names{"", "tcp", "http", "https", "smtp", "dns", "udp", "ping", "script", "file", "bfd"}

func (c CheckType) String() string               { return checkNames.name(uint8(c)) }
func (c CheckType) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
func (c *CheckType) UnmarshalText(b []byte) error {
	v, err := checkNames.find("check type", b, 1)
	*c = CheckType(v)
	return err
}

// AuthType is the VRRP authentication method.
type AuthType uint8

const (
	AuthNone AuthType = iota
	AuthPass
	AuthAH
	AuthHMAC
)

var authNames = names{"none", "pass", "ah", "hmac"}

func (a AuthType) String() string               { return authNames.name(uint8(a)) }
func (a AuthType) MarshalText() ([]byte, error) { return []byte(a.String()), nil }
func (a *AuthType) UnmarshalText(b []byte) error {
	v, err := authNames.find("authentication type", b, 0)
	*a = AuthType(v)
	return err
}

// OldChecksum says when a version 3 checksum between IPv4 peers is taken over
// the multicast group, as keepalived before 1.4 did: when a peer is found to do
// so, always, or never.
type OldChecksum uint8

const (
	OldChecksumAuto OldChecksum = iota
	OldChecksumAlways
	OldChecksumNever
)

var oldChecksumNames = names{"auto", "always", "never"}

func (o OldChecksum) String() string               { return oldChecksumNames.name(uint8(o)) }
func (o OldChecksum) MarshalText() ([]byte, error) { return []byte(o.String()), nil }
func (o *OldChecksum) UnmarshalText(b []byte) error {
	v, err := oldChecksumNames.find("old_unicast_checksum", b, 0)
	*o = OldChecksum(v)
	return err
}

// Tri is a switch that can be left to what surrounds it.
type Tri uint8

const (
	Unset Tri = iota
	On
	Off
)

// Or resolves the switch: its own word, or else the outer one.
func (t Tri) Or(outer bool) bool {
	if t == Unset {
		return outer
	}
	return t == On
}

// TriOf makes a switch that has been set.
func TriOf(b bool) Tri {
	if b {
		return On
	}
	return Off
}
