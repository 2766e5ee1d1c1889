package labtest

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/link"
)

func rule(priority uint32, set func(*state.Rule)) state.Rule {
	r := state.Rule{
		RuleKey: state.RuleKey{Priority: priority}, Action: state.ActionTable, Table: 100,
		SuppressLength: state.NoLimit, SuppressGroup: state.NoLimit, Owner: state.OwnerVRRP,
	}
	if set != nil {
		set(&r)
	}
	return r
}

func ownRules(t *testing.T, l *link.Links) (out []state.Rule) {
	t.Helper()
	all, err := l.ObserveRules()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if state.OwnedByUs(r.Owner) {
			out = append(out, r)
		}
	}
	return out
}

// TestRulesComeBack writes a rule for every option and reads it back, and lets
// ip(8) tell what it sees.
func TestRulesComeBack(t *testing.T) {
	node, l := open(t)
	p := netip.MustParsePrefix
	for _, c := range []struct {
		shown string
		rule  state.Rule
	}{
		{"from 10.9.0.1 lookup 100", rule(100, func(r *state.Rule) { r.From = p("10.9.0.1/32") })},
		{"not from all to 10.8.0.0/16 lookup 1000", rule(101, func(r *state.Rule) { r.Not, r.To, r.Table = true, p("10.8.0.0/16"), 1000 })},
		{"from all tos 0x10 lookup 100", rule(102, func(r *state.Rule) { r.TOS = 0x10 })},
		{"", rule(102, func(r *state.Rule) { r.TOS = 0x80 })}, // ip(8) may be too old for dscp
		{"from all tos CS4 lookup 100", rule(102, func(r *state.Rule) { r.V6, r.TOS = true, 0x80 })},
		{"from all fwmark 0x7 lookup 100", rule(103, func(r *state.Rule) { r.Mark, r.Mask = 7, 1<<32-1 })},
		{"from all fwmark 0x7/0xff lookup 100", rule(104, func(r *state.Rule) { r.Mark, r.Mask = 7, 0xff })},
		{"from all iif eth0 oif eth9 [detached] lookup 100", rule(105, func(r *state.Rule) { r.In, r.Out = "eth0", "eth9" })},
		{"from all tun_id 5000000000 lookup 100", rule(106, func(r *state.Rule) { r.Tunnel = 5000000000 })},
		{"from all uidrange 0-0 lookup 100", rule(107, func(r *state.Rule) { r.UsersSet = true })},
		{"from all uidrange 1000-1999 lookup 100", rule(108, func(r *state.Rule) { r.UsersSet, r.Users = true, state.Span{First: 1000, Last: 1999} })},
		{"from all ipproto tcp sport 1000-2000 dport 443 lookup 100", rule(109, func(r *state.Rule) {
			r.Protocol, r.SourcePorts, r.Ports = 6, state.Span{First: 1000, Last: 2000}, state.Span{First: 443, Last: 443}
		})},
		{"from all lookup main suppress_prefixlength 0", rule(110, func(r *state.Rule) { r.Table, r.SuppressLength = 254, 0 })},
		{"from all lookup main suppress_ifgroup 7", rule(111, func(r *state.Rule) { r.Table, r.SuppressGroup = 254, 7 })},
		{"from all lookup 100 realms 1/2", rule(112, func(r *state.Rule) { r.Realms = 1<<16 | 2 })},
		{"from all goto 200", rule(113, func(r *state.Rule) { r.Action, r.Table, r.Goto = state.ActionGoto, 0, 200 })},
		{"from all nop", rule(114, func(r *state.Rule) { r.Action, r.Table = state.ActionNop, 0 })},
		{"from all blackhole", rule(115, func(r *state.Rule) { r.Action, r.Table, r.Not = state.ActionBlackhole, 0, true })},
		{"from all unreachable", rule(116, func(r *state.Rule) { r.Action, r.Table, r.Not = state.ActionUnreachable, 0, true })},
		{"from all prohibit", rule(117, func(r *state.Rule) { r.Action, r.Table, r.Not = state.ActionProhibit, 0, true })},
		{"from all lookup [l3mdev-table]", rule(118, func(r *state.Rule) { r.Table, r.L3MDev = 0, true })},
		{"from 2001:db8:9::/48 lookup 100", rule(119, func(r *state.Rule) { r.V6, r.From, r.Owner = true, p("2001:db8:9::/48"), state.OwnerStatic })},
		{"from all lookup 100", rule(120, func(r *state.Rule) { r.V6 = true })},
	} {
		t.Run(c.rule.Name(), func(t *testing.T) {
			apply(t, l, state.Add, c.rule)
			apply(t, l, state.Add, c.rule) // there already
			if diff := cmp.Diff([]state.Rule{c.rule}, ownRules(t, l), exact); diff != "" {
				t.Errorf("observed (-want +got):\n%s", diff)
			}
			family := "-4"
			if c.rule.V6 {
				family = "-6"
			}
			if out := strings.Join(strings.Fields(node.Run("ip", family, "rule", "show")), " "); !strings.Contains(out, c.shown) {
				t.Errorf("ip shows %q, want %q in it", out, c.shown)
			}
			apply(t, l, state.Remove, c.rule)
			apply(t, l, state.Remove, c.rule) // gone already
			if left := ownRules(t, l); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// TestRulesOfOthers are never touched, and an own one changes without a gap.
func TestRulesOfOthers(t *testing.T) {
	node, l := open(t)
	node.Run("ip", "rule", "add", "from", "10.9.0.1", "lookup", "100", "priority", "100")
	node.Run("ip", "rule", "add", "from", "10.9.0.2", "lookup", "200", "priority", "101")
	mine := rule(100, func(r *state.Rule) { r.From = netip.MustParsePrefix("10.9.0.1/32") })
	apply(t, l, state.Remove, mine)
	if out := node.Run("ip", "rule", "show"); !strings.Contains(out, "10.9.0.1") {
		t.Errorf("the rule of another is gone: %s", out)
	}
	apply(t, l, state.Add, mine) // equal: it becomes ours
	if got := ownRules(t, l); len(got) != 1 || got[0] != mine {
		t.Errorf("ours are %v", got)
	}
	changed := mine
	changed.Table = 102
	if err := l.Apply(state.Change{Verb: state.Update, Old: mine, New: changed}); err != nil {
		t.Error(err)
	}
	if got := ownRules(t, l); len(got) != 1 || got[0] != changed {
		t.Errorf("after the change ours are %v", got)
	}
	bad := rule(300, func(r *state.Rule) { r.Action, r.Table, r.Goto = state.ActionGoto, 0, 5 })
	if err := l.Apply(state.Change{Verb: state.Add, New: bad}); !errors.Is(err, unix.EINVAL) {
		t.Errorf("a goto backwards: %v", err)
	}
}
