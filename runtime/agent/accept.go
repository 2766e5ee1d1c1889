package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/lbgit/lbgit/reconcile"
	"github.com/lbgit/lbgit/reconcile/compile"
	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/source"
	"github.com/lbgit/lbgit/schema"
	"github.com/lbgit/lbgit/schema/diag"
	"github.com/lbgit/lbgit/translate"
)

// sourceEvent takes what the source has to say. It fails only when there is
// nothing to run on: the very first configuration is refused.
func (a *Agent) sourceEvent(ctx context.Context, ev source.Event) error {
	if ev.Err != nil {
		a.sourceErr = ev.Err
		a.log.Error("the source cannot be read; the last good revision stays", "source", a.src.String(), "error", ev.Err)
		return a.fallBack(ctx)
	}
	if ev.Revision.Rewritten {
		a.log.Warn("the history was rewritten: the revision in force is not an ancestor of this one", "revision", ev.Revision.ID)
	}
	if ev.Revision.ID == a.seen {
		// The source is back and says what it said before.
		a.sourceErr = a.seenErr
		return nil
	}
	if a.held != "" {
		a.log.Info("the source moved: the held revision is given up", "held", a.held)
		a.held = ""
	}
	err := a.accept(ctx, *ev.Revision)
	a.seen, a.seenErr = ev.Revision.ID, err
	if err == nil {
		return nil
	}
	a.sourceErr = err
	if a.prepared != nil {
		a.log.Error("the revision is refused; the last good one stays", "revision", ev.Revision.ID, "error", err)
		return nil
	}
	if err := a.fallBack(ctx); err != nil {
		return err
	}
	if a.prepared == nil {
		return fmt.Errorf("%w: %w", errFirst, err)
	}
	return nil
}

// fallBack starts from the last good revision when there is no other.
func (a *Agent) fallBack(ctx context.Context) error {
	if a.prepared != nil {
		return nil
	}
	rev, ok, err := a.store.Revision(a.src.String())
	if err != nil {
		a.log.Error("last good revision", "error", err)
	}
	if !ok {
		return nil
	}
	a.log.Warn("starting from the last good revision", "revision", rev.ID)
	why := a.sourceErr
	if err := a.accept(ctx, rev); err != nil {
		a.log.Error("the last good revision is refused", "error", err)
		return nil
	}
	a.sourceErr = why
	return nil
}

// load reads a revision and logs what there is to say about it.
func (a *Agent) load(rev source.Revision) (*schema.Config, []string, error) {
	env := a.opts.Env
	env.Root = rev.Root
	r := a.loader.Load(rev.Tree, rev.Path, env)
	r.Diags = r.Diags.Rooted(rev.Root)
	if !r.Diags.HasErrors() {
		r.Diags = append(r.Diags, InspectScripts(r.Config).Rooted(rev.Root)...)
	}
	for _, d := range r.Diags {
		switch d.Severity {
		case diag.Error:
			a.log.Error(d.Summary, "at", d.Subject.String(), "detail", d.Detail)
		case diag.Warning:
			a.log.Warn(d.Summary, "at", d.Subject.String(), "detail", d.Detail)
		}
	}
	if err := r.Diags.Err(); err != nil {
		return nil, r.Read, err
	}
	return r.Config, r.Read, nil
}

// accept makes a revision the one that is in force.
func (a *Agent) accept(ctx context.Context, rev source.Revision) error {
	start := time.Now()
	cfg, read, err := a.load(rev)
	if a.held == "" {
		a.src.Watch(read)
	}
	if err != nil {
		return err
	}
	if cfg.IsEmpty() && !cfg.Settings.AllowEmpty && (a.prepared != nil && !a.prepared.Config.IsEmpty() || len(a.own.Services) > 0) {
		return errors.New("the configuration is empty where there was one; if that is meant, set allow_empty = true in settings")
	}
	next := compile.Prepare(cfg, a.prepared)
	if next.NeedsIPVS() && a.kernel.NeedIPVS() != nil {
		return a.kernel.NeedIPVS()
	}
	a.beforeStart(ctx, &cfg.Settings)
	loaded := time.Now()
	if err := a.install(ctx, next); err != nil {
		return err
	}
	a.tidy()
	// The saver and the source have the files; nothing here needs them again.
	a.revision, a.revision.Tree = rev, nil
	a.applied, a.sourceErr = time.Now(), nil
	a.log.Info("revision in force", "revision", rev.ID, "virtual_servers", len(cfg.VirtualServers), "instances", len(cfg.Instances),
		"load", loaded.Sub(start).Round(time.Microsecond), "apply", time.Since(loaded).Round(time.Microsecond))
	if !a.opts.Observe {
		a.keep(rev)
	}
	tellSystemd(daemon.SdNotifyReady)
	return nil
}

