package notify

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/lbgit/lbgit/schema"
)

// fifos are the FIFOs that are in force, by path.
type fifos struct {
	log *slog.Logger

	mu     sync.Mutex
	life   context.Context // of run; nil before it
	closed bool
	all    map[string]*running
	tasks  sync.WaitGroup
}

// running is a FIFO with the end of its task.
type running struct {
	*fifo
	stop context.CancelFunc
}

// run serves the FIFOs until ctx ends.
func (f *fifos) run(ctx context.Context) {
	f.mu.Lock()
	f.life = ctx
	for _, r := range f.all {
		f.begin(r)
	}
	f.mu.Unlock()
	<-ctx.Done()
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.tasks.Wait()
}

// set puts the FIFOs of a configuration in force. One that was there before
// stays open and keeps its lines.
func (f *fifos) set(cfg *schema.Config) {
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.all
	f.all = map[string]*running{}
	for _, spec := range cfg.Settings.FIFOs {
		if spec.Events == schema.LVSEvents {
			continue // nothing speaks of servers yet
		}
		r := old[spec.Path]
		delete(old, spec.Path)
		if r != nil {
			r.change(*spec, &cfg.Settings)
		} else {
			r = &running{fifo: newFIFO(*spec, &cfg.Settings, f.log), stop: func() {}}
			f.begin(r)
		}
		f.all[spec.Path] = r
	}
	for _, r := range old {
		r.stop()
	}
}

// begin starts the task of a FIFO. f.mu is held.
func (f *fifos) begin(r *running) {
	if f.life == nil || f.closed {
		return
	}
	ctx, stop := context.WithCancel(f.life)
	r.stop = stop
	f.tasks.Go(func() { r.fifo.run(ctx) })
}

// put writes a line to every FIFO.
func (f *fifos) put(line string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.all {
		r.put(line)
	}
}

// settle waits until every line is written, for at most limit.
func (f *fifos) settle(ctx context.Context, limit time.Duration) {
	f.mu.Lock()
	all := f.all
	f.mu.Unlock()
	end := time.Now().Add(limit)
	for _, r := range all {
		r.mu.Lock()
		idle := r.idle
		r.mu.Unlock()
		if !waited(ctx, idle, time.Until(end)) {
			r.log.Warn("lines are left: nobody reads")
		}
	}
}

// waiting counts lines: those that wait, by path, and those that were lost.
func (f *fifos) waiting() (lines map[string]int, lost uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	lines = map[string]int{}
	for path, r := range f.all {
		r.mu.Lock()
		lines[path] = len(r.lines)
		lost += r.total
		r.mu.Unlock()
	}
	return lines, lost
}
