// Package feed sends a source's events and drops repetitions. It is shared by
// all sources so that they mean the same by "only when it changes".
package feed

import (
	"context"

	"github.com/lbgit/lbgit/runtime/source"
)

// Feed remembers what was sent last. The zero value with Out set is ready; it
// belongs to one goroutine.
type Feed struct {
	Out  chan<- source.Event
	id   string
	fail string
}

// Last is the ID of the revision sent last, empty before the first.
func (f *Feed) Last() string { return f.id }

// Failing reports whether the last event was an error.
func (f *Feed) Failing() bool { return f.fail != "" }

// Equate makes id stand for what was sent last: the same content has got
// another name, which is no event.
func (f *Feed) Equate(id string) { f.id = id }

// Revision sends rev unless it was the last event. It reports whether ctx
// still lives.
func (f *Feed) Revision(ctx context.Context, rev source.Revision) bool {
	if rev.ID == f.id && f.fail == "" {
		return ctx.Err() == nil
	}
	f.id, f.fail = rev.ID, ""
	return f.send(ctx, source.Event{Revision: &rev})
}

// Err sends err unless it reads the same as the last event. It reports
// whether ctx still lives; an error that comes of its end is not sent.
func (f *Feed) Err(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	if err.Error() == f.fail {
		return true
	}
	f.fail = err.Error()
	return f.send(ctx, source.Event{Err: err})
}

func (f *Feed) send(ctx context.Context, ev source.Event) bool {
	select {
	case f.Out <- ev:
		return true
	case <-ctx.Done():
		return false
	}
}
