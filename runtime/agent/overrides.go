package agent

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lbgit/lbgit/runtime/control"
	"github.com/lbgit/lbgit/runtime/store"
	"github.com/lbgit/lbgit/runtime/vrrp"
)

// overrides are the orders that operators gave by hand; one of a kind per
// instance. They live beside the configuration and end by themselves.
type overrides struct {
	list  []store.Override
	timer drainTimer
}

// find gives the order of that kind for an instance, or nil.
func (o *overrides) find(kind store.OverrideKind, instance string) *store.Override {
	i := slices.IndexFunc(o.list, func(x store.Override) bool { return x.Kind == kind && x.Instance == instance })
	if i < 0 {
		return nil
	}
	return &o.list[i]
}

// demoted is how much an order takes off the priority of an instance.
func (o *overrides) demoted(instance string) int {
	if d := o.find(store.Demote, instance); d != nil {
		return d.By
	}
	return 0
}

// setOverride saves an order, and only then lets it take effect: it has to
// survive a crash.
func (a *Agent) setOverride(o store.Override) error {
	list := slices.DeleteFunc(slices.Clone(a.overrides.list), func(x store.Override) bool { return x.Kind == o.Kind && x.Instance == o.Instance })
	return a.saveOverrides(append(list, o))
}

// dropOverrides ends the orders of some kinds for an instance.
func (a *Agent) dropOverrides(instance string, kinds ...store.OverrideKind) error {
	list := slices.DeleteFunc(slices.Clone(a.overrides.list), func(x store.Override) bool {
		return x.Instance == instance && slices.Contains(kinds, x.Kind)
	})
	if len(list) == len(a.overrides.list) {
		return nil
	}
	return a.saveOverrides(list)
}

func (a *Agent) saveOverrides(list []store.Override) error {
	if err := a.store.SaveOverrides(list); err != nil {
		return err
	}
	a.overrides.list = list
	a.overrides.arm()
	return nil
}

// arm sets the timer to the first end.
func (o *overrides) arm() {
	var first time.Time
	for _, x := range o.list {
		if !x.Until.IsZero() && (first.IsZero() || x.Until.Before(first)) {
			first = x.Until
		}
	}
	if !first.IsZero() {
		o.timer.set(first)
	}
}

// enforce tells the engine of an order, or of its end. A demotion is part of
// the tracked priority.
func (a *Agent) enforce(o store.Override, on bool) {
	switch o.Kind {
	case store.Promote:
		a.engine.Lead(o.Instance, on || a.leads(o.Instance))
	case store.Failover:
		if on {
			a.engine.Failover(o.Instance)
		}
	case store.Demote:
		if in := a.prepared.Instance(o.Instance); in != nil {
			a.trackInstance(in)
		}
	}
}

// demote lowers priorities for a time.
func (a *Agent) demote(q control.InstanceRequest) (string, error) {
	switch {
	case q.By < 1 || q.By > 253:
		return "", fmt.Errorf("demote by %d: it is 1 to 253", q.By)
	case q.For <= 0:
		return "", errors.New("for how long? A demotion ends by itself")
	}
	list, err := a.chosen(q.Instance)
	if err != nil {
		return "", err
	}
	for _, name := range list {
		if a.prepared.Instance(name).VRRP.Priority == vrrp.Owner {
			return "", fmt.Errorf("%s is the owner of its addresses, and its priority is always 255; use `lbgit failover`", name)
		}
	}
	now := time.Now()
	text := ""
	for _, name := range list {
		if err := a.stopLeading(name); err != nil { // 254, whatever is taken off
			return text, err
		}
		o := store.Override{Kind: store.Demote, Instance: name, By: q.By, Since: now, Until: now.Add(q.For)}
		if err := a.setOverride(o); err != nil {
			return text, err
		}
		a.enforce(o, true)
		text += fmt.Sprintf("%s: priority lowered by %d until %s\n", name, q.By, o.Until.Format(time.DateTime))
	}
	return text, nil
}

// promote takes back what was ordered for an instance and, with a time, makes it
// lead.
func (a *Agent) promote(q control.InstanceRequest) (string, error) {
	in := a.prepared.Instance(q.Instance)
	if in == nil {
		return "", a.noInstance(q.Instance)
	}
	if in.VRRP.Priority == vrrp.Owner && q.For > 0 {
		return "", fmt.Errorf("%s is the owner of its addresses: it leads anyway", q.Instance)
	}
	for _, s := range a.engine.Snapshot() {
		if s.Name == q.Instance && s.MasterPriority == vrrp.Owner && s.Role != vrrp.Master {
			return "", fmt.Errorf("the master of %s, %s, is the owner of the addresses (priority 255): nobody can take over from it while it lives", q.Instance, s.MasterAddr)
		}
	}
	if err := a.dropOverrides(q.Instance, store.Demote); err != nil {
		return "", err
	}
	for _, name := range a.together(q.Instance) {
		if err := a.dropOverrides(name, store.Failover, store.Promote); err != nil {
			return "", err
		}
	}
	a.trackInstance(in)
	a.engine.Lead(q.Instance, q.For > 0)
	if q.For <= 0 {
		return q.Instance + ": no order given by hand is in force any more\n", nil
	}
	now := time.Now()
	o := store.Override{Kind: store.Promote, Instance: q.Instance, Since: now, Until: now.Add(q.For)}
	if err := a.setOverride(o); err != nil {
		a.engine.Lead(q.Instance, false)
		return "", err
	}
	return fmt.Sprintf("%s: leads with priority 254 until %s\n", q.Instance, o.Until.Format(time.DateTime)), nil
}

// startFailover begins a hand-over; failoverDone says how it ended.
func (a *Agent) startFailover(instance string) error {
	if a.prepared.Instance(instance) == nil {
		return a.noInstance(instance)
	}
	for _, s := range a.engine.Snapshot() {
		if s.Name == instance && s.Role != vrrp.Master {
			where := "no master is known"
			if s.MasterAddr.IsValid() {
				where = "the master is " + s.MasterAddr.String()
			}
			return fmt.Errorf("%s is %s here, there is nothing to hand over; %s", instance, s.Role, where)
		}
	}
	if err := a.stopLeading(instance); err != nil {
		return err
	}
	if err := a.setOverride(store.Override{Kind: store.Failover, Instance: instance, Since: time.Now()}); err != nil {
		return err
	}
	a.engine.Failover(instance)
	return nil
}

// chosen is one instance, or all when none is named.
func (a *Agent) chosen(name string) ([]string, error) {
	if name != "" {
		if a.prepared.Instance(name) == nil {
			return nil, a.noInstance(name)
		}
		return []string{name}, nil
	}
	list := a.instanceNames()
	if len(list) == 0 {
		return nil, errors.New("there is no VRRP instance here")
	}
	return list, nil
}

func (a *Agent) instanceNames() []string {
	var list []string
	for _, in := range a.prepared.Instances {
		list = append(list, in.VRRP.Name)
	}
	return list
}

func (a *Agent) noInstance(name string) error {
	list := a.instanceNames()
	if len(list) == 0 {
		return errors.New("there is no VRRP instance here")
	}
	return fmt.Errorf("there is no VRRP instance %q here; there is %s", name, strings.Join(list, ", "))
}
