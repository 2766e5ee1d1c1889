package engine

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/lbgit/lbgit/runtime/bfd"
	"github.com/lbgit/lbgit/runtime/internal/clock"
)

// Session is one session as configured on this node.
type Session struct {
	Name string
	// Neighbor is the peer; a link-local address has a zone.
	Neighbor netip.Addr
	// Source is the local address; invalid leaves it to the kernel.
	Source netip.Addr
	// Multihop uses port 4784 (RFC 5883) instead of 3784.
	Multihop bool
	// TTL is sent.  A received TTL may be lower by MaxHops, -1..255; 255 takes
	// every TTL (facts 19.1, 19.7).
	TTL     uint8
	MaxHops int
	// Config is the protocol's.  The discriminator is chosen here.
	Config bfd.Config
}

// Options are fixed for the life of an engine.
type Options struct {
	// Log gets what happens to sessions at Info, troubles at Warn.  Nil discards.
	Log *slog.Logger
	// Report is called when a session is made (down), and when its verdict
	// changes or its name does.  It must not block.  Nil discards.
	Report func(name string, up bool, diag bfd.Diag)
}

// Engine runs sessions.  All methods may be called from any goroutine.
type Engine struct {
	opts Options
	net  network
	now  func() time.Duration

	wake  chan struct{}
	lines chan func() // log lines: a log may block, the loop must not

	// mu guards what follows.  The loop holds it for a turn, which never waits.
	mu       sync.Mutex
	next     []Session // what Configure brought, if changed
	changed  bool
	sessions []*session
	inputs   map[inputKey]*listener
	// strays are rejected packets that belong to no session.
	strays [bfd.Rejects]uint64
	buf    []byte
}

// New makes an engine.  It does nothing until Run.
func New(o Options) *Engine { return newEngine(o, system{}, clock.Boottime) }

// newEngine takes the opened world: the network and a clock.
func newEngine(o Options, n network, now func() time.Duration) *Engine {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Report == nil {
		o.Report = func(string, bool, bfd.Diag) {}
	}
	return &Engine{opts: o, net: n, now: now, wake: make(chan struct{}, 1), lines: make(chan func(), 100),
		inputs: map[inputKey]*listener{}, buf: make([]byte, 512)}
}

// String names the task.
func (e *Engine) String() string { return "bfd engine" }

// Configure replaces the set of sessions.  Those whose neighbour, source and
// port are unchanged go on (fact 19.11), under another name or with other
// intervals if need be; the peers of removed ones hear AdminDown.
func (e *Engine) Configure(list []Session) {
	e.mu.Lock()
	e.next, e.changed = list, true
	e.mu.Unlock()
	e.kick()
}

func (e *Engine) kick() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// Run is the task.  When ctx ends the peers are told Down, see [bfd.Stop].
func (e *Engine) Run(ctx context.Context) error {
	var log sync.WaitGroup
	log.Go(func() {
		for line := range e.lines {
			line()
		}
	})
	e.loop(ctx)
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.sessions {
		e.step(s, bfd.Stop{})
		s.close()
	}
	for _, in := range e.inputs {
		in.close()
	}
	e.sessions, e.inputs = nil, map[inputKey]*listener{}
	close(e.lines)
	log.Wait()
	return nil
}

// log hands a line over; while the log blocks, lines get lost.
func (e *Engine) log(level slog.Level, msg string, s *session, attrs ...slog.Attr) {
	attrs = append([]slog.Attr{slog.String("session", s.spec.Name), slog.String("neighbor", s.spec.Neighbor.String())}, attrs...)
	select {
	case e.lines <- func() { e.opts.Log.LogAttrs(context.Background(), level, msg, attrs...) }:
	default:
	}
}
