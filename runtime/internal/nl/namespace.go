package nl

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

const threadNamespace = "/proc/thread-self/ns/net"

// Namespace is a network namespace, held open.
type Namespace struct {
	file *os.File
	id   unix.Stat_t
}

// Here is the network namespace of the calling thread.
func Here() (*Namespace, error) {
	f, err := os.Open(threadNamespace)
	if err != nil {
		return nil, fmt.Errorf("network namespace: %w", err)
	}
	n := &Namespace{file: f}
	if err := unix.Fstat(int(f.Fd()), &n.id); err != nil {
		f.Close()
		return nil, fmt.Errorf("network namespace: %w", err)
	}
	return n, nil
}

// Close lets go of the namespace.
func (n *Namespace) Close() error { return n.file.Close() }

// Run calls fn on a thread that is in the namespace. Where the caller's thread
// is in it already, as in a daemon that knows only one, that is a direct call.
// Otherwise it takes a thread of its own, which needs CAP_SYS_ADMIN.
func (n *Namespace) Run(fn func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var now unix.Stat_t
	if err := unix.Stat(threadNamespace, &now); err != nil {
		return fmt.Errorf("network namespace: %w", err)
	}
	if now.Ino == n.id.Ino && now.Dev == n.id.Dev {
		return fn()
	}
	result := make(chan error, 1)
	go func() {
		// Never unlocked: the thread ends with the goroutine, so that none in
		// a strange namespace is ever given to others.
		runtime.LockOSThread()
		if err := unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNET); err != nil {
			result <- fmt.Errorf("enter network namespace: %w", err)
			return
		}
		result <- fn()
	}()
	return <-result
}
