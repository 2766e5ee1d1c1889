package script

import (
	"context"
	"errors"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// opening bounds how many threads may hang in an open, as on a network file system whose server is gone.
var opening = make(chan struct{}, 32)

// open tells whether the script's user can open a file for reading.
func open(ctx context.Context, spec Spec) Result {
	who, err := identity(spec)
	if err != nil {
		return Result{Exit: -1, Err: err}
	}
	select {
	case opening <- struct{}{}:
	default:
		return Result{Exit: -1, Err: errors.New("too many files hang that are being opened")}
	}
	done := make(chan error, 1)
	go func() {
		defer func() { <-opening }()
		done <- openAs(who, spec.Open)
	}()
	if spec.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, spec.Timeout)
		defer cancel()
	}
	select {
	case err := <-done:
		if err != nil {
			return Result{Exit: -1, Err: err}
		}
		return Result{}
	case <-ctx.Done():
		return Result{Exit: -1, TimedOut: true}
	}
}

// openAs opens a file as somebody, and closes it. Another identity is put on a thread of its own, which ends with the goroutine, as
// it stays locked to it. A pipe is not waited for.
func openAs(who account, path string) error {
	if !who.own() {
		runtime.LockOSThread()
		if err := become(who); err != nil {
			return err
		}
	}
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	return unix.Close(fd)
}

// become gives the calling thread, and it alone, somebody's rights on files.
func become(who account) error {
	groups := []int{int(who.gid)}
	for _, g := range who.groups {
		groups = append(groups, int(g))
	}
	if err := unix.Setgroups(groups); err != nil { // of the thread, unlike syscall's
		return os.NewSyscallError("setgroups", err)
	}
	if err := unix.Setfsgid(int(who.gid)); err != nil {
		return os.NewSyscallError("setfsgid", err)
	}
	return os.NewSyscallError("setfsuid", unix.Setfsuid(int(who.uid)))
}