// keep hands a revision to the saver; one that is still waiting is older.
func (a *Agent) keep(rev source.Revision) {
	select {
	case <-a.saves:
	default:
	}
	a.saves <- rev
}

// install makes a prepared configuration the desired state and applies what
// changed. The facts of VRRP and the checks go on meanwhile.
func (a *Agent) install(ctx context.Context, next *compile.Prepared) error {
	before := a.prepared
	scope := compile.Changed(before, next)
	if before == nil {
		scope = scope.Add(a.settings())
	}
	gone, came := compile.Virtuals(before, next)
	why := plan.Reason{Why: plan.Configuration}
	if before == nil {
		why.Why = plan.Startup
	}
	a.makeLinks(ctx, next, why)

	// The first pass looks at everything: what is left of an earlier life says
	// which servers were down and which addresses are held.
	var first state.State
	if before == nil {
		var err error
		if first, err = a.kernel.Observe(ctx, scope); err != nil {
			return err
		}
	}
	a.prepared = next
	if before != nil {
		a.drainRemoved(gone, came)
	}
	a.indexProbes(gone, came, &first)
	defer a.setProbes() // after the rows, whatever comes of them
	for _, v := range came {
		a.evaluateQuorum(v)
	}
	a.forget(gone)
	a.configureVRRP(before, &first)
	defer a.watchOver()

	// What was held by instances that are gone is still in the scope; what
	// belongs to services that went has no desired row.
	p, err := a.planned(ctx, scope, why, before == nil, first)
	if err == nil {
		err = a.claim(&p)
	}
	if err != nil {
		// The configuration is in force; its rows are tried again.
		a.log.Error("the pass is put off", "error", err)
		a.troubled = a.troubled.Add(scope)
		a.failures = append(a.failures, err.Error())
		return nil
	}
	done := a.finish(ctx, p)
	a.moved(done)
	a.again(ctx)
	return nil
}

// planned plans a pass; the first one has been observed already.
func (a *Agent) planned(ctx context.Context, scope state.Scope, why plan.Reason, isFirst bool, first state.State) (reconcile.Pass, error) {
	if !isFirst {
		return a.plan(ctx, scope, why)
	}
	live := a.live
	live.Links = first.Links
	desired := a.prepared.State(live, scope)
	return reconcile.Pass{Scope: scope, Desired: desired, Observed: first,
		Plan: plan.Diff(desired, first, a.own, scope).Because(why)}, nil
}

// claim takes on what a pass is about to make, or found as it should be, for
// the next start must know it. Mostly there is nothing new.
func (a *Agent) claim(p *reconcile.Pass) error {
	if a.opts.Observe {
		return nil
	}
	own, changed := a.own.Accept(&p.Desired, &p.Plan)
	if !changed {
		return nil
	}
	if err := a.store.SaveClaims(own); err != nil {
		return err
	}
	a.own = own
	return nil
}

// forget drops what is remembered of virtual servers that are gone.
func (a *Agent) forget(gone []*compile.Virtual) {
	names := map[string]bool{}
	for _, v := range gone {
		names[v.VS.Title()] = true
	}
	if len(names) == 0 {
		return
	}
	for _, v := range a.prepared.Virtuals {
		delete(names, v.VS.Title())
	}
	for n := range names {
		delete(a.quorum, n)
		delete(a.live.QuorumLost, n)
	}
	a.drains.list = slices.DeleteFunc(a.drains.list, func(d drain) bool { return a.prepared.Virtual(d.service) == nil })
}

// loadOther reads another revision beside the one in force, for a plan.
func loadOther(rev source.Revision, env translate.Env) (*schema.Config, diag.List) {
	env.Root = rev.Root
	cfg, diags := translate.Load(rev.Tree, rev.Path, env)
	return cfg, diags.Rooted(rev.Root)
}
