package agent

import (
	"sync"

	"github.com/lbgit/lbgit/runtime/check/probe"
	"github.com/lbgit/lbgit/runtime/link"
	"github.com/lbgit/lbgit/runtime/track"
	"github.com/lbgit/lbgit/runtime/vrrp/engine"
)

// lane carries facts to the loop. Whoever reports never waits: the list grows,
// and the loop takes all of it at once.
type lane struct {
	mu    sync.Mutex
	facts facts
	// C has an element while there is something to take.
	C chan struct{}
}

// facts is what came in since the last time, in order within each kind.
type facts struct {
	roles   []engine.Fact
	health  []probe.Fact
	tracked []track.Object
	hints   []link.Event
}

// join appends later facts.
func (f *facts) join(later facts) {
	f.roles = append(f.roles, later.roles...)
	f.health = append(f.health, later.health...)
	f.tracked = append(f.tracked, later.tracked...)
	f.hints = append(f.hints, later.hints...)
}

func newLane() *lane { return &lane{C: make(chan struct{}, 1)} }

func (l *lane) put(add func(*facts)) {
	l.mu.Lock()
	add(&l.facts)
	l.mu.Unlock()
	select {
	case l.C <- struct{}{}:
	default:
	}
}

func (l *lane) take() facts {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.facts
	l.facts = facts{}
	return f
}

func (l *lane) role(f engine.Fact)    { l.put(func(q *facts) { q.roles = append(q.roles, f) }) }
func (l *lane) health(f []probe.Fact) { l.put(func(q *facts) { q.health = append(q.health, f...) }) }
func (l *lane) hint(e link.Event)     { l.put(func(q *facts) { q.hints = append(q.hints, e) }) }
func (l *lane) tracked(o track.Object) {
	l.put(func(q *facts) { q.tracked = append(q.tracked, o) })
}
