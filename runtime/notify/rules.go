package notify

import (
	"slices"

	"github.com/lbgit/lbgit/schema"
)

// rules are who wants to know what, of one configuration.
type rules struct {
	cfg     *schema.Config
	objects []Object // in the order of the configuration, groups last (fact 14.7)
	notify  map[Object]*schema.Notify
	groups  map[string][]*schema.SyncGroup // by the name of a member
}

// silent is what most of thousands of instances have.
var silent schema.Notify

func rulesOf(cfg *schema.Config) *rules {
	r := &rules{cfg: cfg, notify: map[Object]*schema.Notify{}, groups: map[string][]*schema.SyncGroup{}}
	add := func(o Object, n *schema.Notify) {
		if n == nil {
			n = &silent
		}
		r.objects = append(r.objects, o)
		r.notify[o] = n
	}
	for _, i := range cfg.Instances {
		add(Object{Instance, i.Name}, i.Notify)
	}
	for _, g := range cfg.SyncGroups {
		add(Object{Group, g.Name}, g.Notify)
		for _, m := range g.Instances {
			r.groups[m] = append(r.groups[m], g)
		}
	}
	return r
}

// order is what an event leads to.
type order struct {
	// word is the state as it is told: what was deleted is mostly called FAULT.
	word State
	// specific is run first and without arguments, generic after it with four.
	specific, generic schema.Command
	fifo, mail        bool
}

// order decides what an event leads to. ok is false when nobody is to hear of it.
func (r *rules) order(e *Event) (o order, ok bool) {
	n := r.notify[e.Object]
	if n == nil {
		return o, false
	}
	o = order{word: e.State, generic: n.Any, fifo: true, mail: r.mails(e, n)}
	switch e.State {
	case Master:
		o.specific = n.Master
	case Backup:
		o.specific = n.Backup
	case Fault:
		o.specific = n.Fault
	case Stop:
		o.specific = n.Stop
	case Deleted:
		switch {
		case n.TellDeleted || n.Deleted.IsSet():
			o.specific = n.Deleted
		case e.Previous == Fault: // fact 14.8
			return o, false
		default:
			o.word = Fault
		}
	case LowerPriority:
		o.specific = n.LowerPriority
	case MasterPriority, BackupPriority:
		o.fifo = r.tellsPriority(e.Name, n)
	}
	if e.State.isRemark() {
		// A script that takes all but MASTER for a loss must not hear of them.
		o.generic = schema.Command{}
	}
	return o, true
}

// tellsPriority resolves the switch: the instance's own, or else its group's,
// or else that of settings.
func (r *rules) tellsPriority(name string, n *schema.Notify) bool {
	outer := r.cfg.Settings.PriorityChanges
	for _, g := range r.groups[name] {
		if g.Notify != nil {
			outer = g.Notify.PriorityChanges.Or(outer)
		}
	}
	return n.PriorityChanges.Or(outer)
}

// mails resolves the switches of mail (facts 14.10, 14.11).
func (r *rules) mails(e *Event, n *schema.Notify) bool {
	m := r.cfg.Settings.Mail
	if m == nil || len(m.To) == 0 || m.Server == "" || m.NoFaults && e.State == Fault || e.State.isRemark() && e.State != TwoMasters {
		return false
	}
	return n.Mail.Or(m.AlertVRRP.Or(m.Alert.Or(false)))
}

// groupState is the state that all members are told to be in, or empty while
// they differ: a group is told of after its members (fact 11.8).
func groupState(members []State) State {
	if len(members) == 0 || slices.ContainsFunc(members, func(s State) bool { return s != members[0] }) {
		return ""
	}
	return members[0]
}
