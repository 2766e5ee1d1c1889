package agent

import (
	"time"

	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/link"
)

// echoes are the addresses that the daemon has just written: the kernel tells
// of each, and a look at every one would double the cost of a failover.
type echoes map[echo]time.Time

type echo struct {
	state.AddressKey
	removed bool
}

// echoLife is how long an echo is waited for. After it, an event is news.
const echoLife = 2 * time.Second

// expect notes what a plan is about to write.
func (e *echoes) expect(p *plan.Plan, now time.Time) {
	for i := range p.Ops {
		op := &p.Ops[i]
		if a, ok := op.Old.(state.Address); ok && op.Verb != state.Update {
			e.note(echo{a.AddressKey, true}, now)
		}
		if a, ok := op.New.(state.Address); ok {
			e.note(echo{a.AddressKey, false}, now)
		}
	}
}

func (e *echoes) note(k echo, now time.Time) {
	if *e == nil {
		*e = echoes{}
	}
	(*e)[k] = now
}

// is tells whether an event is the echo of a write, once for each.
func (e *echoes) is(h link.Event, now time.Time) bool {
	k := echo{state.AddressKey{Link: h.Link, Prefix: h.Address}, h.Removed}
	at, ok := (*e)[k]
	delete(*e, k)
	return ok && now.Sub(at) < echoLife
}
