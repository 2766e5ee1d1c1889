package agent

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/lbgit/lbgit/reconcile/compile"
	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/render"
	"github.com/lbgit/lbgit/runtime/control"
	"github.com/lbgit/lbgit/runtime/source"
	"github.com/lbgit/lbgit/runtime/source/open"
)

// handler answers the control socket. Reading a source happens beside the
// loop; everything that looks at the daemon's state happens in it.
type handler struct{ a *Agent }

var errStopping = errors.New("the daemon is stopping")

// in runs f in the loop and waits for it.
func (h handler) in(ctx context.Context, f func()) error {
	done := make(chan struct{})
	select {
	case h.a.requests <- func() { defer close(done); f() }:
	case <-ctx.Done():
		return errStopping
	}
	<-done
	return nil
}

func (h handler) Status(ctx context.Context) (s control.Status, err error) {
	err = h.in(ctx, func() { s = h.a.status() })
	return s, err
}

// fetch reads the source that a request names, the daemon's own by default.
func (h handler) fetch(ctx context.Context, q control.SourceRequest) (rev source.Revision, own bool, err error) {
	if q.Node != "" && q.Node != h.a.opts.Env.Node {
		return rev, false, fmt.Errorf("the daemon here is node %s, not %s; `lbgit plan --offline` plans for any node", h.a.opts.Env.Node, q.Node)
	}
	if len(q.Vars) > 0 && !maps.Equal(q.Vars, h.a.opts.Env.Vars) {
		return rev, false, errors.New("the daemon here runs with other --var values; leave them out, or use --offline")
	}
	src := h.a.src
	if own = q.Source == ""; !own {
		o := h.a.opts.Git
		o.Ref, o.Path = q.Ref, q.Path
		if src, err = open.Parse(q.Source, o); err != nil {
			return rev, false, err
		}
		own = src.String() == h.a.src.String() && q.Ref == h.a.opts.Git.Ref && q.Path == h.a.opts.Git.Path
	}
	rev, err = src.Fetch(ctx)
	return rev, own, err
}

func (h handler) Plan(ctx context.Context, q control.SourceRequest) (out control.PlanResponse, err error) {
	rev, _, err := h.fetch(ctx, q)
	if err != nil {
		return out, err
	}
	cfg, diags := loadOther(rev, h.a.opts.Env)
	out.Diagnostics = diags.Text()
	if diags.HasErrors() {
		out.Refused = true
		return out, nil
	}
	next := compile.Prepare(cfg, nil)
	doc := render.Document{Node: h.a.opts.Env.Node, Source: rev.Source, Revision: rev.ID, SourceHash: source.Digest(rev)}
	errIn := h.in(ctx, func() { doc.Plan, err = h.a.dryRun(ctx, next) })
	if err = errors.Join(err, errIn); err != nil {
		return out, err
	}
	out.Plan, err = render.JSON(&doc)
	return out, err
}

// dryRun plans a configuration against the kernel with the facts of now.
func (a *Agent) dryRun(ctx context.Context, next *compile.Prepared) (plan.Plan, error) {
	scope := compile.Changed(nil, next).Add(a.settings())
	observed, err := a.kernel.Observe(ctx, scope)
	if err != nil {
		return plan.Plan{}, err
	}
	live := a.live
	live.Links = observed.Links
	return plan.Diff(next.State(live, scope), observed, a.own, scope), nil
}

func (h handler) Apply(ctx context.Context, q control.ApplyRequest) (out control.ApplyResponse, err error) {
	doc, err := render.Parse(q.Plan)
	if err != nil {
		return out, err
	}
	rev, own, err := h.fetch(ctx, q.SourceRequest)
	if err != nil {
		return out, err
	}
	if !own && !q.Hold {
		out.Refused = "the daemon runs " + h.a.src.String() + ", not " + rev.Source + "; --hold applies it all the same, until `lbgit resume` or until the daemon's source moves"
		return out, nil
	}
	if h.a.opts.Observe {
		out.Refused = "the daemon only observes"
		return out, nil
	}
	if _, diags := loadOther(rev, h.a.opts.Env); diags.HasErrors() {
		return out, diags.Err()
	}
	errIn := h.in(ctx, func() { out, err = h.a.applySaved(context.WithoutCancel(ctx), rev, doc, own) })
	return out, errors.Join(err, errIn)
}

// applySaved accepts a revision if the plan made for it still fits.
func (a *Agent) applySaved(ctx context.Context, rev source.Revision, doc *render.Document, own bool) (out control.ApplyResponse, err error) {
	if doc.SourceHash != source.Digest(rev) {
		out.Refused = "the plan no longer fits: its source has changed since; make the plan again"
		return out, nil
	}
	observed, err := a.kernel.Observe(ctx, compile.Changed(nil, a.prepared).Add(a.settings()))
	if err != nil {
		return out, err
	}
	if why := doc.Plan.Fits(&observed); why != "" {
		out.Refused = "the plan no longer fits: " + why + "; make the plan again"
		return out, nil
	}
	before := a.held
	if a.held = rev.Source + " " + rev.ID; own {
		a.held = ""
	}
	a.failures = nil
	if err := a.accept(ctx, rev); err != nil {
		a.held = before
		return out, err
	}
	out.Done, out.Failures = len(doc.Plan.Ops)-len(a.failures), a.failures
	return out, nil
}

func (h handler) Resume(ctx context.Context) error {
	rev, err := h.a.src.Fetch(ctx)
	if err != nil {
		return err
	}
	// The tree is read beside the loop as well, so that the digest is known.
	if _, diags := loadOther(rev, h.a.opts.Env); diags.HasErrors() {
		return diags.Err()
	}
	errIn := h.in(ctx, func() {
		h.a.held = ""
		err = h.a.accept(context.WithoutCancel(ctx), rev)
	})
	return errors.Join(err, errIn)
}

func (h handler) Sync(context.Context) error {
	h.a.src.Kick()
	return nil
}
