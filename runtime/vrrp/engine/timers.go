package engine

import (
	"container/heap"
	"math"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

// timers are the instances that have a deadline, the earliest first: with
// thousands of them no turn of the loop may look at all.
type timers []*instance

func (t timers) Len() int           { return len(t) }
func (t timers) Less(a, b int) bool { return t[a].due < t[b].due }
func (t timers) Swap(a, b int) {
	t[a], t[b] = t[b], t[a]
	t[a].slot, t[b].slot = a, b
}

func (t *timers) Push(x any) {
	i := x.(*instance)
	i.slot = len(*t)
	*t = append(*t, i)
}

func (t *timers) Pop() any {
	last := len(*t) - 1
	i := (*t)[last]
	(*t)[last] = nil
	*t = (*t)[:last]
	return i
}

// next is the earliest deadline.
func (t timers) next() time.Duration {
	if len(t) == 0 {
		return math.MaxInt64
	}
	return t[0].due
}

// schedule follows a change of an instance's deadline or role.  Masters have
// timers of their own, as they are served first.
func (e *Engine) schedule(i *instance) {
	want := &e.backups
	if i.state.Role == vrrp.Master {
		want = &e.masters
	}
	due := i.state.Deadline
	if i.timers != nil && (i.timers != want || due == 0) {
		heap.Remove(i.timers, i.slot)
		i.timers = nil
	}
	if due == 0 || i.timers != nil && i.due == due {
		return
	}
	i.due = due
	if i.timers != nil {
		heap.Fix(i.timers, i.slot)
		return
	}
	i.timers = want
	heap.Push(want, i)
}

// tick feeds the deadlines that are due, of masters only or of all, and
// returns the time of the next.
func (e *Engine) tick(mastersOnly bool) (next time.Duration) {
	e.feed(&e.masters)
	if mastersOnly {
		return e.masters.next()
	}
	e.feed(&e.backups)
	next = min(e.masters.next(), e.backups.next())
	if e.retryAt == 0 {
		return next
	}
	if e.retryAt > e.now() {
		return min(next, e.retryAt)
	}
	e.retryAt = 0
	for name, l := range e.links {
		l.stale = true
		e.probes.push(name)
	}
	return next
}

// feed serves each of the timers once at most.
func (e *Engine) feed(t *timers) {
	now := e.now()
	for range len(*t) {
		if t.next() > now {
			return
		}
		i := (*t)[0]
		if i.state.Role == vrrp.Backup {
			// It may find its time up before the adverts that came meanwhile, when
			// the loop was held up, and would take over from a living master.
			e.drain(i)
			if i.state.Deadline > now {
				continue
			}
		}
		e.step(i, vrrp.Tick{})
	}
}

// drain reads what a backup, or another member of its sync group, has not
// heard yet.
func (e *Engine) drain(i *instance) {
	members := []*instance{i}
	if i.group != nil {
		members = i.group.members
	}
	for _, m := range members {
		if m.socket != nil {
			e.receive(m.socket, queued)
		}
	}
}

// queued bounds the packets that a backup reads before it takes over.
const queued = 1024
