package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/lbgit/lbgit/reconcile/compile"
	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/check"
	"github.com/lbgit/lbgit/runtime/check/probe"
	"github.com/lbgit/lbgit/runtime/link"
	"github.com/lbgit/lbgit/runtime/track"
	"github.com/lbgit/lbgit/runtime/vrrp"
	"github.com/lbgit/lbgit/runtime/vrrp/engine"
)

const roleMaster = vrrp.Master

// facts takes everything that is waiting in the urgent lane: roles first, for
// they move traffic.
func (a *Agent) facts(ctx context.Context) {
	// A pass may look at the lane again (yield). What is still pending is then
	// done first: an older fact never comes after a newer one.
	p := &a.pending
	p.join(a.urgent.take())
	if a.prepared == nil {
		*p = facts{}
		return
	}
	for {
		switch {
		case len(p.roles) > 0:
			r := p.roles[0]
			p.roles = p.roles[1:]
			a.role(ctx, r)
		case len(p.health) > 0:
			h := p.health
			p.health = nil
			a.healthChanged(ctx, h)
		case len(p.tracked) > 0:
			o := p.tracked[0]
			p.tracked = p.tracked[1:]
			a.tracked(o)
		case len(p.hints) > 0:
			h := p.hints
			p.hints = nil
			a.linksChanged(ctx, h)
		case !a.nested && !a.overtaken.IsEmpty():
			scope := a.overtaken
			a.overtaken = state.Scope{}
			a.moved(a.pass(ctx, scope, plan.Reason{Why: plan.Repair, Detail: "looked at once more: something newer came in between"}))
		default:
			*p = facts{} // not the memory of thousands that came at once
			if len(a.echoes) == 0 {
				a.echoes = nil
			}
			a.tidy()
			return
		}
	}
}

// role follows a role of an instance with its addresses, and tells the engine
// what became of them.
func (a *Agent) role(ctx context.Context, f engine.Fact) {
	in := a.prepared.Instance(f.Instance)
	if f.Remark != engine.NoRemark {
		a.tellRemark(f)
		return
	}
	if in == nil || f.Role == vrrp.Init && !a.stopping {
		// The instance has left the configuration; the pass that dropped it
		// has taken its addresses.
		delete(a.live.Master, f.Instance)
		a.listenFor(f.Instance, nil)
		return
	}
	if a.opts.Observe {
		a.log.Info("would be", "instance", f.Instance, "role", f.Would, "cause", f.Cause)
		a.live.Master[f.Instance] = f.Would == vrrp.Master
		a.pass(ctx, in.Scope(), plan.Reason{Why: plan.Role, Detail: f.Instance})
		return
	}
	if f.Role == vrrp.Master {
		a.live.Master[f.Instance] = true
		a.tookOver(f.Instance)
	} else {
		delete(a.live.Master, f.Instance)
		a.arp.Drop(f.Instance)
	}
	if f.Role == vrrp.Master {
		a.watch(in) // before the addresses are there
	}
	p := a.pass(ctx, in.Scope(), plan.Reason{Why: plan.Role, Detail: fmt.Sprintf("%s is %s: %s", f.Instance, f.Role, f.Cause)})
	var err error
	if p == nil {
		err = fmt.Errorf("the addresses of %s could not be read", f.Instance)
	} else {
		err = lacks(in, p)
	}
	if f.Role != vrrp.Master && err == nil {
		a.watch(in) // after they are gone
	}
	a.engine.Applied(f.Instance, f.Role, err)
	a.listenFor(f.Instance, in)
	a.tellRole(f, err)
}

