//go:build linux

package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Proc is a long-running process on a machine. It is killed when the test ends, and its output shown if the test failed.
type Proc struct {
	node   *Node
	name   string
	cmd    *exec.Cmd
	output string        // a file, so that waiting for the process does not wait for children that hold a pipe
	gone   chan struct{} // closed after err is set
	err    error
	conf   string // keepalived only
}

// Daemon starts a process on the machine.
func (n *Node) Daemon(name string, args ...string) *Proc {
	n.t.Helper()
	return n.start(n.Cmd(name, args...), filepath.Base(name))
}

func (n *Node) start(cmd *exec.Cmd, name string) *Proc {
	n.t.Helper()
	out, err := os.Create(filepath.Join(n.t.TempDir(), "output"))
	if err != nil {
		n.t.Fatal(err)
	}
	defer out.Close()
	p := &Proc{node: n, name: name, cmd: cmd, output: out.Name(), gone: make(chan struct{})}
	if cmd.Stdout == nil {
		cmd.Stdout = out
	}
	cmd.Stderr = out
	if err := cmd.Start(); err != nil {
		n.t.Fatalf("%s: start %s: %v", n.Name, name, err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.gone)
	}()
	n.t.Cleanup(func() {
		// All of the namespace, as children may write to the test's folders, which are removed next.
		n.Crash()
		<-p.gone
		if n.t.Failed() {
			n.t.Logf("%s: output of %s:\n%s", n.Name, name, p.Output())
		}
	})
	return p
}

// Pid is the number of the process.
func (p *Proc) Pid() int { return p.cmd.Process.Pid }

// Signal sends a signal; it is an error that the process is gone.
func (p *Proc) Signal(sig syscall.Signal) {
	p.node.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		p.node.t.Fatalf("%s: signal %v to %s: %v", p.node.Name, sig, p.name, err)
	}
}

// Kill9 is a crash: the process gets no chance to tidy up. Its children live on unless they
// notice; Node.Crash kills them, too.
func (p *Proc) Kill9() {
	p.node.t.Helper()
	p.Signal(syscall.SIGKILL)
	<-p.gone
}

// Wait waits for the end of the process and returns how it ended: nil, or an *exec.ExitError.
func (p *Proc) Wait() error {
	p.node.t.Helper()
	Eventually(p.node.t, 30*time.Second, p.node.Name+": "+p.name+" ends", func() error {
		if p.Exited() {
			return nil
		}
		return errors.New("still running")
	})
	return p.err
}

// Exited reports whether the process has ended.
func (p *Proc) Exited() bool {
	select {
	case <-p.gone:
		return true
	default:
		return false
	}
}

// Output returns what the process has printed until now, errors included.
func (p *Proc) Output() string {
	text, err := os.ReadFile(p.output)
	if err != nil {
		return fmt.Sprintf("(lost: %v)", err)
	}
	return string(text)
}
