package engine

import (
	"slices"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

// group is a sync group of at least two instances at work.
type group struct {
	members []*instance
	list    []vrrp.Member // the same for the protocol
}

// regroup forms the sync groups of the present instances.  An unchanged group
// is kept; whoever is in another one now, or in none, is told.
func (e *Engine) regroup() {
	named := map[string][]*instance{}
	for _, i := range e.instances {
		named[i.spec.Sync] = append(named[i.spec.Sync], i)
	}
	var changed []*instance
	done := map[string]bool{}
	for _, i := range e.instances {
		name := i.spec.Sync
		members := named[name]
		switch {
		case name == "" || len(members) < 2:
			if i.group != nil {
				i.group = nil
				changed = append(changed, i)
			}
		case !done[name]:
			done[name] = true
			if i.group == nil || !slices.Equal(i.group.members, members) {
				join(members)
				changed = append(changed, i)
			}
		}
	}
	for _, i := range changed {
		e.step(i, vrrp.Regrouped{})
	}
}

func join(members []*instance) {
	g := &group{members: members}
	for at, i := range members {
		i.at = at
		g.list = append(g.list, vrrp.Member{Config: &i.cfg, State: &i.state})
		i.group = g
	}
}

// append steps an instance, with its group if it has one.
func (i *instance) append(acts []vrrp.Action, e *Engine, ev vrrp.Event) []vrrp.Action {
	if i.group == nil {
		i.state, acts = vrrp.Append(acts, i.cfg, i.state, e.now(), ev)
		return acts
	}
	return vrrp.AppendGroup(acts, i.group.list, e.now(), i.at, ev)
}

// member is the one that an action is for.
func (i *instance) member(a *vrrp.Action) *instance {
	if i.group == nil {
		return i
	}
	return i.group.members[a.Member]
}
