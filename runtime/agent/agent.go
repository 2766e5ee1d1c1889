package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sync/errgroup"

	"github.com/lbgit/lbgit/reconcile/compile"
	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/check/probe"
	"github.com/lbgit/lbgit/runtime/control"
	"github.com/lbgit/lbgit/runtime/guard"
	"github.com/lbgit/lbgit/runtime/link"
	"github.com/lbgit/lbgit/runtime/notify"
	"github.com/lbgit/lbgit/runtime/source"
	"github.com/lbgit/lbgit/runtime/source/open"
	"github.com/lbgit/lbgit/runtime/store"
	"github.com/lbgit/lbgit/runtime/track"
	"github.com/lbgit/lbgit/runtime/vrrp/engine"
	"github.com/lbgit/lbgit/translate"
)

// Options are what a daemon is started with.
type Options struct {
	// Source is the SOURCE of the command line, Git its further flags.
	Source  string
	Git     source.Options
	Env     translate.Env
	Dir     string // state folder
	Socket  string
	Version string
	// Observe makes no write to the kernel or the wire.
	Observe bool
	// GuardArgs are the arguments that make this binary the guard.
	GuardArgs []string
	Log       *slog.Logger
}

// Agent is the daemon. All fields below the line belong to the loop.
type Agent struct {
	opts  Options
	log   *slog.Logger
	store *store.Store
	src   source.Source

	kernel *Kernel
	engine *engine.Engine
	probes *probe.Scheduler
	// trackers watch what instances depend on, by kind; interfaces and virtual
	// servers the agent knows itself.
	trackers map[track.Kind]track.Tracker
	notify   *notify.Notifier
	arp      *link.Announcer
	rivals   *claims
	guard    *guard.Guard

	// announcements tell the announcer, which runs beside the loop, where and how
	// often each instance's addresses are announced.
	announcements atomic.Pointer[map[string]*announcement]

	urgent    *lane
	revisions chan source.Event
	requests  chan func()

	// ---- the loop's own ----

	started  time.Time
	loader   translate.Loader
	revision source.Revision
	applied  time.Time
	prepared *compile.Prepared
	live     compile.Live
	own      plan.Claims
	expected table
	index    probeIndex
	// probesChanged tells that the scheduler does not know the index yet.
	probesChanged bool
	quorum        map[string]bool
	drains        drains
	overrides     overrides
	echoes        echoes
	refused       refused
	// held is the source that an apply put in the place of the daemon's own.
	held string
	// sourceErr says why the newest state of the source is not in force.
	sourceErr error
	// troubled is what has to be looked at again: operations that failed, and
	// rows that changed while a long apply was under way.
	troubled  state.Scope
	failures  []string
	aside     aside
	contended contention
	repairs   uint64
	nested    bool
	// pending are facts that were taken from the lane and not done yet.
	pending facts
	// overtaken is what a nested pass wrote while another was under way, whose
	// remaining operations were older.
	overtaken state.Scope
	// writing is what the outermost apply is about.
	writing state.Scope
	// seen is the source's own newest revision and why it was refused, if so.
	seen     string
	seenErr  error
	stopping bool
	// awaited are the instances that wait for the first result of a tracker, in
	// a FAULT that nobody was told of; hooked is set once the startup script ran.
	awaited map[string]engine.Fact
	hooked  bool
	saves   chan source.Revision
	// tidyTimer gives memory back some time after a revision.
	tidyTimer *time.Timer
}

// New makes a daemon; nothing runs yet.
func New(o Options) (*Agent, error) {
	st, err := store.Open(o.Dir)
	if err != nil {
		return nil, err
	}
	o.Git.StateDir, o.Git.Log = o.Dir, o.Log
	src, err := open.Parse(o.Source, o.Git)
	if err != nil {
		return nil, err
	}
	a := &Agent{
		opts: o, log: o.Log, store: st, src: src,
		urgent:    newLane(),
		revisions: make(chan source.Event),
		requests:  make(chan func()),
		quorum:    map[string]bool{},
		awaited:   map[string]engine.Fact{},
		saves:     make(chan source.Revision, 1),
		live: compile.Live{
			Daemon: true, Master: map[string]bool{}, Health: map[string]compile.Health{}, QuorumLost: map[string]bool{},
			Draining: map[state.ServiceKey][]state.Dest{},
		},
	}
	return a, nil
}

