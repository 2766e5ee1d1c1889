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
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
)

// order is one line on the pipe; a later one replaces it.
type order struct {
	// Wait is how long the daemon may be gone before the guard acts: the
	// shortest master-down time of its instances, when peers take over.
	Wait      time.Duration   `json:"wait"`
	Addresses []state.Address `json:"addresses,omitempty"`
	Routes    []state.Route   `json:"routes,omitempty"`
	Rules     []state.Rule    `json:"rules,omitempty"`
	// Farewell says that the daemon stops in order: nothing is to be done.
	Farewell bool `json:"farewell,omitempty"`
}

// Guard is the daemon's end of the pipe.
type Guard struct {
	mu   sync.Mutex
	pipe io.WriteCloser
	cmd  *exec.Cmd
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
	return &Guard{pipe: w, cmd: cmd}, nil
}

// Watch tells the guard what a crash would leave behind. It replaces what it
// was told before.
func (g *Guard) Watch(wait time.Duration, addresses []state.Address, routes []state.Route, rules []state.Rule) error {
	return g.send(order{Wait: wait, Addresses: addresses, Routes: routes, Rules: rules})
}

// Farewell ends the guard in order: the daemon has cleaned up itself.
func (g *Guard) Farewell() error {
	err := g.send(order{Farewell: true})
	g.mu.Lock()
	defer g.mu.Unlock()
	return errors.Join(err, g.pipe.Close(), g.cmd.Wait())
}

func (g *Guard) send(o order) error {
	b, err := json.Marshal(o)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	_, err = g.pipe.Write(append(b, '\n'))
	return err
}

// Remover is what the guard needs of the kernel.
type Remover interface {
	Apply(state.Change) error
}

// Serve is the guard process: it reads orders until the pipe ends, and then
// removes what the last one names. successor tells whether another daemon has
// taken over in the meantime; it then cleans up better than the guard can.
func Serve(pipe io.Reader, links Remover, successor func() bool, log *slog.Logger) error {
	var last order
	lines := bufio.NewScanner(pipe)
	lines.Buffer(make([]byte, 0, 64<<10), 16<<20)
	for lines.Scan() {
		var o order
		// A line that was cut off by the crash leaves the one before in force.
		if json.Unmarshal(lines.Bytes(), &o) == nil {
			last = o
		}
	}
	if last.Farewell || len(last.Addresses)+len(last.Routes)+len(last.Rules) == 0 {
		return nil
	}
	time.Sleep(last.Wait)
	if successor() {
		log.Info("guard: another daemon has taken over")
		return nil
	}
	log.Warn("guard: the daemon is gone; removing what VRRP owns", "addresses", len(last.Addresses), "routes", len(last.Routes), "rules", len(last.Rules))
	var errs []error
	for _, r := range last.Rules {
		errs = append(errs, links.Apply(state.Change{Verb: state.Remove, Old: r}))
	}
	for _, r := range last.Routes {
		errs = append(errs, links.Apply(state.Change{Verb: state.Remove, Old: r}))
	}
	kept := map[string]bool{}
	for _, a := range last.Addresses {
		if a.Prefix.Addr().Is4() && !kept[a.Link] {
			// Others in the same subnet must not go along.
			kept[a.Link] = true
			errs = append(errs, links.Apply(state.Change{Verb: state.Add, New: plan.PromoteSecondaries(a.Link)}))
		}
		errs = append(errs, links.Apply(state.Change{Verb: state.Remove, Old: a}))
	}
	return errors.Join(errs...)
}
