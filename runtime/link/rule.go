package link

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/internal/nl"
)

const (
	ruleHeader = 12  // struct fib_rule_hdr: family, lengths, tos, table, 2 reserved, action, flags
	ruleInvert = 0x2 // FIB_RULE_INVERT
	fraDSCP    = 25  // FRA_DSCP, kernel 6.14; not yet in x/sys

	// plainTOS are the bits that an IPv4 rule may have in its header
	// (IPTOS_TOS_MASK without those of ECN); others need fraDSCP.
	plainTOS = 0x1c
)

// parseRule reads a message about a rule. What is no rule of IPv4 or IPv6 is not
// ok: multicast routing has rules of its own.
func parseRule(body []byte) (r state.Rule, ok bool) {
	if len(body) < ruleHeader || body[0] != unix.AF_INET && body[0] != unix.AF_INET6 {
		return r, false
	}
	family := body[0]
	r.V6 = family == unix.AF_INET6
	r.TOS, r.Table, r.Action = body[3], uint32(body[4]), body[7]
	r.Not = binary.NativeEndian.Uint32(body[8:])&ruleInvert != 0
	r.SuppressLength, r.SuppressGroup = state.NoLimit, state.NoLimit
	for typ, v := range nl.Attrs(body[ruleHeader:]) {
		switch typ {
		case unix.FRA_DST:
			a, _ := parseIP(v, family)
			r.To = netip.PrefixFrom(a, int(body[1]))
		case unix.FRA_SRC:
			a, _ := parseIP(v, family)
			r.From = netip.PrefixFrom(a, int(body[2]))
		case unix.FRA_IIFNAME:
			r.In = v.Text()
		case unix.FRA_OIFNAME:
			r.Out = v.Text()
		case unix.FRA_GOTO:
			r.Goto = v.Uint32()
		case unix.FRA_PRIORITY:
			r.Priority = v.Uint32()
		case unix.FRA_FWMARK:
			r.Mark = v.Uint32()
		case unix.FRA_FWMASK:
			r.Mask = v.Uint32()
		case unix.FRA_FLOW:
			r.Realms = v.Uint32()
		case unix.FRA_TUN_ID:
			if len(v) >= 8 {
				r.Tunnel = binary.BigEndian.Uint64(v)
			}
		case unix.FRA_SUPPRESS_IFGROUP:
			r.SuppressGroup = int32(v.Uint32())
		case unix.FRA_SUPPRESS_PREFIXLEN:
			r.SuppressLength = int32(v.Uint32())
		case unix.FRA_TABLE:
			r.Table = v.Uint32()
		case unix.FRA_L3MDEV:
			r.L3MDev = v.Uint8() != 0
		case unix.FRA_UID_RANGE:
			if len(v) >= 8 {
				r.UsersSet = true
				r.Users = state.Span{First: binary.NativeEndian.Uint32(v), Last: binary.NativeEndian.Uint32(v[4:])}
			}
		case fraDSCP:
			r.TOS = v.Uint8() << 2
		case unix.FRA_PROTOCOL:
			r.Owner = v.Uint8()
		case unix.FRA_IP_PROTO:
			r.Protocol = v.Uint8()
		case unix.FRA_SPORT_RANGE:
			r.SourcePorts = portSpan(v)
		case unix.FRA_DPORT_RANGE:
			r.Ports = portSpan(v)
		}
	}
	return r, true
}

// portSpan reads struct fib_rule_port_range.
func portSpan(v nl.Attr) state.Span {
	if len(v) < 4 {
		return state.Span{}
	}
	return state.Span{First: uint32(binary.NativeEndian.Uint16(v)), Last: uint32(binary.NativeEndian.Uint16(v[2:]))}
}