// Run is the daemon's life. It returns nil after an orderly stop.
func (a *Agent) Run(ctx context.Context) error {
	a.started = time.Now()
	server := &control.Server{Handler: handler{a}, Log: a.log, Path: a.opts.Socket}
	if a.opts.Observe {
		// Who only looks does not need to be the writer.
		server.Writer = nil
	} else {
		l, err := control.Lock()
		if err != nil {
			return err
		}
		defer l.Close()
		server.Writer = l
	}
	if err := a.open(); err != nil {
		return err
	}
	defer a.kernel.Close()

	// The parts outlive the order to stop: masters hand over first.
	parts, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	group, parts := errgroup.WithContext(parts)
	tasks := []task{a.engine, a.probes, a.notify, server, taskFunc{"links", a.watchLinks}, taskFunc{"source", a.runSource}, taskFunc{"saver", a.save}, taskFunc{"extra announcements", a.announceExtra}}
	for _, t := range a.trackers {
		tasks = append(tasks, t)
	}
	for _, task := range tasks {
		group.Go(func() error {
			if err := task.Run(parts); err != nil && parts.Err() == nil {
				return fmt.Errorf("%s: %w", task, err)
			}
			return nil
		})
	}
	group.Go(func() error {
		defer stop()
		return a.loop(ctx, parts)
	})
	return group.Wait()
}

// open makes the parts that need the system.
func (a *Agent) open() (err error) {
	if a.kernel, err = OpenKernel(a.log); err != nil {
		return err
	}
	if a.own, err = a.store.Claims(); err != nil {
		return err
	}
	a.own.VRRP = true
	if a.overrides.list, err = a.store.Overrides(); err != nil {
		return err
	}
	a.arp = link.NewAnnouncer(a.log)
	if a.rivals, err = a.newClaims(); err != nil {
		return err
	}
	a.engine = engine.New(engine.Options{Log: a.log, Report: a.urgent.role, Remark: a.urgent.role, Rival: a.rival, Announce: a.announce, AnnounceSource: a.announceSource, Observe: a.opts.Observe})
	a.probes = probe.New(probe.Options{Log: a.log, Report: a.urgent.health})
	a.notify = notify.New(a.log)
	a.trackers = newTrackers(a.log, a.urgent.tracked, a.opts.Observe)
	return nil
}

func (a *Agent) watchLinks(ctx context.Context) error {
	return a.kernel.links.Watch(ctx, a.urgent.hint)
}

func (a *Agent) runSource(ctx context.Context) error { return a.src.Run(ctx, a.revisions) }

// save keeps accepted revisions for the next start, beside the loop.
func (a *Agent) save(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-a.saves:
			if err := a.store.SaveRevision(r); err != nil {
				a.log.Error("the last good revision could not be saved", "error", err)
			}
		}
	}
}

// task is a part that lives as long as the daemon.
type task interface {
	Run(context.Context) error
	String() string
}

type taskFunc struct {
	name string
	run  func(context.Context) error
}

func (t taskFunc) Run(ctx context.Context) error { return t.run(ctx) }
func (t taskFunc) String() string                { return t.name }

// tellSystemd tells the service manager; without one it does nothing.
func tellSystemd(what string) { _, _ = daemon.SdNotify(false, what) }

// errFirst says that the very first configuration was refused.
var errFirst = errors.New("the configuration is refused, and there is no earlier one")

// Kick has the daemon look at its source now. Safe from any goroutine.
func (a *Agent) Kick() { a.src.Kick() }
