package agent

import (
	"context"
	"slices"
	"time"

	"github.com/lbgit/lbgit/reconcile"
	"github.com/lbgit/lbgit/reconcile/apply"
	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/render"
	"github.com/lbgit/lbgit/reconcile/state"
)

// passed is a pass with what came of it.
type passed struct {
	reconcile.Pass
	result apply.Result
}

// pass reads, compares and writes what the scope covers. It returns nil when
// the kernel could not be read or a claim not be saved; that is tried again.
func (a *Agent) pass(ctx context.Context, scope state.Scope, why plan.Reason) *passed {
	p, err := a.plan(ctx, scope, why)
	if err == nil {
		// A place may have become free that somebody else held before.
		err = a.claim(&p)
	}
	if err != nil {
		a.log.Error("the pass is put off", "error", err)
		a.troubled = a.troubled.Add(scope)
		a.failures = append(a.failures, err.Error())
		return nil
	}
	return a.finish(ctx, p)
}

func (a *Agent) plan(ctx context.Context, scope state.Scope, why plan.Reason) (reconcile.Pass, error) {
	return reconcile.Prepare(ctx, a.kernel, a.prepared, a.live, a.own, scope, why)
}

// finish writes a planned pass and keeps what the rest of the daemon has to
// know of it.
func (a *Agent) finish(ctx context.Context, p reconcile.Pass) *passed {
	for _, o := range a.aside.note(p.Scope, &p.Plan) {
		a.log.Error("conflict: it is there already, differs, and is not lbgit's; it is left alone", "object", name(o))
	}
	a.logPlan(&p.Plan)
	out := &passed{Pass: p}
	a.expected.set(p.Scope, p.Desired.Services)
	if a.opts.Observe {
		return out
	}
	if !a.nested {
		a.writing = p.Scope
	}
	out.result = a.write(ctx, &p.Plan)
	if out.result.Err() == nil && a.own.Forget(&p.Plan) {
		if err := a.store.SaveClaims(a.own); err != nil {
			a.log.Error("claims could not be saved", "error", err)
		}
	}
	if a.nested {
		// Another apply is under way whose remaining operations may be older
		// than what was just written: look again when it is done.
		a.overtaken = a.overtaken.Add(p.Scope)
	} else if !a.overtaken.IsEmpty() {
		a.urgent.put(func(*facts) {}) // the loop looks again, after whoever waits for this pass
	}
	return out
}

// write applies a plan, giving way to the urgent lane between batches.
func (a *Agent) write(ctx context.Context, p *plan.Plan) apply.Result {
	if p.IsEmpty() {
		return apply.Result{}
	}
	a.echoes.expect(p, time.Now())
	r := apply.Run(ctx, p, a.kernel, a.kernel, func() { a.yield(ctx) })
	news, over := a.refused.note(p.Ops, r.Failures)
	for _, object := range over {
		a.log.Info("the kernel refuses it no more", "object", object)
	}
	for i, f := range r.Failures {
		if news[i] { // it is tried again and again, and said once
			a.log.Error("the kernel refused", "operation", f.Op.Verb.String(), "kind", f.Op.Object().Kind().String(), "object", f.Op.Object().Name(), "error", f.Err)
		}
		if why := f.Err.Error(); !slices.Contains(a.failures, why) { // it names the object
			a.failures = append(a.failures, why)
		}
		a.troubled = a.troubled.Add(scopeOf(f.Op.Object()))
	}
	return r
}

// yield looks at the urgent lane in the middle of an apply.
func (a *Agent) yield(ctx context.Context) {
	if a.nested {
		return
	}
	select {
	case <-a.urgent.C:
		a.nested = true
		a.facts(ctx)
		a.nested = false
	default:
	}
}

func scopeOf(o state.Object) state.Scope {
	switch v := o.(type) {
	case state.Service:
		return state.Scope{Services: []state.ServiceKey{v.ServiceKey}}
	case state.Destination:
		return state.Scope{Services: []state.ServiceKey{v.Service}}
	case state.Address:
		return state.Scope{Addresses: []state.AddressKey{v.AddressKey}}
	case state.Route:
		return state.Scope{Routes: []state.RouteKey{v.RouteKey}}
	case state.Link:
		return state.Scope{Links: []string{v.Dev, v.Parent}}
	case state.Sysctl:
		return state.Scope{Sysctls: []string{v.Path}}
	case state.Filter:
		return state.Scope{Filters: []state.Filter{v}}
	case state.Rule:
		return state.Scope{Rules: []state.RuleKey{v.RuleKey}}
	}
	return state.Everything
}

