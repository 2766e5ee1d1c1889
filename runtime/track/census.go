package track

import (
	"time"

	"github.com/lbgit/lbgit/schema"
)

// watched is a tracked process with what is known of it.
type watched struct {
	spec    schema.TrackProcess
	pattern pattern
	band    band
	pids    map[int]bool
	quorum  quorum
}

// census is the goroutine's own part of Processes.
type census struct {
	*Processes
	list []*watched

	connector *connector
	events    chan event
	poll      *time.Ticker // where there is no connector
	again     <-chan time.Time
	due       <-chan time.Time
}

func (c *census) tick() <-chan time.Time {
	if c.poll == nil {
		return nil
	}
	return c.poll.C
}

// take takes over what Set wants, and counts everything anew.
func (c *census) take() {
	c.mu.Lock()
	wanted := c.wanted
	c.mu.Unlock()
	before := map[string]*watched{}
	for _, w := range c.list {
		if _, ok := wanted[w.spec.Name]; !ok {
			c.drop(w.spec.Name)
		}
		before[w.spec.Name] = w
	}
	c.list = nil
	for name, t := range wanted {
		pattern, err := newPattern(&t)
		if err != nil {
			c.set(name, Answer(false, "it cannot be understood: "+err.Error()))
			continue
		}
		w := &watched{spec: t, pattern: pattern, band: newBand(&t), pids: map[int]bool{}}
		if old := before[name]; old != nil && old.spec.Match == t.Match && old.spec.FullCommand == t.FullCommand && old.spec.Params == t.Params {
			w.quorum = old.quorum
		}
		c.list = append(c.list, w)
	}
	if len(c.list) == 0 {
		c.disconnect()
		return
	}
	c.subscribe()
	c.scan()
}

// subscribe asks for events, or for the ticks of a clock where there are none.
func (c *census) subscribe() {
	if c.connector != nil || c.poll != nil {
		return
	}
	conn, err := c.connect()
	if err != nil {
		c.log.Warn("the kernel does not tell of processes: they are counted once a second", "error", err)
		c.poll = time.NewTicker(pollEvery)
		return
	}
	c.connector, c.events = conn, make(chan event, 256)
	go conn.forward(c.events)
}

func (c *census) disconnect() {
	if c.connector != nil {
		c.connector.close()
	}
	if c.poll != nil {
		c.poll.Stop()
	}
	c.connector, c.events, c.poll = nil, nil, nil
}

// scan counts everything anew.
func (c *census) scan() {
	pids, err := c.proc.pids()
	if err != nil {
		c.log.Error("processes cannot be counted", "error", err)
		return
	}
	for _, w := range c.list {
		w.pids = map[int]bool{}
	}
	for _, pid := range pids {
		c.classify(pid)
	}
}

// classify looks at one process.
func (c *census) classify(pid int) {
	comm, alive := c.proc.comm(pid)
	var argv []string
	for _, w := range c.list {
		if alive && w.pattern.argv && argv == nil {
			argv = c.proc.argv(pid)
		}
		if alive && w.pattern.matches(comm, argv) {
			w.pids[pid] = true
		} else {
			delete(w.pids, pid)
		}
	}
}

// happened takes an event, and tells whether it may have changed a count.
func (c *census) happened(ev event) bool {
	switch ev.what {
	case forked:
		// The child is what its parent is, until it executes something.
		changed := false
		for _, w := range c.list {
			if w.pids[ev.parent] {
				w.pids[ev.pid], changed = true, true
			}
		}
		return changed
	case exited:
		changed := false
		for _, w := range c.list {
			changed = changed || w.pids[ev.pid]
			delete(w.pids, ev.pid)
		}
		return changed
	case executed, renamed:
		c.classify(ev.pid)
	case lost:
		c.log.Warn("events about processes were lost: they are counted anew")
		c.scan()
		c.again = time.After(againAfter)
	case broken:
		c.disconnect()
		c.subscribe()
		c.scan()
	}
	return true
}

// judge makes verdicts of the counts.
func (c *census) judge() {
	now := time.Now()
	var due time.Time
	for _, w := range c.list {
		w.quorum = w.quorum.next(w.band, len(w.pids), now)
		v := Verdict{State: Good, Reason: w.band.explain(len(w.pids))}
		if !w.quorum.good {
			v.State = Bad
		}
		if c.poll != nil {
			v.Reason += ", counted once a second"
		}
		c.set(w.spec.Name, v)
		if q := w.quorum.due; !q.IsZero() && (due.IsZero() || q.Before(due)) {
			due = q
		}
	}
	c.due = nil
	if !due.IsZero() {
		c.due = time.After(time.Until(due))
	}
}
