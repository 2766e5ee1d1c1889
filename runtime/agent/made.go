package agent

import (
	"context"

	"github.com/lbgit/lbgit/reconcile"
	"github.com/lbgit/lbgit/reconcile/compile"
	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
)

// makeLinks makes the links of a configuration before its instances run: an
// instance whose adverts leave from a link of its own would be at fault until
// that is there. What it does not reach the pass that follows tries again.
func (a *Agent) makeLinks(ctx context.Context, next *compile.Prepared, why plan.Reason) {
	var scope state.Scope
	for _, in := range next.Instances {
		if len(in.Made) > 0 {
			scope = scope.Add(in.LinkScope())
		}
	}
	if scope.IsEmpty() {
		return
	}
	p, err := reconcile.Prepare(ctx, a.kernel, next, a.live, a.own, scope, why)
	if err == nil {
		err = a.claim(&p)
	}
	if err != nil {
		a.log.Error("links of VRRP instances", "error", err)
		return
	}
	a.finish(ctx, p)
}

// settings are the kernel parameters that lbgit has changed and may have to give
// back; every whole pass looks at them.
func (a *Agent) settings() state.Scope {
	var s state.Scope
	for path := range a.own.Sysctls {
		s = s.Add(state.Scope{Sysctls: []string{path}})
	}
	return s
}
