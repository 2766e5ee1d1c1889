package keepalived

import (
	"encoding"
	"strconv"
	"strings"

	"github.com/lbgit/lbgit/schema"
)

// ruleWords are the spellings of what a rule's entry may say, each with the one
// that is used below.
var ruleWords = map[string]string{
	"from": "from", "to": "to", "table": "table", "lookup": "table", "preference": "preference", "order": "preference", "priority": "preference",
	"tos": "tos", "dsfield": "tos", "fwmark": "fwmark", "realms": "realms", "suppress_prefixlength": "suppress_prefixlength", "sup_pl": "suppress_prefixlength",
	"suppress_ifgroup": "suppress_ifgroup", "sup_group": "suppress_ifgroup", "dev": "iif", "iif": "iif", "oif": "oif", "tunnel-id": "tunnel-id", "tun-id": "tunnel-id",
	"uidrange": "uidrange", "protocol": "protocol", "ipproto": "ipproto", "ip_proto": "ipproto", "sport": "sport", "dport": "dport", "goto": "goto", "track_group": "track_group",
}

// rule reads one entry of virtual_rules or static_rules. A selector that is
// left out would match more packets, so an entry with one that is not
// understood is dropped as a whole.
func (w *world) rule(s *Stmt) (schema.RuleSpec, bool) {
	r := schema.RuleSpec{Src: s.src()}
	numbered, acts := false, false
	drop := func(i int, why string) (schema.RuleSpec, bool) {
		w.Warnf(s.word(i), "rule %q: %s %s; the rule is dropped", s.text(), s.arg(i), why).As("bad-value")
		return r, false
	}
	for i := 0; i < len(s.Words); i++ {
		word := s.arg(i)
		if w.ruleFlag(&r, s, i) {
			acts = acts || r.Action != schema.RuleLookup
			continue
		}
		kind, ok := ruleWords[word]
		if !ok {
			return drop(i, "is not known")
		}
		if i++; i >= len(s.Words) {
			return drop(i-1, "needs a value")
		}
		if !w.ruleOption(&r, s, kind, i) {
			return drop(i-1, "has a value that is not usable")
		}
		numbered = numbered || kind == "preference"
		acts = acts || kind == "table" || kind == "goto"
	}
	if !acts {
		return drop(0, "names neither a table nor another action")
	}
	if !numbered { // fact 1.33
		r.Priority = w.nextRule(&r)
		w.Warnf(s.at(), "rule without preference gets %d", r.Priority).As("rule-preference").
			Because("keepalived counts down from 16384 for each family; write a preference to have one that stays")
	}
	if r.Family == schema.AnyFamily && r.IsIPv6() {
		r.Family = schema.IPv6
	}
	return r, true
}

// ruleFlag reads a word without a value.
func (w *world) ruleFlag(r *schema.RuleSpec, s *Stmt, i int) bool {
	switch word := s.arg(i); word {
	case "no_track":
		r.NoTrack = true
	case "not":
		r.Not = true
	case "inet", "inet6":
		r.Family = schema.IPv4
		if word == "inet6" {
			r.Family = schema.IPv6
		}
		w.lost(s, i)
	case "l3mdev":
		r.Action = schema.RuleVRF
	case "type":
	case "nop", "blackhole", "unreachable", "prohibit":
		return r.Action.UnmarshalText([]byte(word)) == nil
	default:
		return false
	}
	return true
}

// lost tells of the word that keepalived skips after inet and inet6, unless it
// is an optional one (fact 1.30 [bug], not copied).
func (w *world) lost(s *Stmt, i int) {
	if next := s.arg(i + 1); next != "" && next != "to" {
		w.Warnf(s.word(i), "keepalived loses the word after %s", s.arg(i)).As("route-inet").
			Because("here the entry is read as it stands; write %s to DESTINATION", s.arg(i))
	}
}

func (w *world) ruleOption(r *schema.RuleSpec, s *Stmt, kind string, i int) bool {
	val := s.arg(i)
	text := func(to encoding.TextUnmarshaler) bool { return to.UnmarshalText([]byte(val)) == nil }
	switch kind {
	case "from", "to":
		p, ok := prefix(val)
		if !ok {
			return val == "default" || val == "any" || val == "all"
		}
		if kind == "from" {
			r.From = p
		} else {
			r.To = p
		}
	case "table":
		return text(&r.Table) && !r.Table.IsZero()
	case "preference":
		return number32(val, &r.Priority)
	case "tos":
		return text(&r.TOS) && r.TOS&3 == 0 // bits of ECN do not select
	case "fwmark":
		mark, mask, masked := strings.Cut(val, "/")
		return number32(mark, &r.Mark) && (!masked || number32(mask, &r.Mask))
	case "realms":
		return text(&r.Realms)
	case "suppress_prefixlength":
		return suppressor(val, &r.SuppressLength)
	case "suppress_ifgroup":
		if val == "default" {
			val = "0"
		}
		return suppressor(val, &r.SuppressGroup)
	case "iif":
		w.device(s, i, &r.In)
		return r.In != ""
	case "oif":
		w.device(s, i, &r.Out)
		return r.Out != ""
	case "tunnel-id":
		n, err := strconv.ParseUint(val, 0, 64)
		r.Tunnel = n
		return err == nil
	case "uidrange":
		r.Users = new(schema.UserRange)
		return text(r.Users)
	case "protocol":
		w.owner(s, i-1)
	case "ipproto":
		if s.arg(i-1) == "ip_proto" { // fact 1.32
			w.Warnf(s.word(i-1), "keepalived knows ipproto only and drops the rule").As("spelling-ip-proto")
		}
		return text(&r.Protocol)
	case "sport":
		return w.ports(&r.SourcePorts, s, i)
	case "dport":
		return w.ports(&r.Ports, s, i)
	case "goto":
		r.Action = schema.RuleGoto
		return number32(val, &r.Goto)
	case "track_group":
		w.trackGroup(s, i)
	}
	return true
}

// ports accepts a single port, too, which keepalived does not: it leaves the
// selector out (fact 1.31 [bug], not copied).
func (w *world) ports(to *schema.PortRange, s *Stmt, i int) bool {
	if !strings.Contains(s.arg(i), "-") {
		w.Warnf(s.word(i), "keepalived does not read a single port and sets the rule without it").As("rule-port").
			Because("here it counts; write %s-%s for both", s.arg(i), s.arg(i))
	}
	return to.UnmarshalText([]byte(s.arg(i))) == nil
}

func suppressor(t string, to **int32) bool {
	n, err := strconv.ParseInt(t, 0, 32)
	v := int32(n)
	*to = &v
	return err == nil && n >= 0
}

// owner tells that a protocol number has no effect: by its own lbgit knows what
// is lbgit's (fact 1.34: keepalived forces 18 on what it tracks).
func (w *world) owner(s *Stmt, i int) {
	w.Warnf(s.word(i), "protocol has no effect: what lbgit puts there carries its own numbers").As("no-effect").
		Because("76 while master, 77 for static entries; other programs find them by these")
}

// nextRule counts down from 16384 for each family.
func (w *world) nextRule(r *schema.RuleSpec) uint32 {
	i := 0
	if r.IsIPv6() {
		i = 1
	}
	w.rules[i]++
	return 16385 - w.rules[i]
}
