package probe

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/lbgit/lbgit/runtime/check"
)

// Fact is a transition that a scheduler reports.
type Fact struct {
	ID     string
	Health check.Health // Up or Down
	// Reason says in words why, for people.
	Reason string
	At     time.Time
	// Latency is how long the deciding probe took, over all its URLs.
	Latency time.Duration
	// Code is the last exit code of a dynamic script that is up, else 0; check.DynamicWeight turns it into a weight (W4). A
	// change of it is reported, too, with the health as it was.
	Code int
}

// Options are what a scheduler needs. The zero value works and reports to nobody.
type Options struct {
	// Log takes the rare complaints about this node; nil discards them. Transitions are not logged, they are reported.
	Log *slog.Logger
	// Report takes transitions, in the order in which they happened, from the goroutine of Run. It must not block: no probe
	// goes on before it returns. It may keep the slice, and it may call Set and Snapshot. A fact about a target that a
	// Set at the same moment took away may still come.
	Report func([]Fact)
	// Rand returns chance from 0 up to 1, for warmup and jitter; nil means math/rand.
	Rand func() float64
	// Handshakes and Scripts bound how many TLS exchanges and scripts run at a time; 0 means 64 and 32. More wait in a queue.
	Handshakes, Scripts int
}

// Scheduler runs the probes of all its targets. All methods may be called from any goroutine.
type Scheduler struct {
	log    *slog.Logger
	report func([]Fact)
	rand   func() float64
	ready  chan struct{}
	epoch  time.Time // zero of the scheduler's clock

	// settled, if set, hears every verdict, for Once.
	settled func(*target, verdict)

	mu      sync.Mutex // guards all below
	running bool       // between the start and the end of Run
	started bool
	gen     uint64 // number of the last Set
	order   []*target
	byID    map[string]*target
	timers  timers
	facts   []Fact // to be reported
	open    int    // sockets in flight
	maxOpen int
	poll    poller
	dialer  dialer
	byFD    []*target
	free    []*exchange
	buf     []byte // one read or one request
	seq     int32
	gap     time.Duration // how long the loop was last held up, and when that ended
	gapEnd  time.Duration
	noted   [2]time.Duration // when each complaint was last logged

	work    context.Context // ends with Run, for what runs in goroutines
	wg      sync.WaitGroup
	pools   [2]pool
	done    []*job
	voids   uint64        // since the start
	maxLate time.Duration // since the last Stats
}

// target is a Target with all that happens to it. Its spec never changes, so that workers may read it.
type target struct {
	spec  Target
	bad   string // why it cannot be probed
	tls   *tls.Config
	gen   uint64
	index int // place in order
	pos   int // place in timers

	state  check.State
	phase  phase
	fd     int
	seq    int32 // number of the socket, since descriptors are used again
	step   int   // URL of this pass
	voids  uint8 // voids in a row that this node caused by lagging
	code   int
	ex     *exchange
	job    *job
	began  time.Duration // start of the pass
	asked  time.Duration // start of the request
	last   time.Duration // end of the last pass
	took   time.Duration
	cause  cause
	counts Counts
}

// phase is what a target waits for.
type phase uint8

const (
	idle       phase = iota // the next probe
	connecting              // a connection
	exchanging              // a response, on the loop
	working                 // a worker
)

// Counts are the verdicts on a target since it was first set.
type Counts struct{ Passed, Failed, Voided uint64 }

// New returns a scheduler. Nothing runs before Run.
func New(o Options) *Scheduler {
	s := &Scheduler{
		log: o.Log, report: o.Report, rand: o.Rand,
		ready: make(chan struct{}), epoch: time.Now(), byID: map[string]*target{},
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.rand == nil {
		s.rand = rand.Float64
	}
	s.pools[handshakes].limit = orDefault(o.Handshakes, 64)
	s.pools[scripts].limit = orDefault(o.Scripts, 32)
	s.noted = [2]time.Duration{-noteEvery, -noteEvery}
	return s
}

func orDefault(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

// String names the scheduler for logs.
func (s *Scheduler) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("health checks (%d targets)", len(s.order))
}

// Ready is closed once the loop of Run runs.
func (s *Scheduler) Ready() <-chan struct{} { return s.ready }

// now returns the scheduler's clock. It goes on while the process is stopped, but not while the machine sleeps.
func (s *Scheduler) now() time.Duration { return time.Since(s.epoch) }

// noteEvery is the least time between two complaints of one kind.
const noteEvery = time.Minute

const (
	noteShortage = iota
	noteLag
)

// note logs a complaint about this node unless the same was logged lately.
func (s *Scheduler) note(kind int, msg string, args ...any) {
	now := s.now()
	if now-s.noted[kind] < noteEvery {
		return
	}
	s.noted[kind] = now
	s.log.Warn(msg, args...)
}
