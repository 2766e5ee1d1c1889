package agent

import (
	"slices"
	"time"

	"github.com/lbgit/lbgit/reconcile/compile"
	"github.com/lbgit/lbgit/runtime/check/probe"
	"github.com/lbgit/lbgit/runtime/control"
)

// status is made in the loop.
func (a *Agent) status() control.Status {
	s := control.Status{
		Node: a.opts.Env.Node, Version: a.opts.Version, Since: a.started, Observe: a.opts.Observe,
		Source: a.src.String(), Revision: a.revision.ID, Applied: a.applied, Held: a.held,
		Failures: slices.Clone(a.failures), Conflicts: names(a.aside.conflicts), Waiting: names(a.aside.waiting),
		Contended: a.contended.names(time.Now()), Repairs: a.repairs,
		Instances: []control.Instance{}, Services: []control.VirtualServer{},
	}
	if a.sourceErr != nil {
		s.SourceError = a.sourceErr.Error()
	}
	if a.prepared == nil {
		return s
	}
	s.RouterID = a.prepared.Config.Settings.RouterID
	s.Notify = control.Notify(a.notify.Status())
	a.instances(&s)
	s.BFD = a.bfdStatus()
	known := map[string]probe.Status{}
	for _, p := range a.probes.Snapshot() {
		known[p.ID] = p
	}
	for _, v := range a.prepared.Virtuals {
		s.Services = append(s.Services, a.virtualStatus(v, known))
	}
	return s
}

func (a *Agent) virtualStatus(v *compile.Virtual, known map[string]probe.Status) control.VirtualServer {
	out := control.VirtualServer{Name: v.VS.Title(), Scheduler: v.VS.Scheduler.String(), Servers: []control.RealServer{}}
	out.Weight, _ = v.Weight(&a.live)
	out.Quorum = !a.live.QuorumLost[v.VS.Title()]
	for i := range v.Services {
		out.Services = append(out.Services, v.Services[i].ServiceKey.String())
	}
	for i := range v.Servers {
		sv := &v.Servers[i]
		r := control.RealServer{Address: sv.RS.Endpoint.String(), Weight: sv.RS.Weight, Health: "up"}
		switch {
		case len(sv.Probes) == 0:
			r.Health = "unchecked"
		case !sv.Alive(&a.live):
			r.Health = "down"
		}
		for _, ref := range sv.Probes {
			id := ref.ID
			p, ok := known[id]
			if !ok {
				continue
			}
			if !p.Ran && r.Health == "up" {
				r.Health = "unknown"
			}
			if r.Since.Before(p.Since) {
				r.Since = p.Since
			}
			if r.Reason == "" || a.live.Health[id] == compile.Down {
				r.Reason = p.Reason
			}
		}
		out.Servers = append(out.Servers, r)
	}
	for _, d := range a.drains.list {
		if a.prepared.Virtual(d.service) == v {
			out.Servers = append(out.Servers, control.RealServer{Address: d.dest.Endpoint().String(), Health: "draining", Reason: "until " + d.until.Format(time.TimeOnly)})
		}
	}
	if v.VS.SorryServer != nil {
		out.Sorry = v.VS.SorryServer.Endpoint.String()
	}
	return out
}