// putRule is the opposite.
func putRule(b *nl.Batch, r *state.Rule) error {
	var h [ruleHeader]byte
	h[0] = unix.AF_INET
	if r.V6 {
		h[0] = unix.AF_INET6
	}
	for i, p := range [2]netip.Prefix{r.To, r.From} {
		if !p.IsValid() {
			continue
		}
		if p.Addr().Is6() != r.V6 {
			return errors.New("it mixes families")
		}
		h[1+i] = byte(p.Bits())
	}
	h[3], h[7] = r.TOS, r.Action
	dscp := !r.V6 && r.TOS&^plainTOS != 0
	if dscp {
		h[3] = 0
	}
	if r.Not {
		binary.NativeEndian.PutUint32(h[8:], ruleInvert)
	}
	b.Raw(h[:]...)
	if r.To.IsValid() {
		b.Data(unix.FRA_DST, r.To.Addr().AsSlice())
	}
	if r.From.IsValid() {
		b.Data(unix.FRA_SRC, r.From.Addr().AsSlice())
	}
	b.Uint32(unix.FRA_PRIORITY, r.Priority)
	if dscp {
		b.Uint8(fraDSCP, r.TOS>>2)
	}
	if r.Mark|r.Mask != 0 {
		b.Uint32(unix.FRA_FWMARK, r.Mark)
		b.Uint32(unix.FRA_FWMASK, r.Mask)
	}
	for _, n := range []struct {
		typ   uint16
		value uint32
	}{{unix.FRA_TABLE, r.Table}, {unix.FRA_GOTO, r.Goto}, {unix.FRA_FLOW, r.Realms}} {
		if n.value != 0 {
			b.Uint32(n.typ, n.value)
		}
	}
	if r.In != "" {
		b.String(unix.FRA_IIFNAME, r.In)
	}
	if r.Out != "" {
		b.String(unix.FRA_OIFNAME, r.Out)
	}
	if r.Tunnel != 0 {
		b.Data(unix.FRA_TUN_ID, binary.BigEndian.AppendUint64(nil, r.Tunnel))
	}
	if r.UsersSet {
		b.Data(unix.FRA_UID_RANGE, binary.NativeEndian.AppendUint32(binary.NativeEndian.AppendUint32(nil, r.Users.First), r.Users.Last))
	}
	if r.Protocol != 0 {
		b.Uint8(unix.FRA_IP_PROTO, r.Protocol)
	}
	putPorts(b, unix.FRA_SPORT_RANGE, r.SourcePorts)
	putPorts(b, unix.FRA_DPORT_RANGE, r.Ports)
	if r.SuppressLength != state.NoLimit {
		b.Uint32(unix.FRA_SUPPRESS_PREFIXLEN, uint32(r.SuppressLength))
	}
	if r.SuppressGroup != state.NoLimit {
		b.Uint32(unix.FRA_SUPPRESS_IFGROUP, uint32(r.SuppressGroup))
	}
	if r.L3MDev {
		b.Uint8(unix.FRA_L3MDEV, 1)
	}
	b.Uint8(unix.FRA_PROTOCOL, r.Owner)
	return nil
}

func putPorts(b *nl.Batch, typ uint16, s state.Span) {
	if s != (state.Span{}) {
		b.Data(typ, binary.NativeEndian.AppendUint16(binary.NativeEndian.AppendUint16(nil, uint16(s.First)), uint16(s.Last)))
	}
}

// ObserveRules reads the rules of both families, one of each key: ours if there
// is one, for others may follow the same selectors.
func (l *Links) ObserveRules() ([]state.Rule, error) {
	var out []state.Rule
	for _, family := range []byte{unix.AF_INET, unix.AF_INET6} {
		start := len(out)
		err := l.tables.dump(unix.RTM_GETRULE, append([]byte{family}, make([]byte, ruleHeader-1)...), func() { out = out[:start] }, func(body []byte) error {
			if r, ok := parseRule(body); ok && body[0] == family {
				out = append(out, r)
			}
			return nil
		})
		if err != nil && !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.EAFNOSUPPORT) {
			return nil, fmt.Errorf("rules: %w", err)
		}
	}
	s := state.State{Rules: out}
	s.Normalize()
	// What is ours sorts first: see state.Rule.
	return slices.CompactFunc(s.Rules, func(a, b state.Rule) bool { return a.RuleKey == b.RuleKey }), nil
}

// applyRule writes a rule. One that changes is added anew before the old one
// goes: the kernel tries rules of one priority in the order of their coming, so
// packets always find one of the two.
func (l *Links) applyRule(verb state.Verb, old, new *state.Rule) error {
	if verb == state.Remove {
		return l.removeRule(old)
	}
	err := l.writes.write(unix.RTM_NEWRULE, unix.NLM_F_CREATE|unix.NLM_F_EXCL, func(b *nl.Batch) error { return putRule(b, new) })
	if errors.Is(err, unix.EEXIST) {
		err = l.ownRule(new)
	}
	if err != nil || verb == state.Add {
		return err
	}
	return l.removeRule(old)
}

func (l *Links) removeRule(r *state.Rule) error {
	err := l.writes.write(unix.RTM_DELRULE, 0, func(b *nl.Batch) error { return putRule(b, r) })
	return unless(errors.Is(err, unix.ENOENT), err)
}

// ownRule gives a rule that is there our protocol number: the kernel takes no
// second one that is equal but for it.
func (l *Links) ownRule(r *state.Rule) error {
	list, err := l.ObserveRules()
	if err != nil {
		return err
	}
	for i := range list {
		if list[i] == *r {
			return nil
		}
		if list[i].Same(*r) {
			if err := l.removeRule(&list[i]); err != nil {
				return err
			}
			return l.writes.write(unix.RTM_NEWRULE, unix.NLM_F_CREATE|unix.NLM_F_EXCL, func(b *nl.Batch) error { return putRule(b, r) })
		}
	}
	return unix.EEXIST
}
