package watch

import (
	"context"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Wait blocks until it is time to look again: something that matters happened
// and then nothing more for quiet (or limit has passed since the first event),
// twice as long when a file was written in place, which may be half done, and
// a third of it when files were only put in place or removed as a whole,
// or nudge fired, or the time after has passed. It reports false when ctx
// ended.
func (s *Set) Wait(ctx context.Context, nudge <-chan struct{}, after, quiet, limit time.Duration) bool {
	var events <-chan fsnotify.Event
	var errs <-chan error
	if s.w != nil {
		events, errs = s.w.Events, s.w.Errors
	}
	if s.shaky {
		after = min(after, limit)
	}
	slow := time.NewTimer(after)
	defer slow.Stop()
	var calm, last <-chan time.Time // set by the first event
	silence := quiet / 3
	stir := func(op fsnotify.Op) {
		if op.Has(fsnotify.Write) {
			silence = 2 * quiet
		}
		calm = time.After(silence)
		if last == nil {
			last = time.After(limit)
		}
	}
	for {
		select {
		case <-ctx.Done():
			return false
		case <-nudge:
			return true
		case <-slow.C:
			return true
		case <-calm:
			return true
		case <-last:
			return true
		case ev, ok := <-events:
			if !ok {
				events = nil
			} else if s.matters(ev.Name) {
				stir(ev.Op)
			}
		case err, ok := <-errs:
			if !ok {
				errs = nil
				continue
			}
			// Above all an overflow: events were lost, so everything is suspect.
			s.log.Debug("watch error, looking at everything", "err", err)
			stir(fsnotify.Write)
		}
	}
}
