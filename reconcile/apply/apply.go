// Package apply walks a plan and writes it to the kernel, and tells what was
// really reached.
//
// It knows the order of a plan and the size of a batch; how a row is written
// is behind two small interfaces. Between batches it gives way, so that a
// failover never waits for a long configuration change.
package apply

import (
	"context"
	"fmt"

	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
)

// Batch is how many IPVS changes go to the kernel in one message (design,
// section 6: more would overrun the default receive buffer).
const Batch = 128

// IPVS writes services, destinations and timeouts, many at a time. It returns
// an error, or nil, for each change in order; one that fails does not stop
// the rest.
type IPVS interface {
	ApplyIPVS([]state.Change) []error
}

// Links writes links, addresses, routes, rules, filters and sysctls.
type Links interface {
	ApplyLink(state.Change) error
}

// Failure is an operation that the kernel refused.
type Failure struct {
	Op  plan.Op
	Err error
}

func (f Failure) Error() string {
	o := f.Op.Object()
	return fmt.Sprintf("%s %s %s: %v", f.Op.Verb, o.Kind(), o.Name(), f.Err)
}

// Result is what was reached.
type Result struct {
	// Done counts operations that the kernel took.
	Done     int
	Failures []Failure
	// Left counts operations that were not tried because the context ended.
	Left int
}

// Err is the first failure with the number of the others, or nil.
func (r *Result) Err() error {
	switch {
	case len(r.Failures) > 1:
		return fmt.Errorf("%w (and %d more)", r.Failures[0], len(r.Failures)-1)
	case len(r.Failures) == 1:
		return r.Failures[0]
	case r.Left > 0:
		return fmt.Errorf("stopped with %d operations left", r.Left)
	}
	return nil
}

// Run does the operations of a plan in order. yield is called between
// batches; it may be nil.
func Run(ctx context.Context, p *plan.Plan, ipvs IPVS, links Links, yield func()) Result {
	var r Result
	batch := make([]state.Change, 0, min(Batch, len(p.Ops)))
	for i := 0; i < len(p.Ops); {
		if i > 0 && yield != nil {
			yield()
		}
		if ctx.Err() != nil {
			r.Left = len(p.Ops) - i
			return r
		}
		if !isIPVS(&p.Ops[i]) {
			r.count(p.Ops[i], links.ApplyLink(p.Ops[i].Change))
			i++
			continue
		}
		batch = batch[:0]
		start := i
		for ; i < len(p.Ops) && len(batch) < Batch && isIPVS(&p.Ops[i]); i++ {
			batch = append(batch, p.Ops[i].Change)
		}
		for j, err := range ipvs.ApplyIPVS(batch) {
			r.count(p.Ops[start+j], err)
		}
	}
	return r
}

func (r *Result) count(op plan.Op, err error) {
	if err != nil {
		r.Failures = append(r.Failures, Failure{op, err})
		return
	}
	r.Done++
}

func isIPVS(op *plan.Op) bool {
	switch op.Object().Kind() {
	case state.KindService, state.KindDestination, state.KindTimeouts:
		return true
	}
	return false
}
