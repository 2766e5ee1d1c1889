package agent

import (
	"maps"
	"net/netip"

	"github.com/lbgit/lbgit/reconcile/compile"
	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/guard"
	"github.com/lbgit/lbgit/runtime/vrrp/engine"
	"github.com/lbgit/lbgit/schema"
)

// configureVRRP tells the engine its instances. Addresses of an instance that
// are there already stay until the election is decided.
func (a *Agent) configureVRRP(before *compile.Prepared, observed *state.State) {
	var list []engine.Instance
	sync, delay := a.prepared.Config.SyncGroupOf(), a.startDelay()
	for _, in := range a.prepared.Instances {
		e := a.vrrpInstance(in)
		e.Sync, e.StartDelay = sync[e.Name], delay
		for _, ad := range in.Addresses {
			if have := observed.FindAddress(ad.AddressKey); have != nil && have.Owner == state.OwnerVRRP {
				e.Held = true
			}
		}
		if e.Held {
			a.live.Master[e.Name] = true
			a.log.Info("addresses of an earlier life are held until the election is decided", "instance", e.Name)
		}
		list = append(list, e)
	}
	renamed := a.renamed(before)
	a.carryOver(before, renamed)
	a.announceFor(a.prepared)
	if before == nil {
		a.watchOver()
	}
	a.configureNotify(renamed)
	a.engine.Configure(list)
	for _, t := range a.trackers {
		t.Set(a.prepared.Config)
	}
	for _, in := range a.prepared.Instances {
		a.trackInstance(in)
	}
	a.restoreOverrides(func(name string) bool { return before == nil || before.Instance(name) == nil })
}

// renamed gives the new name of each instance that has another one now: to the
// engine and to the peers they are the same virtual router.
func (a *Agent) renamed(before *compile.Prepared) map[string]string {
	names := map[string]string{}
	if before == nil {
		return names
	}
	for _, old := range before.Instances {
		id := identity(before, old)
		if is(a.prepared, old.VRRP.Name, id) {
			continue
		}
		for _, in := range a.prepared.Instances {
			// Unicast instances may share an identity.
			if identity(a.prepared, in) == id && !is(before, in.VRRP.Name, id) {
				names[old.VRRP.Name] = in.VRRP.Name
			}
		}
	}
	return names
}

// carryOver lets mastership and orders follow the instances that they belong to,
// all at once: two may have changed names. What has another identity now is
// another instance, and master of nothing.
func (a *Agent) carryOver(before *compile.Prepared, renamed map[string]string) {
	if before == nil {
		return
	}
	was := maps.Clone(a.live.Master)
	for _, old := range before.Instances {
		if name := old.VRRP.Name; !is(a.prepared, name, identity(before, old)) {
			delete(a.live.Master, name)
		}
	}
	for old, name := range renamed {
		if was[old] {
			a.live.Master[name] = true
		}
	}
	a.renameOverrides(renamed)
}

// is tells whether the instance of that name has the identity.
func is(p *compile.Prepared, name string, id engine.Identity) bool {
	in := p.Instance(name)
	return in != nil && identity(p, in) == id
}

// identity is what the engine knows an instance by (keepalived vrrp fact 16.5).
func identity(p *compile.Prepared, in *compile.Instance) engine.Identity {
	var e engine.Instance
	onTheWire(&e, in.VRRP, &p.Config.Settings)
	return e.Identity()
}

// watchOver tells the guard all that a crash would leave behind.
func (a *Agent) watchOver() {
	if !a.haveGuard() {
		return
	}
	list := make([]guard.Holding, 0, len(a.prepared.Instances))
	for _, in := range a.prepared.Instances {
		list = append(list, a.holding(in))
	}
	a.guarded(a.guard.WatchAll(list))
}

// watch tells the guard of one instance whose role has changed.
func (a *Agent) watch(in *compile.Instance) {
	switch before := a.guard; {
	case !a.haveGuard():
	case before == nil:
		a.watchOver() // a new guard knows nothing
	default:
		a.guarded(a.guard.Watch(a.holding(in)))
	}
}

func (a *Agent) guarded(err error) {
	if err != nil {
		a.log.Error("the guard does not answer: the next change starts another", "error", err)
		a.guard.Abandon()
		a.guard = nil
	}
}

// haveGuard starts the guard when there is something to guard for the first
// time: only a node that runs VRRP has that.
func (a *Agent) haveGuard() bool {
	if a.guard == nil && len(a.prepared.Instances) > 0 && !a.opts.Observe && len(a.opts.GuardArgs) > 0 {
		var err error
		if a.guard, err = guard.Start(a.opts.GuardArgs...); err != nil {
			a.log.Error("no guard: a crash would leave addresses behind", "error", err)
		}
	}
	return a.guard != nil
}

// holding is what an instance holds in its present role, and when a peer will
// have taken over.
func (a *Agent) holding(in *compile.Instance) guard.Holding {
	h := guard.Holding{Instance: in.VRRP.Name}
	if a.live.Master[in.VRRP.Name] {
		c := a.vrrpInstance(in).Config
		h.Wait, h.Addresses = c.MasterDown(c.Priority, c.Interval), in.Addresses
		h.Routes, h.Rules, h.Filters = in.Routes, in.Rules, in.Filters
	}
	return h
}

func (a *Agent) vrrpInstance(in *compile.Instance) engine.Instance {
	i := in.VRRP
	e := engine.Instance{Name: i.Name}
	onTheWire(&e, i, &a.prepared.Config.Settings)
	e.Config.Source = i.SourceOf()
	if !a.opts.Observe { // which sends nothing, and makes no link
		e.Transmit = in.Sender()
	}
	e.Config.Version = a.prepared.Config.VersionOf(i)
	e.Config.Priority = i.Priority
	e.Config.Interval = i.AdvertInterval
	e.Config.DownAdverts = int(i.DownAdverts)
	e.Config.Preempt = i.Preempt
	e.Config.PreemptDelay = i.PreemptDelay
	e.Config.QuietLower = !i.AnswerLower
	e.Config.AdvertOnYield = i.AdvertOnYield
	e.Config.OwnerIgnores = i.OwnerIgnores
	g := i.Announcements()
	lowerDelay, lowerRepeat := g.Lower()
	e.Config.AnnounceDelay, e.Config.AnnounceRefresh = g.Delay, g.Refresh
	e.Config.LowerDelay, e.Config.NoLowerAnnounce = lowerDelay, lowerRepeat == 0
	e.Excluded = prefixes(i.Excluded)
	return e
}

func prefixes(list []schema.VirtualAddress) []netip.Addr {
	var out []netip.Addr
	for _, v := range list {
		out = append(out, v.Prefix.Addr)
	}
	return out
}
