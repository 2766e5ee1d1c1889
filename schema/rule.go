package schema

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/lbgit/lbgit/schema/diag"
)

// RuleSpec is a rule of policy routing (ip-rule(8)): packets that match all its
// selectors are treated by its action.
type RuleSpec struct {
	// Priority is the rule's place, the lowest first; 0 to 4294967295. The
	// kernel's own rules are at 0 (local), 32766 (main) and 32767 (default).
	Priority uint32 `conf:"priority,label"`
	// Family is that of From and To; a rule without them is IPv4.
	Family Family `conf:"family"`

	// Selectors. Not turns all of them around.
	Not  bool   `conf:"not"`
	From Prefix `conf:"from"`
	To   Prefix `conf:"to"`
	TOS  TOS    `conf:"tos"`
	// Mark matches the packet's mark under Mask, 0xffffffff unless given.
	Mark   uint32 `conf:"fwmark"`
	Mask   uint32 `conf:"fwmask"`
	In     string `conf:"iif"`
	Out    string `conf:"oif"`
	Tunnel uint64 `conf:"tunnel_id"`
	// Users are the ids of the socket's owner.
	Users *UserRange `conf:"users"`
	// Protocol is the transport; Ports are the packet's destination ports.
	Protocol    IPProtocol `conf:"ip_protocol"`
	SourcePorts PortRange  `conf:"source_ports"`
	Ports       PortRange  `conf:"ports"`

	// Action is to look into Table, unless it says otherwise.
	Action RuleAction `conf:"action"`
	Table  Table      `conf:"table"`
	// Goto is the priority to go on at, larger than the rule's own.
	Goto   uint32 `conf:"goto"`
	Realms Realms `conf:"realms"`
	// SuppressLength ignores routes with a prefix of this length or shorter;
	// SuppressGroup those out of an interface of this group.
	SuppressLength *int32 `conf:"suppress_prefixlength"`
	SuppressGroup  *int32 `conf:"suppress_ifgroup"`
	// NoTrack lets an instance stay master when the kernel refuses the rule. It
	// is put back like any other when it vanishes.
	NoTrack bool `conf:"no_track"`

	Src diag.Range `conf:"-"`
}

// StaticRule is a rule that the node holds whatever its role.
type StaticRule struct {
	RuleSpec `conf:",inline"`
	Nodes    []string `conf:"nodes"`
}

// IsIPv6 tells the family of the rule.
func (r *RuleSpec) IsIPv6() bool {
	switch {
	case r.Family != AnyFamily:
		return r.Family == IPv6
	case !r.From.IsZero():
		return r.From.Addr.Is6()
	}
	return !r.To.IsZero() && r.To.Addr.Is6()
}

// RuleAction is what becomes of a packet.
type RuleAction uint8

// The actions; to look into a table is the default. VRF looks into the table of
// the VRF that the packet belongs to (ip-rule(8): l3mdev).
const (
	RuleLookup RuleAction = iota
	RuleVRF
	RuleGoto
	RuleNop
	RuleBlackhole
	RuleUnreachable
	RuleProhibit
)

var ruleActionNames = names{"lookup", "l3mdev", "goto", "nop", "blackhole", "unreachable", "prohibit"}

func (a RuleAction) String() string               { return ruleActionNames.name(uint8(a)) }
func (a RuleAction) MarshalText() ([]byte, error) { return []byte(a.String()), nil }
func (a *RuleAction) UnmarshalText(b []byte) error {
	v, err := ruleActionNames.find("action", b, 0)
	*a = RuleAction(v)
	return err
}

// UserRange is one user id, or all from First to Last.
type UserRange struct{ First, Last uint32 }

func (r UserRange) String() string {
	if r.First == r.Last {
		return strconv.FormatUint(uint64(r.First), 10)
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

func (r UserRange) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads "1000" or "1000-1999".
func (r *UserRange) UnmarshalText(b []byte) error {
	first, last, isRange := strings.Cut(string(b), "-")
	if !isRange {
		last = first
	}
	x, errX := strconv.ParseUint(first, 10, 32)
	z, errZ := strconv.ParseUint(last, 10, 32)
	if errX != nil || errZ != nil || z < x {
		return fmt.Errorf("%q is not a user id or a range of them, such as \"1000-1999\"", b)
	}
	r.First, r.Last = uint32(x), uint32(z)
	return nil
}

func (v *validator) rule(r *RuleSpec, what string) {
	refuse := func(format string, args ...any) {
		v.Errorf(r.Src, "rule %d of %s: %s", r.Priority, what, fmt.Sprintf(format, args...))
	}
	v6 := r.IsIPv6()
	for _, p := range []Prefix{r.From, r.To} {
		if !p.IsZero() && p.Addr.Is6() != v6 {
			refuse("%s is of another family than the rule", p)
		}
	}
	for _, dev := range []string{r.In, r.Out} {
		if len(dev) > 15 {
			refuse("interface name %q has more than 15 characters", dev)
		}
	}
	lookup := r.Action == RuleLookup
	switch {
	case lookup && r.Table.IsZero():
		v.Errorf(r.Src, "rule %d of %s says not what to do", r.Priority, what).Because("add table = 100 or the like, or an action")
	case !lookup && !r.Table.IsZero():
		refuse("%s looks into no table", r.Action)
	case !lookup && (r.Realms != 0 || r.SuppressLength != nil || r.SuppressGroup != nil):
		refuse("realms and suppressors are for rules that look into a table")
	case r.Action == RuleGoto && r.Goto <= r.Priority:
		refuse("goto %d does not lead on", r.Goto)
	case r.Action != RuleGoto && r.Goto != 0:
		refuse("goto is for action = \"goto\"")
	case r.Realms != 0 && v6:
		refuse("IPv6 has no realms")
	case r.TOS&3 != 0:
		refuse("tos %s has bits of ECN, which do not select", r.TOS)
	case (r.SourcePorts != PortRange{} || r.Ports != PortRange{}) && r.Protocol == 0:
		v.Warnf(r.Src, "rule %d of %s has ports and no ip_protocol; it matches them in any transport that has ports", r.Priority, what)
	}
}