// healthChanged follows changed verdicts of probes with the rows of every
// virtual server that they matter to.
func (a *Agent) healthChanged(ctx context.Context, facts []probe.Fact) {
	touched := map[*compile.Virtual]bool{}
	detail := ""
	for _, f := range facts {
		users := a.index[f.ID]
		if users == nil {
			continue
		}
		h := compile.Down
		if f.Health == check.Up {
			h = compile.Up
		}
		a.live.Health[f.ID] = h
		detail = fmt.Sprintf("%s is %s", f.ID, f.Health)
		a.log.Info("health", "check", f.ID, "health", f.Health.String(), "reason", f.Reason)
		for _, v := range users.virtuals {
			touched[v] = true
		}
	}
	if len(touched) == 0 {
		return
	}
	if len(touched) > 1 {
		detail = fmt.Sprintf("%d virtual servers", len(touched))
	}
	var scope state.Scope
	for v := range touched {
		if a.evaluateQuorum(v) {
			a.tracked(track.Object{Kind: track.VirtualServer, Name: v.VS.Title()})
		}
		scope.Services = append(scope.Services, v.Scope().Services...)
	}
	scope.Services = sortKeys(scope.Services)
	a.pass(ctx, scope, plan.Reason{Why: plan.HealthChange, Detail: detail})
}

// evaluateQuorum decides whether a virtual server has its quorum
// (keepalived lvs facts Q1 to Q3), and tells whether that has changed.
func (a *Agent) evaluateQuorum(v *compile.Virtual) (changed bool) {
	title := v.VS.Title()
	healthy, total := v.Weight(&a.live)
	was, known := a.quorum[title]
	up := check.NewBand(int64(v.VS.Quorum), int64(v.VS.Hysteresis), total).Next(was, healthy)
	a.quorum[title] = up
	if up {
		delete(a.live.QuorumLost, title)
	} else {
		a.live.QuorumLost[title] = true
	}
	changed = up != was || !known
	if known && changed || !known && !up {
		a.log.Info("quorum", "virtual_server", title, "up", up, "healthy_weight", healthy, "quorum", v.VS.Quorum)
	}
	return changed
}

// linksChanged looks at what netlink hinted at. Hints are never believed: the
// rows are read again, and mostly nothing is wrong, as for the echo of the
// daemon's own writes.
func (a *Agent) linksChanged(ctx context.Context, hints []link.Event) {
	var scope state.Scope
	now := time.Now()
	told := map[string]bool{}
	for _, h := range hints {
		switch h.Kind {
		case link.EventResync:
			clear(a.echoes) // some were lost
			scope = scope.Add(a.prepared.LinkScope(""))
			for _, i := range a.prepared.Instances {
				told[i.VRRP.Interface] = true
				for _, ad := range i.Addresses {
					told[ad.Link] = true
				}
				for _, m := range i.Made {
					told[m.Link.Dev] = true
				}
			}
			for name := range track.Used(a.prepared.Config, track.Interface) {
				told[name] = true
			}
		case link.EventRoute:
			scope = scope.Add(state.Scope{Routes: a.prepared.LinkScope("").Routes})
		case link.EventRule:
			scope = scope.Add(state.Scope{Rules: a.prepared.RuleScope(h.Rule)})
		case link.EventAddress:
			if h.Owner != state.OwnerVRRP {
				a.engine.LinkChanged(h.Link) // it may be, or have been, a source of adverts, whoever wrote it
			}
			if a.echoes.is(h, now) {
				break
			}
			scope = scope.Add(a.prepared.AddressScope(h.Link, h.Address.Addr()))
		default:
			told[h.Link] = true
			if h.Was != "" {
				// What was held there is there still, on a link of another name.
				told[h.Was] = true
				scope = scope.Add(state.Everything)
			}
			scope = scope.Add(a.prepared.LinkScope(h.Link))
		}
	}
	tell := func(made bool) {
		for name := range told {
			if a.prepared.Makes(name) == made {
				a.engine.LinkChanged(name)
				a.tracked(track.Object{Kind: track.Interface, Name: name})
			}
		}
	}
	tell(false)
	// Links of ours are repaired before the engine looks: that somebody removed
	// one is no reason for an election.
	defer tell(true)
	if !a.stopping && !a.opts.Observe {
		// What is contended waits for the slow retry instead of the next event.
		if a.nested {
			// An apply is under way: what it is about to write, or has just
			// written, is looked at when it is done.
			var own state.Scope
			own, scope = scope.Split(a.writing)
			a.overtaken = a.overtaken.Add(own)
		}
		sound, later := a.contended.split(scope, now)
		a.troubled = a.troubled.Add(later)
		a.repair(ctx, sound)
	}
}
