//go:build linux

package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Node is one machine of a network: a network namespace. Files and processes it shares with all others.
type Node struct {
	Name string

	t         testing.TB
	namespace string
	file      *os.File        // of the namespace
	ports     map[string]port // by interface
}

// Do runs f in the namespace and fails the test if f fails. See Inside.
func (n *Node) Do(f func() error) {
	n.t.Helper()
	if err := n.Inside(f); err != nil {
		n.t.Fatalf("%s: %v", n.Name, err)
	}
}

// Inside runs f on a thread of its own in the namespace: sockets that f opens, and processes it starts, belong there.
// Goroutines that f starts do not. The thread ends with f, so no other goroutine ever finds itself in the namespace;
// for the same reason f must not start a process that is to die with its parent's thread.
func (n *Node) Inside(f func() error) error {
	done := make(chan error, 1)
	go func() {
		err := errors.New("the function ended without returning")
		defer func() { done <- err }()
		runtime.LockOSThread() // and never unlocked
		if e := unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNET); e != nil {
			err = fmt.Errorf("enter the namespace: %w", e)
			return
		}
		err = f()
	}()
	return <-done
}

// Cmd prepares a command that runs in the namespace, with the /sys that belongs to it; ip becomes the command, so signals
// reach it.
func (n *Node) Cmd(name string, args ...string) *exec.Cmd {
	return exec.Command("ip", append([]string{"netns", "exec", n.namespace, name}, args...)...)
}

// Run runs a command in the namespace and returns all it prints. The test fails if the command does.
func (n *Node) Run(name string, args ...string) string {
	n.t.Helper()
	out, err := n.Try(name, args...)
	if err != nil {
		n.t.Fatal(err)
	}
	return out
}

// Try is Run for commands that may fail.
func (n *Node) Try(name string, args ...string) (string, error) {
	out, err := n.Cmd(name, args...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s: %s %s: %w\n%s", n.Name, name, strings.Join(args, " "), err, out)
	}
	return string(out), err
}

// host runs a command outside of all namespaces.
func (n *Node) host(name string, args ...string) {
	n.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		n.t.Fatalf("%s: %s %s: %v\n%s", n.Name, name, strings.Join(args, " "), err, out)
	}
}

// ip runs several ip commands in one process, as starting processes is what takes time here.
func (n *Node) ip(commands ...string) {
	n.t.Helper()
	cmd := exec.Command("ip", "-n", n.namespace, "-batch", "-")
	cmd.Stdin = strings.NewReader(strings.Join(commands, "\n") + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		n.t.Fatalf("%s: ip %s: %v\n%s", n.Name, strings.Join(commands, "; ip "), err, out)
	}
}

// Crash kills every process of the machine at once, as if it lost its power; its addresses and its IPVS table stay.
// A real keepalived needs this for a crash: when only its first process is killed, the others notice and say goodbye.
func (n *Node) Crash() {
	n.t.Helper()
	Eventually(n.t, 10*time.Second, n.Name+" has no processes", n.killAll)
}

// close ends every process of the namespace, also those that left their parents, and removes it.
func (n *Node) close() {
	if n.file != nil {
		n.Crash()
		n.file.Close()
	}
	if out, err := exec.Command("ip", "netns", "del", n.namespace).CombinedOutput(); err != nil {
		n.t.Errorf("%s: remove the namespace: %v\n%s", n.Name, err, out)
	}
}

// killAll kills what it finds in the namespace, and is content when it finds nothing. All are frozen first: a child that
// outlived its parent for a moment would use it to say goodbye, and that is no crash.
func (n *Node) killAll() error {
	var own unix.Stat_t
	if err := unix.Fstat(int(n.file.Fd()), &own); err != nil {
		return err
	}
	links, err := filepath.Glob("/proc/[0-9]*/ns/net")
	if err != nil {
		return err
	}
	var alive []int
	for _, link := range links {
		var st unix.Stat_t
		if unix.Stat(link, &st) != nil || st.Ino != own.Ino || st.Dev != own.Dev {
			continue // others, and those that are gone
		}
		var pid int
		if _, err := fmt.Sscanf(link, "/proc/%d/", &pid); err == nil && pid != os.Getpid() {
			alive = append(alive, pid)
			_ = syscall.Kill(pid, syscall.SIGSTOP)
		}
	}
	for _, pid := range alive {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	if len(alive) > 0 {
		return fmt.Errorf("%d left", len(alive))
	}
	return nil
}
