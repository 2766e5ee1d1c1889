package agent

import (
	"slices"
	"time"

	"github.com/lbgit/lbgit/runtime/store"
)

// renameOverrides lets orders follow the instances that they were given for.
func (a *Agent) renameOverrides(renamed map[string]string) {
	list, changed := slices.Clone(a.overrides.list), false
	for i := range list {
		if name, ok := renamed[list[i].Instance]; ok {
			list[i].Instance, changed = name, true
		}
	}
	if !changed {
		return
	}
	if err := a.saveOverrides(list); err != nil {
		a.log.Error("orders given by hand could not be saved under the new names of their instances", "error", err)
		a.overrides.list = list
	}
}

// restoreOverrides gives new instances the orders of an earlier life, and ends
// those whose instance or time is gone.
func (a *Agent) restoreOverrides(fresh func(instance string) bool) {
	a.endOverrides()
	for _, o := range a.overrides.list {
		if fresh(o.Instance) {
			a.log.Info("an order given by hand is in force", "order", string(o.Kind), "instance", o.Instance, "since", o.Since)
			a.enforce(o, true)
		}
	}
}

// endOverrides ends what is over.
func (a *Agent) endOverrides() {
	now := time.Now()
	var left, over []store.Override
	for _, o := range a.overrides.list {
		switch {
		case a.prepared != nil && a.prepared.Instance(o.Instance) == nil, !o.Until.IsZero() && !o.Until.After(now):
			over = append(over, o)
		default:
			left = append(left, o)
		}
	}
	if len(over) == 0 {
		// They are of an earlier life, or the wall clock was set back since the
		// timer was.
		a.overrides.arm()
		return
	}
	if err := a.saveOverrides(left); err != nil {
		a.log.Error("an order given by hand is over and cannot be taken out of the state folder", "error", err)
		a.overrides.list = left
		a.overrides.arm()
	}
	for _, o := range over {
		a.log.Info("an order given by hand is over", "order", string(o.Kind), "instance", o.Instance)
		a.enforce(o, false)
	}
}

// tookOver ends a failover: the peer that it was for is lost, or nobody came.
func (a *Agent) tookOver(instance string) {
	if err := a.dropOverrides(instance, store.Failover); err != nil {
		a.log.Error("the failover is over and cannot be taken out of the state folder", "instance", instance, "error", err)
	}
}

// together are the instances that a failover or a promotion of one is for: its
// sync group, or it alone.
func (a *Agent) together(instance string) []string {
	for _, g := range a.prepared.Config.SyncGroups {
		if slices.Contains(g.Instances, instance) {
			return g.Instances
		}
	}
	return []string{instance}
}

// leads tells whether a promotion is in force for an instance or its sync group.
func (a *Agent) leads(instance string) bool {
	return slices.ContainsFunc(a.together(instance), func(name string) bool { return a.overrides.find(store.Promote, name) != nil })
}

// stopLeading ends the promotion of an instance and its sync group, if there is
// one; nothing else ends with it.
func (a *Agent) stopLeading(instance string) error {
	if !a.leads(instance) {
		return nil
	}
	for _, name := range a.together(instance) {
		if err := a.dropOverrides(name, store.Promote); err != nil {
			return err
		}
	}
	a.engine.Lead(instance, false)
	return nil
}
