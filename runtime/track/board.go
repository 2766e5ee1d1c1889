package track

import (
	"log/slog"
	"sync"
)

// board holds the verdicts of one kind of objects. It may be used from any
// goroutine.
type board struct {
	kind   Kind
	log    *slog.Logger
	report func(Object)

	lock     sync.Mutex
	verdicts map[string]Verdict
}

func newBoard(k Kind, log *slog.Logger, report func(Object)) *board {
	return &board{kind: k, log: log, report: report, verdicts: map[string]Verdict{}}
}

// Verdict is what is known of an object.
func (b *board) Verdict(name string) Verdict {
	b.lock.Lock()
	defer b.lock.Unlock()
	return b.verdicts[name]
}

// set notes a verdict, and tells of it when it has changed.
func (b *board) set(name string, v Verdict) {
	b.lock.Lock()
	changed := !v.same(b.verdicts[name])
	b.verdicts[name] = v
	b.lock.Unlock()
	if changed {
		b.log.Info("tracked "+b.kind.String(), "name", name, "verdict", v.text(b.kind))
		b.report(Object{b.kind, name})
	}
}

// drop forgets an object that is no longer watched.
func (b *board) drop(name string) {
	b.lock.Lock()
	defer b.lock.Unlock()
	delete(b.verdicts, name)
}
