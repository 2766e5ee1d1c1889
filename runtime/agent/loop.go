package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/lbgit/lbgit/reconcile/apply"
	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
)

const (
	// sweepEvery is how often the IPVS table is looked over, so that a row is
	// back well within a second; longer where one look, times sweepShare, takes
	// longer, so that looking takes at most 2 % of a processor.
	sweepEvery = 500 * time.Millisecond
	sweepShare = 50
	// retryEvery is when failed operations are tried again.
	retryEvery = 5 * time.Second
	// handOver bounds the stop: 3 s for the successors to speak, the rest for
	// removing the addresses. What is not done then is left to the guard.
	handOver = 5 * time.Second
)

// loop is the one event loop. ctx is the order to stop; parts is the life of
// the daemon's parts, which ends after the loop.
func (a *Agent) loop(ctx, parts context.Context) error {
	sweep := time.NewTimer(sweepEvery)
	retry := time.NewTicker(retryEvery)
	defer retry.Stop()
	var watchdog <-chan time.Time
	if d, err := daemon.SdWatchdogEnabled(false); err == nil && d > 0 {
		t := time.NewTicker(d / 3)
		defer t.Stop()
		watchdog = t.C
	}
	for {
		// The urgent lane comes first whatever else is ready.
		select {
		case <-a.urgent.C:
			a.facts(parts)
			continue
		default:
		}
		select {
		case <-ctx.Done():
			return a.stop(parts)
		case <-parts.Done():
			return nil
		case <-a.urgent.C:
			a.facts(parts)
		case ev := <-a.revisions:
			if err := a.sourceEvent(parts, ev); err != nil {
				return err
			}
		case request := <-a.requests:
			request()
		case <-sweep.C:
			sweep.Reset(a.sweep(parts))
		case <-a.drains.timer.C():
			a.expire(parts)
		case <-a.overrides.timer.C():
			a.endOverrides()
		case <-retry.C:
			a.again(parts)
		case <-watchdog:
			tellSystemd(daemon.SdNotifyWatchdog)
		}
	}
}

// sweep looks the IPVS table over and repairs what differs. It gives the time
// until the next look.
func (a *Agent) sweep(ctx context.Context) time.Duration {
	if a.prepared == nil || a.opts.Observe {
		return sweepEvery
	}
	start := time.Now()
	if a.expected.dirty {
		a.kernel.expect(a.expected.rows)
		a.expected.dirty = false
	}
	keys, err := a.kernel.sweep()
	took := time.Since(start)
	switch {
	case err != nil:
		a.log.Error("the IPVS table cannot be read", "error", err)
	case len(keys) > 0:
		keys = a.contended.filter(keys, start)
		a.repair(ctx, state.Scope{Services: sortKeys(keys)})
	}
	return max(sweepEvery, took*sweepShare)
}

// repair brings back what somebody else changed.
func (a *Agent) repair(ctx context.Context, scope state.Scope) {
	if scope.IsEmpty() || a.prepared == nil {
		return
	}
	p := a.pass(ctx, scope, plan.Reason{Why: plan.Repair})
	if p == nil || p.Plan.IsEmpty() {
		return
	}
	a.repairs += uint64(len(p.Plan.Ops))
	for _, name := range a.contended.note(p.Plan.Ops, time.Now()) {
		a.log.Warn("contended: something else keeps undoing this repair; backing off", "object", name)
	}
	a.moved(p)
}

// moved tells the engine of masters whose addresses a pass has changed: what is
// new has to be announced, and a master that could not get it is none.
func (a *Agent) moved(p *passed) {
	if p == nil || a.opts.Observe {
		return
	}
	for _, i := range a.prepared.Instances {
		if a.live.Master[i.VRRP.Name] && touches(p.Plan.Ops, i.Scope()) {
			a.engine.Applied(i.VRRP.Name, roleMaster, refusal(p.result, i.Scope()))
			a.listenFor(i.VRRP.Name, i)
		}
	}
}

func touches(ops []plan.Op, scope state.Scope) bool {
	for i := range ops {
		if ad, ok := ops[i].New.(state.Address); ok && scope.HasAddress(ad.AddressKey) {
			return true
		}
	}
	return false
}

// refusal is why the kernel did not take an address of the scope, or nil.
func refusal(r apply.Result, scope state.Scope) error {
	for i := range r.Failures {
		if ad, ok := r.Failures[i].Op.New.(state.Address); ok && scope.HasAddress(ad.AddressKey) {
			return r.Failures[i]
		}
	}
	return nil
}

// again looks once more at what failed before.
func (a *Agent) again(ctx context.Context) {
	if a.prepared == nil || a.troubled.IsEmpty() {
		return
	}
	scope := a.troubled
	a.troubled, a.failures = state.Scope{}, nil
	a.moved(a.pass(ctx, scope, plan.Reason{Why: plan.Repair, Detail: "tried again"}))
}

// stop hands over what VRRP holds and ends. IPVS rows and static addresses
// stay: connections go on while the daemon is away.
func (a *Agent) stop(parts context.Context) error {
	a.stopping = true
	tellSystemd(daemon.SdNotifyStopping)
	a.log.Info("stopping: handing over")
	ctx, cancel := context.WithTimeout(parts, handOver)
	defer cancel()
	released := make(chan error, 1)
	go func() { released <- a.engine.Release(ctx) }()
	for done := false; !done; {
		select {
		case err := <-released:
			if err != nil {
				a.log.Warn("hand-over", "error", err)
			}
			done = true
		case <-a.urgent.C:
			a.facts(ctx)
		}
	}
	// Whatever the last facts said, this node is master of nothing now.
	a.facts(ctx)
	clear(a.live.Master)
	a.live.Stopping = true
	clean := true
	if a.prepared != nil && len(a.prepared.Instances) > 0 {
		var scope state.Scope
		for _, i := range a.prepared.Instances {
			scope = scope.Add(i.Scope()).Add(i.LinkScope())
		}
		p := a.pass(ctx, scope, plan.Reason{Why: plan.Role, Detail: "stop"})
		clean = p != nil && p.result.Err() == nil
	}
	if a.prepared != nil && a.prepared.Config.Settings.FlushOnStop {
		a.flush(ctx)
	}
	if !clean {
		a.log.Error("not everything could be handed over; the guard removes what is left")
	} else if a.guard != nil {
		if err := a.guard.Farewell(); err != nil {
			return fmt.Errorf("guard: %w", err)
		}
	}
	a.sayGoodbye(parts)
	a.log.Info("stopped")
	return nil
}

// flush removes the node's own IPVS rows, and no others.
func (a *Agent) flush(ctx context.Context) {
	var ops []plan.Op
	for i := range a.expected.rows {
		if !a.own.Services[a.expected.rows[i].Service.ServiceKey] {
			continue
		}
		ops = append(ops, plan.Op{Change: state.Change{Verb: state.Remove, Old: a.expected.rows[i].Service}})
	}
	a.write(ctx, &plan.Plan{Ops: ops})
}
