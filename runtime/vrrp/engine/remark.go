package engine

import (
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

// Remark is something worth telling that changes no role.
type Remark uint8

// What keepalived writes to FIFOs beside roles (fact 14.3).
const (
	NoRemark        Remark = iota
	PriorityChanged        // the effective priority of a master or backup
	LowerHeard             // a master heard an advert of lower priority
)

// lowerEvery is how often at most LowerHeard is said of one instance. A peer
// that does not hear this node sends such adverts up to a hundred times a second.
const lowerEvery = time.Second

// remarks finds in the step from old to the present state what is worth telling.
func (e *Engine) remarks(i *instance, old *vrrp.State, ev vrrp.Event) {
	role := i.state.Role
	if role != old.Role || role != vrrp.Master && role != vrrp.Backup {
		return
	}
	if i.state.Priority != old.Priority {
		e.remark(i, PriorityChanged)
	}
	ad, heard := ev.(vrrp.Advert)
	if !heard || role != vrrp.Master || ad.Priority == 0 || ad.Priority >= old.Priority {
		return
	}
	if now := e.now(); i.lowerAt == 0 || now-i.lowerAt >= lowerEvery {
		i.lowerAt = now
		e.remark(i, LowerHeard)
	}
}

// remark queues one in its place among the roles.
func (e *Engine) remark(i *instance, r Remark) {
	if e.opts.Observe {
		return
	}
	e.seq++
	e.facts.push(Fact{
		Instance: i.spec.Name, Remark: r, Role: i.state.Role, Would: i.state.Role, Priority: i.state.Priority,
		At: time.Now(), Seq: e.seq,
	})
}
