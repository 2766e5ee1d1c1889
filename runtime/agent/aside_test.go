package agent

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
)

func TestAsideFollowsThePasses(t *testing.T) {
	service := func(port uint16) state.Service {
		return state.Service{ServiceKey: state.ServiceKey{Protocol: 6, Addr: netip.MustParseAddr("192.0.2.1"), Port: port}}
	}
	conflict := func(list ...state.Service) *plan.Plan {
		p := &plan.Plan{}
		for _, s := range list {
			p.Conflicts = append(p.Conflicts, plan.Conflict{Desired: s, Observed: s})
		}
		return p
	}
	only := func(s state.Service) state.Scope { return state.Scope{Services: []state.ServiceKey{s.ServiceKey}} }
	a, b := service(80), service(443)

	var s aside
	if fresh := s.note(state.Everything, conflict(a, b)); len(fresh) != 2 {
		t.Errorf("at first: %v is new", fresh)
	}
	if fresh := s.note(only(a), conflict(a)); len(fresh) != 0 || len(s.conflicts) != 2 {
		t.Errorf("still there: %v is new, %v are known", fresh, names(s.conflicts))
	}
	s.note(only(a), conflict())
	if want := []string{name(b)}; !slices.Equal(names(s.conflicts), want) {
		t.Errorf("one gave way: %v are left, want %v", names(s.conflicts), want)
	}
}
