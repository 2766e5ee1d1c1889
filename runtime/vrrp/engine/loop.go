package engine

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

// Run is the task.  It returns nil when ctx ends, with every socket closed and
// every fact delivered.
func (e *Engine) Run(ctx context.Context) error {
	stop := make(chan struct{})
	var helpers sync.WaitGroup
	helpers.Go(func() { e.probes.serve(stop, e.probe) })
	helpers.Go(func() { e.announces.serve(stop, e.announce) })
	helpers.Go(func() { e.facts.serve(stop, e.deliver) })
	helpers.Go(func() { e.rivals.serve(stop, e.tell) })
	helpers.Go(func() { e.lines.serve(stop, e.write) })

	e.loop(ctx)

	e.mu.Lock()
	for name := range e.links {
		e.closeLink(name)
	}
	e.mu.Unlock()
	e.readers.Wait()
	close(e.done)
	close(stop)
	helpers.Wait()
	return nil
}

func (e *Engine) loop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-e.changed:
		case <-e.commands.signal:
		}
		timer.Reset(e.turn())
	}
}

// turn serves everything that is due, in the order that the package comment
// gives, and returns the time to the next deadline.
func (e *Engine) turn() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wakeUp()
	e.tick(true)
	for _, command := range e.commands.take() {
		command()
	}
	e.planned = e.tick(false)
	e.checkReady()
	e.checkLeft()
	return max(e.planned-e.now(), 0)
}

func (e *Engine) checkReady() {
	if e.readied {
		return
	}
	for _, i := range e.instances {
		if !i.started && !e.released {
			return
		}
	}
	e.readied = true
	close(e.ready)
}

// checkLeft tells Release that every instance has ended.
func (e *Engine) checkLeft() {
	if !e.released || e.gone {
		return
	}
	for _, i := range e.instances {
		if i.state.Role != vrrp.Init {
			return
		}
	}
	e.gone = true
	close(e.left)
}

// probe is the goroutine that looks at interfaces.
func (e *Engine) probe(names []string) {
	done := map[string]bool{}
	for _, name := range names {
		if done[name] {
			continue
		}
		done[name] = true
		e.mu.Lock()
		used := e.links[name] != nil
		e.mu.Unlock()
		if !used {
			continue
		}
		info := e.net.Probe(name)
		info.Name = name
		e.commands.push(func() { e.probed(info) })
	}
}

// round is one announcement that is due.
type round struct {
	i      *instance
	why    vrrp.Burst
	source bool // of the source address alone
}

// announce is the goroutine of gratuitous ARP.  An instance that has left
// MASTER meanwhile, or is leaving, is passed over (fact 12.3).
func (e *Engine) announce(due []round) {
	done := map[round]bool{}
	for _, r := range due {
		if done[r] {
			continue
		}
		done[r] = true
		i := r.i
		if r.source {
			e.mu.Lock()
			ifname, source := i.spec.transmit(), i.cfg.Source
			e.mu.Unlock()
			e.opts.AnnounceSource(ifname, source)
			continue
		}
		e.mu.Lock()
		master := i.state.Role == vrrp.Master && i.state.LeaveAt == 0
		name, addrs := i.spec.Name, append(append(i.spec.Advertised[:0:0], i.spec.Advertised...), i.spec.Excluded...)
		e.mu.Unlock()
		if master {
			e.opts.Announce(name, addrs, r.why)
		}
	}
}

// deliver is the goroutine of facts.
func (e *Engine) deliver(facts []Fact) {
	for _, f := range facts {
		if f.Remark != NoRemark {
			e.opts.Remark(f)
			continue
		}
		e.opts.Report(f)
	}
}

// line is a log record on its way: a log may block, the loop must not.
type line struct {
	level slog.Level
	msg   string
	attrs []slog.Attr
}

// maxLines bounds the log lines that wait while the log blocks.
const maxLines = 1000

func (e *Engine) log(level slog.Level, msg string, attrs ...slog.Attr) {
	e.lines.pushBelow(maxLines, line{level, msg, attrs})
}

func (e *Engine) logError(i *instance, msg string, err error) {
	e.log(slog.LevelError, "vrrp: "+msg, slog.String("instance", i.spec.Name),
		slog.String("interface", i.spec.Interface), slog.String("error", err.Error()))
}

// write is the goroutine of the log.
func (e *Engine) write(lines []line) {
	for _, l := range lines {
		e.opts.Log.LogAttrs(context.Background(), l.level, l.msg, l.attrs...)
	}
}
