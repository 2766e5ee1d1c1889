package agent

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/lbgit/lbgit/reconcile/apply"
	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
)

// TestRefused: a refusal is news once, again when its reason changes, and again
// after it was over.
func TestRefused(t *testing.T) {
	op := plan.Op{Change: state.Change{Verb: state.Add, New: state.Route{RouteKey: state.RouteKey{To: netip.MustParsePrefix("10.0.0.0/8"), Table: 254}}}}
	refusal := func(why string) []apply.Failure { return []apply.Failure{{Op: op, Err: errors.New(why)}} }
	var r refused
	for i, tt := range []struct {
		failures []apply.Failure
		news     bool
	}{
		{refusal("no gateway"), true}, {refusal("no gateway"), false}, {refusal("no device"), true}, {nil, false}, {refusal("no device"), true},
	} {
		known := len(r) > 0
		got, over := r.note([]plan.Op{op}, tt.failures)
		if len(got) != len(tt.failures) || len(got) > 0 && got[0] != tt.news || (len(over) > 0) != (known && len(got) == 0) {
			t.Errorf("%d: news %v, over %v", i, got, over)
		}
	}
}
