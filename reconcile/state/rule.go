package state

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
)

// Actions of a rule (kernel uapi/linux/fib_rules.h, FR_ACT_*). A rule that asks
// the VRF of a packet for its table has ActionTable and L3MDev.
const (
	ActionTable       uint8 = 1
	ActionGoto        uint8 = 2
	ActionNop         uint8 = 3
	ActionBlackhole   uint8 = 6
	ActionUnreachable uint8 = 7
	ActionProhibit    uint8 = 8
)

var actionNames = map[uint8]string{ActionGoto: "goto", ActionNop: "nop", ActionBlackhole: "blackhole", ActionUnreachable: "unreachable", ActionProhibit: "prohibit"}

// NoLimit is a suppressor that is off (the kernel's own -1).
const NoLimit int32 = -1

// Span is a range of ports or user ids, both ends included.
type Span struct {
	First uint32 `json:"first"`
	Last  uint32 `json:"last"`
}

func (s Span) String() string {
	if s.First == s.Last {
		return fmt.Sprint(s.First)
	}
	return fmt.Sprintf("%d-%d", s.First, s.Last)
}

// RuleKey is what tells rules of policy routing apart: their place and what
// packets they are about. The kernel would hold several of one key, of which only
// the first that says where to go counts.
type RuleKey struct {
	V6       bool         `json:"ipv6,omitempty"`
	Priority uint32       `json:"priority"`
	Not      bool         `json:"not,omitempty"`
	From     netip.Prefix `json:"from,omitzero"`
	To       netip.Prefix `json:"to,omitzero"`
	TOS      uint8        `json:"tos,omitempty"`
	Mark     uint32       `json:"fwmark,omitempty"`
	Mask     uint32       `json:"fwmask,omitempty"`
	In       string       `json:"iif,omitempty"`
	Out      string       `json:"oif,omitempty"`
	Tunnel   uint64       `json:"tunnel_id,omitempty"`
	// Users are user ids; UsersSet tells them from user 0 alone.
	Users       Span  `json:"users,omitzero"`
	UsersSet    bool  `json:"users_set,omitempty"`
	Protocol    uint8 `json:"ip_protocol,omitempty"`
	SourcePorts Span  `json:"source_ports,omitzero"`
	Ports       Span  `json:"ports,omitzero"`
}

// Compare orders by family, priority and the rest.
func (k RuleKey) Compare(o RuleKey) int {
	if k == o {
		return 0
	}
	if k.V6 != o.V6 {
		if o.V6 {
			return -1
		}
		return 1
	}
	if c := cmp.Compare(k.Priority, o.Priority); c != 0 {
		return c
	}
	return cmp.Compare(k.String(), o.String())
}

// String is the key as ip-rule(8) writes it.
func (k RuleKey) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d", k.Priority)
	if k.V6 {
		b.WriteString(" ipv6")
	}
	word := func(set bool, name string, v any) {
		if set {
			fmt.Fprintf(&b, " %s %v", name, v)
		}
	}
	if k.Not {
		b.WriteString(" not")
	}
	if k.From.IsValid() {
		word(true, "from", k.From)
	} else {
		b.WriteString(" from all")
	}
	word(k.To.IsValid(), "to", k.To)
	word(k.TOS != 0, "tos", fmt.Sprintf("%#x", k.TOS))
	if k.Mask == 1<<32-1 {
		word(true, "fwmark", fmt.Sprintf("%#x", k.Mark))
	} else {
		word(k.Mark|k.Mask != 0, "fwmark", fmt.Sprintf("%#x/%#x", k.Mark, k.Mask))
	}
	word(k.In != "", "iif", k.In)
	word(k.Out != "", "oif", k.Out)
	word(k.Tunnel != 0, "tun_id", k.Tunnel)
	word(k.UsersSet, "uidrange", k.Users)
	word(k.Protocol != 0, "ipproto", k.Protocol)
	word(k.SourcePorts != Span{}, "sport", k.SourcePorts)
	word(k.Ports != Span{}, "dport", k.Ports)
	return b.String()
}

// Rule is a rule of policy routing.
type Rule struct {
	RuleKey
	Action uint8 `json:"action"`
	// Table is where ActionTable looks; 0 with L3MDev, which asks the VRF.
	Table  uint32 `json:"table,omitempty"`
	L3MDev bool   `json:"l3mdev,omitempty"`
	// Goto is the priority to go on at.
	Goto uint32 `json:"goto,omitempty"`
	// Realms are the realm of the source (upper half) and the destination.
	Realms uint32 `json:"realms,omitempty"`
	// SuppressLength and SuppressGroup make the lookup ignore routes with a
	// prefix this short, or out of an interface of this group; NoLimit is off.
	SuppressLength int32 `json:"suppress_prefixlength"`
	SuppressGroup  int32 `json:"suppress_ifgroup"`
	// Owner is the protocol number (FRA_PROTOCOL, kernel 4.17).
	Owner uint8 `json:"protocol,omitempty"`
}

// Same tells whether two rules are equal but for their owner.
func (r Rule) Same(o Rule) bool {
	r.Owner, o.Owner = 0, 0
	return r == o
}

// ActionText is what the rule does, as ip-rule(8) writes it.
func (r Rule) ActionText() string {
	switch {
	case r.L3MDev:
		return "l3mdev"
	case r.Action == ActionTable:
		return fmt.Sprintf("lookup %d", r.Table)
	case r.Action == ActionGoto:
		return fmt.Sprintf("goto %d", r.Goto)
	case actionNames[r.Action] != "":
		return actionNames[r.Action]
	}
	return fmt.Sprintf("action %d", r.Action)
}

// RealmsText writes realms as FROM/TO, or TO alone.
func RealmsText(r uint32) string {
	switch {
	case r == 0:
		return ""
	case r>>16 == 0:
		return fmt.Sprint(r)
	}
	return fmt.Sprintf("%d/%d", r>>16, r&0xffff)
}

// tie puts what is lbgit's before what is not: see Normalize.
func (r *Rule) tie(o *Rule) int {
	if mine := OwnedByUs(r.Owner); mine != OwnedByUs(o.Owner) {
		if mine {
			return -1
		}
		return 1
	}
	if r.Owner != o.Owner {
		return cmp.Compare(o.Owner, r.Owner)
	}
	rest := func(r *Rule) string {
		return fmt.Sprint(r.ActionText(), r.Realms, r.SuppressLength, r.SuppressGroup)
	}
	return cmp.Compare(rest(r), rest(o))
}
