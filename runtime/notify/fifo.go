package notify

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/script"
	"github.com/lbgit/lbgit/schema"
)

const (
	// maxLines bounds the lines that wait for a reader, beyond the 64 KiB that
	// the kernel keeps. When they are full, newer lines are lost, and counted.
	maxLines = 10_000
	// reopenAfter is when a FIFO that cannot be opened is tried again.
	reopenAfter = time.Second
)

// fifo is one named pipe with the lines that wait for it.
type fifo struct {
	path string
	log  *slog.Logger
	// changed has an element when there is another script to run.
	changed chan struct{}

	mu    sync.Mutex
	spec  schema.FIFO
	as    *schema.Settings // who runs scripts that do not say
	lines []string
	lost  uint64 // since the last line that was taken
	total uint64
	idle  chan struct{} // closed while no line waits
	wake  chan struct{} // has an element when there is a line
}

func newFIFO(spec schema.FIFO, as *schema.Settings, log *slog.Logger) *fifo {
	f := &fifo{path: spec.Path, spec: spec, as: as, log: log.With("fifo", spec.Path), changed: make(chan struct{}, 1), idle: make(chan struct{}), wake: make(chan struct{}, 1)}
	close(f.idle)
	return f
}

// settings gives what the source says of the FIFO now.
func (f *fifo) settings() (schema.FIFO, *schema.Settings) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.spec, f.as
}

// change takes other settings over. The pipe stays open, with what is in it;
// another owner counts when it is made the next time.
func (f *fifo) change(spec schema.FIFO, as *schema.Settings) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.spec.Script != spec.Script || f.as.ScriptUser != as.ScriptUser || f.as.ScriptGroup != as.ScriptGroup || f.as.ScriptGroups != as.ScriptGroups {
		select {
		case f.changed <- struct{}{}:
		default:
		}
	}
	f.spec, f.as = spec, as
}

// put queues a line.
func (f *fifo) put(line string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.lines) >= maxLines {
		if f.lost == 0 {
			f.log.Error("nobody reads: lines are lost from here on", "waiting", len(f.lines))
		}
		f.lost++
		f.total++
		return
	}
	if len(f.lines) == 0 {
		f.idle = make(chan struct{})
	}
	f.lines = append(f.lines, line)
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// next gives the oldest line; it stays in the queue until it is written.
func (f *fifo) next(ctx context.Context) (string, bool) {
	for {
		f.mu.Lock()
		if len(f.lines) > 0 {
			line := f.lines[0]
			f.mu.Unlock()
			return line, true
		}
		f.mu.Unlock()
		select {
		case <-f.wake:
		case <-ctx.Done():
			return "", false
		}
	}
}

// written takes the oldest line off the queue.
func (f *fifo) written() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lines = f.lines[1:]
	if f.lost > 0 {
		f.log.Error(fmt.Sprintf("LOST %d lines: the reader was away for too long", f.lost))
		f.lost = 0
	}
	if len(f.lines) == 0 {
		f.lines = nil
		close(f.idle)
	}
}

// run writes until ctx ends. The FIFO stays open all the time, so that a
// reader never sees an end of file; one that was made here is removed at the end.
func (f *fifo) run(ctx context.Context) {
	pipe, made, ok := f.open(ctx)
	if !ok {
		return
	}
	defer func() {
		pipe.Close()
		if made {
			_ = os.Remove(f.path)
		}
	}()
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { f.readers(ctx) })
	// A write waits while the pipe is full; the deadline ends that.
	defer context.AfterFunc(ctx, func() { _ = pipe.SetWriteDeadline(time.Unix(1, 0)) })()
	for {
		line, ok := f.next(ctx)
		if !ok {
			return
		}
		if _, err := pipe.WriteString(line); err != nil {
			if ctx.Err() != nil {
				return
			}
			f.log.Error("cannot write", "error", err)
		}
		f.written()
	}
}

// open makes the FIFO if need be and opens it for reading and writing, which
// needs no reader (fact 14.4). It tries until ctx ends.
func (f *fifo) open(ctx context.Context) (pipe *os.File, made, ok bool) {
	last := ""
	for {
		spec, _ := f.settings()
		pipe, made, err := openFIFO(&spec)
		if err == nil {
			return pipe, made, true
		}
		if err.Error() != last {
			f.log.Error("cannot open", "error", err)
			last = err.Error()
		}
		select {
		case <-time.After(reopenAfter):
		case <-ctx.Done():
			return nil, false, false
		}
	}
}

func openFIFO(spec *schema.FIFO) (pipe *os.File, made bool, err error) {
	switch err := unix.Mkfifo(spec.Path, 0o644); {
	case err == nil:
		if err := own(spec); err != nil {
			_ = os.Remove(spec.Path)
			return nil, false, err
		}
		made = true
	case !errors.Is(err, fs.ErrExist):
		return nil, false, err
	}
	pipe, err = os.OpenFile(spec.Path, os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, false, err
	}
	if info, err := pipe.Stat(); err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		pipe.Close()
		return nil, false, errors.Join(err, errors.New("it is there and is no FIFO"))
	}
	return pipe, made, nil
}

// own gives a FIFO that was just made the mode and the owner that it is to
// have, whatever the umask says.
func own(spec *schema.FIFO) error {
	uid, gid, err := script.Owner(spec.User, spec.Group)
	if err != nil {
		return err
	}
	if err := os.Chmod(spec.Path, 0o644); err != nil {
		return err
	}
	if spec.User == "" && spec.Group == "" {
		return nil
	}
	return os.Lchown(spec.Path, int(uid), int(gid))
}

// readers keeps the script running that the settings name.
func (f *fifo) readers(ctx context.Context) {
	for ctx.Err() == nil {
		own, stop := context.WithCancel(ctx)
		var wg sync.WaitGroup
		if spec, as := f.settings(); spec.Script.IsSet() {
			wg.Go(func() { f.reader(own, spec.Script, as) })
		}
		select {
		case <-f.changed:
		case <-ctx.Done():
		}
		stop()
		wg.Wait()
	}
}

// reader runs a script with the path as its last argument, and starts it again
// when it ends: after 1 s, then twice as long each time up to a minute, and
// from the beginning once it ran for a minute.
func (f *fifo) reader(ctx context.Context, c schema.Command, as *schema.Settings) {
	spec, err := Spec(c, as)
	if err != nil {
		f.log.Error("the script cannot be run", "script", c.Command, "error", err)
		return
	}
	spec.Command = append(spec.Command, f.path)
	wait := time.Second
	for {
		r := script.Run(ctx, spec)
		if ctx.Err() != nil {
			return
		}
		if r.Took > time.Minute {
			wait = time.Second
		}
		f.log.Warn("the script has ended; it is started again", "script", c.Command, "reason", r.Reason(), "in", wait)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
		wait = min(2*wait, time.Minute)
	}
}
