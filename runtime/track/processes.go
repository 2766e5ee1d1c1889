package track

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/lbgit/lbgit/schema"
)

const (
	// pollEvery is how often processes are counted where the kernel does not
	// tell of them.
	pollEvery = time.Second
	// againAfter is when they are counted once more after events were lost:
	// older ones may still have been waiting.
	againAfter = time.Second
)

// Processes counts the processes that instances need. The kernel tells of
// every change; where it does not, they are counted once a second.
type Processes struct {
	*board
	proc procfs
	// connect opens the source of events; nil for none.
	connect func() (*connector, error)

	mu      sync.Mutex
	wanted  map[string]schema.TrackProcess
	changed chan struct{}
}

// NewProcesses makes the tracker of processes.
func NewProcesses(log *slog.Logger, report func(Object)) *Processes {
	return &Processes{board: newBoard(Process, log, report), proc: "/proc", connect: openConnector, changed: make(chan struct{}, 1)}
}

func (p *Processes) String() string { return "track processes" }

// Set replaces the processes. What is known of unchanged ones stays.
func (p *Processes) Set(cfg *schema.Config) {
	uses, wanted := Used(cfg, Process), map[string]schema.TrackProcess{}
	for _, t := range cfg.Processes {
		if !uses[t.Name] {
			p.log.Info("track process is not watched: no instance uses it", "process", t.Name)
			continue
		}
		wanted[t.Name] = *t
	}
	p.mu.Lock()
	p.wanted = wanted
	p.mu.Unlock()
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// Run runs until ctx ends.
func (p *Processes) Run(ctx context.Context) error {
	c := census{Processes: p}
	defer c.disconnect()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.changed:
			c.take()
		case ev := <-c.events:
			if !c.happened(ev) {
				continue
			}
		case <-c.tick():
			c.scan()
		case <-c.again:
			c.again = nil
			c.scan()
		case <-c.due:
		}
		c.judge()
	}
}
