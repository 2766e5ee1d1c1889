// Package reconcile is one pass: observe the kernel within a scope, compare it
// with what is desired there, and write the difference.
//
// It joins compile, plan and apply; what the kernel is it leaves to whoever
// implements Kernel. Nothing here imports runtime.
package reconcile

import (
	"context"

	"github.com/lbgit/lbgit/reconcile/apply"
	"github.com/lbgit/lbgit/reconcile/compile"
	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
)

// Kernel is what a pass needs of the kernel of one network namespace.
type Kernel interface {
	// Observe reads the rows within the scope; others may be among them.
	Observe(ctx context.Context, scope state.Scope) (state.State, error)
	apply.IPVS
	apply.Links
}

// Pass is a pass that has been planned and not yet written.
type Pass struct {
	Scope    state.Scope
	Desired  state.State
	Observed state.State
	Plan     plan.Plan
}

// Prepare observes and compares.
func Prepare(ctx context.Context, k Kernel, p *compile.Prepared, live compile.Live, own plan.Claims, scope state.Scope, why plan.Reason) (Pass, error) {
	observed, err := k.Observe(ctx, scope)
	if err != nil {
		return Pass{}, err
	}
	live.Links = observed.Links
	desired := p.State(live, scope)
	return Pass{
		Scope: scope, Desired: desired, Observed: observed,
		Plan: plan.Diff(desired, observed, own, scope).Because(why),
	}, nil
}

// Write applies the pass's plan; yield is called between batches.
func (p *Pass) Write(ctx context.Context, k Kernel, yield func()) apply.Result {
	return apply.Run(ctx, &p.Plan, k, k, yield)
}