// logPlan says what is done and why: each operation of a small plan, and the
// sum of a large one.
func (a *Agent) logPlan(p *plan.Plan) {
	if p.IsEmpty() {
		return
	}
	verb := "apply"
	if a.opts.Observe {
		verb = "would apply"
	}
	why := p.Ops[0].Reason
	if why.Why == plan.Repair && !a.opts.Observe {
		verb = "restored"
	}
	if len(p.Ops) <= 20 {
		for i := range p.Ops {
			op := p.Ops[i]
			if _, known := a.refused[objectKey(op.Object())]; known {
				continue // tried again; the refusal was said
			}
			op.Reason = plan.Reason{}
			a.log.Info(verb, "operation", render.Line(&op)[2:], "why", why.Why.String(), "detail", why.Detail)
		}
		return
	}
	a.log.Info(verb, "operations", len(p.Ops), "summary", render.Summary(p), "why", why.Why.String(), "detail", why.Detail)
}

// table is what the IPVS table should hold, for the sweep.
type table struct {
	rows  []state.ServiceRows
	dirty bool
}

// set takes over the desired rows of a scope.
func (t *table) set(scope state.Scope, desired []state.ServiceRows) {
	if scope.Full {
		t.rows, t.dirty = desired, true
		return
	}
	if len(scope.Services) == 0 {
		return
	}
	byKey := func(r state.ServiceRows, k state.ServiceKey) int { return r.Service.Compare(k) }
	for _, k := range scope.Services {
		at, have := slices.BinarySearchFunc(t.rows, k, byKey)
		from, want := slices.BinarySearchFunc(desired, k, byKey)
		switch {
		case have && want:
			t.rows[at] = desired[from]
		case want:
			t.rows = slices.Insert(t.rows, at, desired[from])
			t.dirty = true
		case have:
			t.rows = slices.Delete(t.rows, at, at+1)
			t.dirty = true
		}
	}
}

func sortKeys(keys []state.ServiceKey) []state.ServiceKey {
	keys = slices.Clone(keys)
	slices.SortFunc(keys, state.ServiceKey.Compare)
	return slices.Compact(keys)
}

// contention remembers which objects are repaired again and again.
type contention map[string]*rival

type rival struct {
	times []time.Time
	until time.Time
}

const (
	rivalRepairs = 5                // repairs within rivalWindow make a rival
	rivalWindow  = 10 * time.Second // and
	rivalPause   = 30 * time.Second // is how long the daemon then leaves it
)

// note counts repairs and names the objects that have become contended.
func (c *contention) note(ops []plan.Op, now time.Time) (contended []string) {
	if *c == nil {
		*c = contention{}
	}
	for i := range ops {
		name := rivalName(ops[i].Object())
		r := (*c)[name]
		if r == nil {
			r = &rival{}
			(*c)[name] = r
		}
		r.times = slices.DeleteFunc(r.times, func(t time.Time) bool { return now.Sub(t) > rivalWindow })
		if n := len(r.times); n == 0 || now.Sub(r.times[n-1]) > rivalWindow/100 {
			r.times = append(r.times, now)
		}
		if len(r.times) >= rivalRepairs && now.After(r.until) {
			r.until, r.times = now.Add(rivalPause), nil
			contended = append(contended, name)
		}
	}
	return contended
}

func rivalName(o state.Object) string {
	if d, ok := o.(state.Destination); ok {
		return d.Service.String()
	}
	return o.Name()
}

// filter leaves out the services that are being left alone for a while.
func (c *contention) filter(keys []state.ServiceKey, now time.Time) []state.ServiceKey {
	return slices.DeleteFunc(slices.Clone(keys), func(k state.ServiceKey) bool {
		r := (*c)[k.String()]
		return r != nil && now.Before(r.until)
	})
}

// split parts the addresses of a scope that are being left alone from the
// rest.
func (c *contention) split(scope state.Scope, now time.Time) (rest, left state.Scope) {
	rest = scope
	if len(*c) == 0 || scope.Full {
		return rest, left
	}
	rest.Addresses = nil
	for _, k := range scope.Addresses {
		if r := (*c)[k.String()]; r != nil && now.Before(r.until) {
			left.Addresses = append(left.Addresses, k)
		} else {
			rest.Addresses = append(rest.Addresses, k)
		}
	}
	return rest, left
}

// names lists what is contended now.
func (c *contention) names(now time.Time) (out []string) {
	for n, r := range *c {
		if now.Before(r.until) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}
