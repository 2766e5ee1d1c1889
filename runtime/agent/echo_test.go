package agent

import (
	"net/netip"
	"testing"
	"time"

	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/link"
)

// TestEchoes: the kernel's word about an own write is recognised once, and
// only for a while; what somebody else did to the same address is news.
func TestEchoes(t *testing.T) {
	a := state.Address{AddressKey: state.AddressKey{Link: "eth0", Prefix: netip.MustParsePrefix("192.0.2.10/24")}}
	came := link.Event{Kind: link.EventAddress, Link: "eth0", Address: a.Prefix}
	went := came
	went.Removed = true
	start := time.Now()
	p := &plan.Plan{Ops: []plan.Op{{Change: state.Change{Verb: state.Add, New: a}}}}
	var e echoes
	if e.is(came, start) {
		t.Error("an event before any write is an echo")
	}
	e.expect(p, start)
	for _, x := range []struct {
		what  string
		event link.Event
		after time.Duration
		echo  bool
	}{
		{"somebody removed it at once", went, 0, false},
		{"the echo", came, time.Millisecond, true},
		{"somebody added it again", came, time.Millisecond, false},
	} {
		if e.is(x.event, start.Add(x.after)) != x.echo {
			t.Errorf("%s: echo %v", x.what, !x.echo)
		}
	}
	e.expect(p, start)
	if e.is(came, start.Add(echoLife)) {
		t.Error("an event long after the write is an echo")
	}
	e.expect(&plan.Plan{Ops: []plan.Op{{Change: state.Change{Verb: state.Replace, Old: a, New: a}}}}, start)
	if !e.is(went, start) || !e.is(came, start) {
		t.Error("a replacement has two echoes")
	}
}
