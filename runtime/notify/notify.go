package notify

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/lbgit/lbgit/runtime/script"
	"github.com/lbgit/lbgit/schema"
)

const (
	// stopWait is how long the stop waits for scripts, once for what is still
	// under way and once for the notices of STOP (fact 14.7).
	stopWait = time.Second
	// mailWait is how long it then waits for mail.
	mailWait = 3 * time.Second
)

// Notifier tells. It is a task; what is told before Run waits for it.
type Notifier struct {
	log     *slog.Logger
	scripts *scripts
	fifos   *fifos
	mail    *mailer

	mu    sync.Mutex
	rules *rules
	told  map[Object]told
	seq   uint64
}

// told is what was last said of an object.
type told struct {
	state, mailed State
	priority      uint8
}

// New makes a notifier; nothing runs yet.
func New(log *slog.Logger) *Notifier {
	return &Notifier{
		log: log, scripts: newScripts(log, script.Run), fifos: &fifos{log: log}, mail: newMailer(log),
		rules: rulesOf(&schema.Config{}), told: map[Object]told{},
	}
}

// String names the task.
func (n *Notifier) String() string { return "notifications" }

// Run works until ctx ends. Scripts that still run are ended then.
func (n *Notifier) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { n.scripts.run(ctx) })
	wg.Go(func() { n.fifos.run(ctx) })
	mail := make(chan struct{})
	go func() {
		defer close(mail)
		n.mail.run(ctx)
	}()
	wg.Wait()
	// A mail server that hangs must not keep the daemon from its end.
	waited(context.WithoutCancel(ctx), mail, stopWait)
	return nil
}

// Set puts a configuration in force. Instances that it does not have any more
// are told of by the rules of the one before. renamed gives the new names of
// instances that go on under another; nobody hears of that (fact 16.5).
func (n *Notifier) Set(cfg *schema.Config, renamed map[string]string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	next := rulesOf(cfg)
	was := maps.Clone(n.told) // two may have changed names
	for old := range renamed {
		delete(n.told, Object{Instance, old})
	}
	for old, name := range renamed {
		n.told[Object{Instance, name}] = was[Object{Instance, old}]
	}
	for _, o := range n.rules.objects {
		t, known := n.told[o]
		if next.notify[o] != nil || !known {
			continue
		}
		// keepalived has no notice of a group that is gone: only who asks gets one.
		if own := n.rules.notify[o]; o.Kind == Instance || own.TellDeleted || own.Deleted.IsSet() {
			n.tell(Event{Object: o, State: Deleted, Priority: t.priority, Cause: "removed from configuration", At: time.Now()})
		}
		delete(n.told, o)
	}
	n.rules = next
	n.fifos.set(cfg)
	if cfg.Settings.StatesOnReload {
		for _, o := range next.objects {
			if t := n.told[o]; t.state != "" {
				e := Event{Object: o, State: t.state, Priority: t.priority}
				n.fifos.put(e.Line())
			}
		}
	}
}

// Tell passes an event on to whoever wants to know. A state that was told
// already is not told again (fact 14.9). It never waits.
func (n *Notifier) Tell(e Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.tell(e)
	if e.Kind != Instance || e.State.isRemark() {
		return
	}
	for _, g := range n.rules.groups[e.Name] {
		var members []State
		for _, m := range g.Instances {
			members = append(members, n.told[Object{Instance, m}].state)
		}
		if s := groupState(members); s != "" {
			n.tell(Event{Object: Object{Group, g.Name}, State: s, Cause: e.Cause, At: e.At})
		}
	}
}

func (n *Notifier) tell(e Event) {
	t := n.told[e.Object]
	if !e.State.isRemark() && t.state == e.State {
		return
	}
	if e.State == TwoMasters {
		e.Priority = t.priority // who met the other one tells of that one's
	}
	e.Previous = t.state
	order, ok := n.rules.order(&e)
	if !e.State.isRemark() {
		t.state = e.State
	}
	t.priority = e.Priority
	n.told[e.Object] = t
	if !ok {
		return
	}
	e.State = order.word
	n.seq++
	e.Seq = n.seq
	settings := &n.rules.cfg.Settings
	n.scripts.put(e.Object, jobsOf(&e, &order, settings))
	if order.fifo {
		n.fifos.put(e.Line())
	}
	if order.mail && t.mailed != e.State {
		n.mail.put(letter{
			to: settings.Mail, subject: e.subject(n.routerID()), body: e.body(), at: e.At,
		})
		if !e.State.isRemark() {
			t.mailed = e.State
			n.told[e.Object] = t
		}
	}
}

// routerID names the node in mails.
func (n *Notifier) routerID() string {
	if id := n.rules.cfg.Settings.RouterID; id != "" {
		return id
	}
	return n.rules.cfg.Node
}

// Stop tells STOP of every object in the order of the configuration, groups
// last (fact 14.7), and waits for all of it for a few seconds at most. What is
// still running when STOP is due is ended: its news are old by then.
func (n *Notifier) Stop(ctx context.Context) {
	n.scripts.settle(ctx, stopWait)
	n.mu.Lock()
	for _, o := range n.rules.objects {
		n.tell(Event{Object: o, State: Stop, Priority: n.told[o].priority, Cause: "the daemon stops", At: time.Now()})
	}
	n.mu.Unlock()
	var wg sync.WaitGroup
	wg.Go(func() { n.scripts.settle(ctx, stopWait) })
	wg.Go(func() { n.fifos.settle(ctx, stopWait) })
	wg.Go(func() { n.mail.settle(ctx, mailWait) })
	wg.Wait()
}

// Status is what is under way, for people and metrics.
type Status struct {
	// Told is the number of events so far.
	Told uint64
	// Scripts counts scripts that run or wait; Mails what waits to be sent.
	Scripts, Mails int
	// Lines counts what waits for the reader of a FIFO, by path.
	Lines map[string]int
	// Lost counts lines and mails that were given up.
	LostLines, LostMails uint64
}

// Status may be called from any goroutine.
func (n *Notifier) Status() Status {
	n.mu.Lock()
	s := Status{Told: n.seq}
	n.mu.Unlock()
	s.Scripts = n.scripts.waiting()
	s.Mails, s.LostMails = n.mail.waiting()
	s.Lines, s.LostLines = n.fifos.waiting()
	return s
}
