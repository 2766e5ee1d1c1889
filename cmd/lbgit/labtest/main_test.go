package labtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/control"
	"github.com/lbgit/lbgit/runtime/lab"
)

func TestMain(m *testing.M) { lab.Main(m) }

// long is the deadline of what may take a few seconds by its nature; soon, of
// what should take about one. Both are generous: the machine may be busy.
const (
	long = 30 * time.Second
	soon = 5 * time.Second
)

var errNot = errors.New("not yet")

// daemon is `lbgit run` on a machine, with folders of its own, as files are
// shared by all machines of the lab.
type daemon struct {
	*lab.Proc
	t      *testing.T
	node   *lab.Node
	source string
	dir    string // state folder and socket
	flags  []string
	under  []string // a command that runs it, such as nice
}

// place prepares a daemon on a machine without starting it.
func place(t *testing.T, n *lab.Node, source string, flags ...string) *daemon {
	t.Helper()
	return &daemon{t: t, node: n, source: source, dir: t.TempDir(), flags: flags}
}

// run starts a daemon whose configuration is the text: HCL in a file of its
// own, which push replaces.
func run(t *testing.T, n *lab.Node, text string, flags ...string) *daemon {
	t.Helper()
	d := place(t, n, filepath.Join(t.TempDir(), "lb.hcl"), flags...)
	d.push(text)
	d.start()
	d.inForce()
	return d
}

// start runs the daemon, again if it has ended before.
func (d *daemon) start() {
	d.t.Helper()
	args := slices.Concat(d.under, []string{lab.Binary(d.t), "run", d.source}, d.common(), d.flags)
	d.Proc = d.node.Daemon(args[0], args[1:]...)
}

func (d *daemon) socket() string { return filepath.Join(d.dir, "sock") }

func (d *daemon) common() []string {
	return []string{"--node", d.node.Name, "--state-dir", filepath.Join(d.dir, "state"), "--socket", d.socket()}
}

// push replaces the configuration in one step, as editors and git do.
func (d *daemon) push(text string) { d.t.Helper(); replace(d.t, d.source, text) }

// replace writes a file by renaming another over it.
func replace(t *testing.T, path, text string) {
	t.Helper()
	tmp := filepath.Join(filepath.Dir(path), ".new")
	if err := os.WriteFile(tmp, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(tmp, path); err != nil {
		t.Fatal(err)
	}
}

// lbgit runs a verb on the daemon's machine, with its folders, and gives its
// exit code with all that it printed.
func (d *daemon) lbgit(verb string, args ...string) (int, string) {
	d.t.Helper()
	folders := d.common()
	switch verb {
	case "status", "resume", "failover", "demote", "promote":
		folders = folders[4:] // these have no source
	}
	cmd := d.node.Cmd(lab.Binary(d.t), append(append([]string{verb}, args...), folders...)...)
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		d.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// expect runs a verb that must end with the code, and gives what it printed.
func (d *daemon) expect(code int, verb string, args ...string) string {
	d.t.Helper()
	got, out := d.lbgit(verb, args...)
	if got != code {
		d.t.Fatalf("lbgit %s %s ended with %d, not %d:\n%s", verb, strings.Join(args, " "), got, code, out)
	}
	return out
}

// status asks the daemon itself: tests look often, and processes are slow to
// start here.
func (d *daemon) status() (control.Status, error) {
	c, err := control.Dial(d.socket())
	if err != nil {
		return control.Status{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	return c.Status(ctx)
}

// now is status of a daemon that must answer.
func (d *daemon) now() control.Status {
	d.t.Helper()
	s, err := d.status()
	if err != nil {
		d.t.Fatalf("%s: %v\n%s", d.node.Name, err, d.Output())
	}
	return s
}

// inForce waits until a configuration is in force.
func (d *daemon) inForce() {
	d.t.Helper()
	lab.Eventually(d.t, long, d.node.Name+" has a configuration in force", func() error {
		if d.Exited() {
			d.t.Fatalf("%s: the daemon ended:\n%s", d.node.Name, d.Output())
		}
		s, err := d.status()
		if err == nil && s.Revision == "" {
			err = fmt.Errorf("none yet: %s", s.SourceError)
		}
		return err
	})
}

// says waits until the log has a line with all the words, at or after a mark
// that logged gave.
func (d *daemon) says(mark int, words ...string) string {
	d.t.Helper()
	var found string
	lab.Eventually(d.t, long, fmt.Sprintf("%s logs %q", d.node.Name, words), func() error {
		for line := range strings.Lines(d.Output()[mark:]) {
			if contains(line, words) {
				found = line
				return nil
			}
		}
		return fmt.Errorf("it says:\n%s", d.Output()[mark:])
	})
	return found
}

func contains(line string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(line, w) {
			return false
		}
	}
	return true
}

// logged is a mark in the log, for says.
func (d *daemon) logged() int { return len(d.Output()) }

// stop ends the daemon in order.
func (d *daemon) stop() {
	d.t.Helper()
	d.Signal(15)
	if err := d.Wait(); err != nil {
		d.t.Fatalf("%s: the daemon ended with %v:\n%s", d.node.Name, err, d.Output())
	}
}

// table waits until ipvsadm -Sn shows these lines and no others, and tells how
// long that took.
func table(t *testing.T, n *lab.Node, deadline time.Duration, lines ...string) time.Duration {
	t.Helper()
	want := sorted(lines)
	start := time.Now()
	lab.Eventually(t, deadline, n.Name+"'s IPVS table is as wanted", func() error {
		if got := lab.IPVS(n); got != want {
			return fmt.Errorf("want:\n%s\ngot:\n%s", want, got)
		}
		return nil
	})
	return time.Since(start).Round(time.Millisecond)
}

// address waits until a machine holds an address on eth0, or does not.
func address(t *testing.T, n *lab.Node, addr string, held bool) time.Duration {
	t.Helper()
	start := time.Now()
	lab.Eventually(t, long, fmt.Sprintf("%s holds %s: %v", n.Name, addr, held), func() error {
		if lab.Holds(n, "eth0", addr) != held {
			return fmt.Errorf("it has %v", lab.Addresses(n, "eth0"))
		}
		return nil
	})
	return time.Since(start).Round(time.Millisecond)
}
