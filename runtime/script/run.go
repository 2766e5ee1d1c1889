package script

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// MaxOutput is how many bytes of a script's output are kept; the rest is read and thrown away.
	MaxOutput = 4 << 10
	// KillAfter is how long a script may live on after SIGTERM (T14).
	KillAfter = 2 * time.Second
	// pipeDelay is how long the output is waited for after the script itself has ended: a child that it left behind may
	// hold the pipe for ever.
	pipeDelay = 200 * time.Millisecond
)

// Spec is one run of a script. Exactly one of Command, Shell and Open is set.
type Spec struct {
	// Command is a program and its arguments; a name without a slash is searched in PATH.
	Command []string
	// Shell is a line for /bin/sh.
	Shell string
	// Open is a file: it is a success that it can be opened for reading (vrrp 9.9). No process is started.
	Open string
	// Timeout ends the script; 0 means no limit but the context.
	Timeout time.Duration
	// User and Group are names or numbers to run as; empty means the daemon's own, and a user alone brings its primary group.
	User, Group string
	// Groups brings the user's supplementary groups along, which otherwise stay away (vrrp 15.6).
	Groups bool
	// Env is added to the daemon's environment, as NAME=VALUE.
	Env []string
	// Quiet sends the output to /dev/null instead of keeping it. Notify scripts want this: one that leaves a
	// service running would otherwise leave it writing into a closed pipe.
	Quiet bool
}

// Result is how a run ended. It is a success when OK says so.
type Result struct {
	// Exit is the exit code, or -1 if there is none: not started, or ended by a signal.
	Exit int
	// Signal is the signal that ended the script, 0 for none.
	Signal unix.Signal
	// TimedOut says that Timeout (or the context) ended it.
	TimedOut bool
	// Err says why the script could not be run.
	Err error
	// Output is the first MaxOutput bytes of standard output and standard error together.
	Output string
	// Took is how long it ran.
	Took time.Duration
}

// OK says whether the script ran and exited with 0.
func (r Result) OK() bool { return r.Err == nil && !r.TimedOut && r.Exit == 0 }

// Reason says in a few words how the run ended.
func (r Result) Reason() string {
	switch {
	case r.Err != nil:
		return "cannot be run: " + r.Err.Error()
	case r.TimedOut:
		return "timed out"
	case r.Signal != 0:
		return "ended by " + unix.SignalName(r.Signal)
	}
	return fmt.Sprintf("exited with status %d", r.Exit)
}

// Run runs a script and waits for its end. When ctx ends it is treated as at its timeout. Run returns at most about
// KillAfter past the timeout, unless the kernel cannot end the process.
func Run(ctx context.Context, spec Spec) Result {
	// The kernel sends the death signal when the thread that forked ends, not the process. Holding the thread until the script
	// is over keeps a script from dying with some unrelated thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	start := time.Now()
	if spec.Open != "" {
		r := open(ctx, spec)
		r.Took = time.Since(start)
		return r
	}
	out := &capped{}
	cmd, err := launch(spec, out)
	if err != nil {
		return Result{Exit: -1, Err: err, Took: time.Since(start)}
	}
	timedOut := guard(ctx, cmd.Process.Pid, spec.Timeout)
	err = cmd.Wait()

	r := Result{Exit: -1, TimedOut: timedOut, Output: out.String(), Took: time.Since(start)}
	if cmd.ProcessState == nil {
		r.Err = err
		return r
	}
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		r.Signal = status.Signal()
	} else {
		r.Exit = cmd.ProcessState.ExitCode()
	}
	// A shell says 126 and 127 for what it cannot execute. They are failures like any other exit code; the reason is
	// clearer this way (C39).
	if spec.Shell != "" && (r.Exit == 126 || r.Exit == 127) {
		r.Err = fmt.Errorf("shell exit status %d", r.Exit)
	}
	return r
}

// launch starts the process of a spec.
func launch(spec Spec, out io.Writer) (*exec.Cmd, error) {
	argv := spec.Command
	if spec.Shell != "" {
		if len(argv) > 0 {
			return nil, errors.New("both a command and a shell line")
		}
		argv = []string{"/bin/sh", "-c", spec.Shell}
	}
	if len(argv) == 0 {
		return nil, ErrEmpty
	}
	attr, err := attributes(spec)
	if err != nil {
		return nil, err
	}
	start := func(argv []string) (*exec.Cmd, error) {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.SysProcAttr = attr
		cmd.Env = environment(spec.Env)
		cmd.WaitDelay = pipeDelay
		if !spec.Quiet {
			cmd.Stdout, cmd.Stderr = out, out
		}
		return cmd, cmd.Start()
	}
	cmd, err := start(argv)
	if errors.Is(err, unix.ENOEXEC) {
		// A text file without a first line that names its interpreter: the shell reads it, as in keepalived (vrrp 15.5).
		return start(append([]string{"/bin/sh", cmd.Path}, argv[1:]...))
	}
	return cmd, err
}

// guard waits for the end of a process without reaping it, so that its process group cannot be reused while signals are
// sent. It says whether it had to end the process.
func guard(ctx context.Context, pid int, timeout time.Duration) (ended bool) {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
		}
	}()
	var limit <-chan time.Time
	if timeout > 0 {
		t := time.NewTimer(timeout)
		defer t.Stop()
		limit = t.C
	}
	select {
	case <-gone:
		return false
	case <-limit:
	case <-ctx.Done():
	}
	_ = unix.Kill(-pid, unix.SIGTERM)
	t := time.NewTimer(KillAfter)
	defer t.Stop()
	select {
	case <-gone:
	case <-t.C:
	}
	// Also after a polite end: what the script started must not outlive it (vrrp 9.6).
	_ = unix.Kill(-pid, unix.SIGKILL)
	<-gone
	return true
}

// capped keeps the first MaxOutput bytes. It is safe for concurrent use, because a process that outlives its script may still be
// writing when the output is read.
type capped struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write keeps what fits and reports all of p as written, so that the script does not block.
func (c *capped) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buf.Write(p[:min(len(p), MaxOutput-c.buf.Len())])
	return len(p), nil
}

// String returns what was kept.
func (c *capped) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.buf.String()
}
