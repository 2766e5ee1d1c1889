// Package guard removes what VRRP owns on this node when the daemon is gone
// without having said so, so that a crash cannot leave two masters.
//
// It is the one exception to "one writer": a process of its own that waits on
// a pipe. The daemon tells it what to remove and how long to wait; the end of
// the pipe without a farewell is the crash.
package guard

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/internal/memory"
)

// Holding is what an instance holds on this node. A later word about an
// instance replaces the earlier one; without rows there is nothing of it.
type Holding struct {
	Instance string `json:"instance"`
	// Wait is how long the daemon may be gone before the guard acts: the
	// master-down time of the instance, when a peer takes over. The shortest
	// of all counts.
	Wait      time.Duration   `json:"wait"`
	Addresses []state.Address `json:"addresses,omitempty"`
	Routes    []state.Route   `json:"routes,omitempty"`
	Rules     []state.Rule    `json:"rules,omitempty"`
	Filters   []state.Filter  `json:"filters,omitempty"`
}

func (h *Holding) isEmpty() bool { return len(h.Addresses)+len(h.Routes)+len(h.Rules) == 0 }

// order is one line on the pipe.
type order struct {
	Holding
	// Farewell says that the daemon stops in order: nothing is to be done.
	Farewell bool `json:"farewell,omitempty"`
}

// patience is how long the guard may take to read an order. The daemon waits for
// it, and with it every failover.
const patience = time.Second

// parting is how long it may take to end; it may just have been started, on a
// busy machine.
const parting = 10 * time.Second

// Guard is the daemon's end of the pipe.
type Guard struct {
	mu   sync.Mutex
	pipe *os.File
	cmd  *exec.Cmd
	told map[string]bool // the instances that hold something
}

// Start runs the guard process: this binary with the arguments given.
func Start(args ...string) (*Guard, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd := exec.Command(self, args...)
	cmd.Stdin, cmd.Stderr = r, os.Stderr
	// A process group of its own: what kills the daemon's must not kill it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		w.Close()
		return nil, fmt.Errorf("guard: %w", err)
	}
	return &Guard{pipe: w, cmd: cmd, told: map[string]bool{}}, nil
}

// Watch tells the guard what a crash would leave behind of one instance.
func (g *Guard) Watch(h Holding) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if h.isEmpty() && !g.told[h.Instance] {
		return nil
	}
	g.told[h.Instance] = !h.isEmpty()
	return g.send(order{Holding: h})
}

// WatchAll tells the guard everything: instances that are not in the list hold
// nothing any more.
func (g *Guard) WatchAll(list []Holding) error {
	g.mu.Lock()
	gone := maps.Clone(g.told)
	g.mu.Unlock()
	for _, h := range list {
		delete(gone, h.Instance)
		if err := g.Watch(h); err != nil {
			return err
		}
	}
	for name := range gone {
		if err := g.Watch(Holding{Instance: name}); err != nil {
			return err
		}
	}
	return nil
}

// Farewell ends the guard in order: the daemon has cleaned up itself.
func (g *Guard) Farewell() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	err := g.send(order{Farewell: true})
	defer time.AfterFunc(parting, func() { _ = g.cmd.Process.Kill() }).Stop()
	return errors.Join(err, g.pipe.Close(), g.cmd.Wait())
}

func (g *Guard) send(o order) error {
	b, err := json.Marshal(o)
	if err != nil {
		return err
	}
	if err := g.pipe.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err = g.pipe.Write(append(b, '\n'))
	return err
}

// Abandon lets go of a guard that does not answer. While this daemon lives it
// does nothing when the pipe ends.
func (g *Guard) Abandon() {
	_ = g.pipe.Close()
	go func() { _ = g.cmd.Wait() }()
}

// Remover is what the guard needs of the kernel.
type Remover interface {
	Apply(state.Change) error
}

// Serve is the guard process: it reads orders until the pipe ends, and then
// removes what they name. successor tells whether another daemon has taken
// over in the meantime; it then cleans up better than the guard can.
func Serve(pipe io.Reader, links Remover, successor func() bool, log *slog.Logger) error {
	held, farewell := listen(pipe)
	if farewell || len(held) == 0 {
		return nil
	}
	wait := held[0].Wait
	for _, h := range held {
		wait = min(wait, h.Wait)
	}
	time.Sleep(wait)
	if successor() {
		log.Info("guard: another daemon has taken over")
		return nil
	}
	log.Warn("guard: the daemon is gone; removing what VRRP owns", "instances", len(held))
	var errs []error
	for _, h := range held {
		for _, r := range h.Rules {
			errs = append(errs, links.Apply(state.Change{Verb: state.Remove, Old: r}))
		}
		for _, r := range h.Routes {
			errs = append(errs, links.Apply(state.Change{Verb: state.Remove, Old: r}))
		}
	}
	kept := map[string]bool{}
	for _, h := range held {
		for _, a := range h.Addresses {
			if a.Prefix.Addr().Is4() && !kept[a.Link] {
				// Others in the same subnet must not go along.
				kept[a.Link] = true
				errs = append(errs, links.Apply(state.Change{Verb: state.Add, New: plan.PromoteSecondaries(a.Link)}))
			}
			errs = append(errs, links.Apply(state.Change{Verb: state.Remove, Old: a}))
		}
	}
	// Another instance may hold the address that a filter is about: they go last.
	for _, h := range held {
		for _, f := range h.Filters {
			errs = append(errs, links.Apply(state.Change{Verb: state.Remove, Old: f}))
		}
	}
	return errors.Join(errs...)
}

// listen reads until the pipe ends: what is held then, by name of instance.
func listen(pipe io.Reader) (held []Holding, farewell bool) {
	all := map[string]Holding{}
	debug.SetGCPercent(20) // it does nothing for weeks: better small than fast
	idle := time.AfterFunc(10*time.Second, memory.GiveBack)
	defer idle.Stop()
	lines := bufio.NewScanner(pipe)
	lines.Buffer(make([]byte, 0, 4<<10), 16<<20)
	for lines.Scan() {
		idle.Reset(10 * time.Second)
		var o order
		// A line that was cut off by the crash leaves the one before in force.
		if json.Unmarshal(lines.Bytes(), &o) != nil {
			continue
		}
		farewell = o.Farewell
		if o.isEmpty() {
			delete(all, o.Instance)
		} else {
			all[o.Instance] = o.Holding
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		held = append(held, all[name])
	}
	return held, farewell
}
