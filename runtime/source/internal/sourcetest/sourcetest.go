// Package sourcetest runs a source in a test and waits for its events. Only
// tests import it.
package sourcetest

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/source"
)

// Deadline is how long a test waits for what must happen.
const Deadline = 10 * time.Second

// Runner is a running source.
type Runner struct {
	tb  testing.TB
	Src source.Source
	C   chan source.Event
}

// Run starts src and stops it at the test's end, where it must return nil.
func Run(tb testing.TB, src source.Source) *Runner {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &Runner{tb, src, make(chan source.Event)}
	done := make(chan error, 1)
	go func() { done <- src.Run(ctx, r.C) }()
	tb.Cleanup(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				tb.Errorf("run ended with %v", err)
			}
		case <-time.After(Deadline):
			buf := make([]byte, 1<<20)
			tb.Errorf("run did not end with its context\n%s", buf[:runtime.Stack(buf, true)])
		}
	})
	return r
}

// Next waits for the next event.
func (r *Runner) Next() source.Event {
	r.tb.Helper()
	select {
	case ev := <-r.C:
		return ev
	case <-time.After(Deadline):
		r.tb.Fatal("no event")
		return source.Event{}
	}
}

// Rev waits for the next event, which must be a revision.
func (r *Runner) Rev() source.Revision {
	r.tb.Helper()
	ev := r.Next()
	if ev.Err != nil {
		r.tb.Fatalf("error instead of a revision: %v", ev.Err)
	}
	return *ev.Revision
}

// Err waits for the next event, which must be an error.
func (r *Runner) Err() error {
	r.tb.Helper()
	ev := r.Next()
	if ev.Err == nil {
		r.tb.Fatalf("revision %s instead of an error", ev.Revision.ID)
	}
	return ev.Err
}

// Until waits for a revision in which the file reads want; others before it
// are intermediate states and are let pass.
func (r *Runner) Until(name, want string) source.Revision {
	r.tb.Helper()
	end := time.After(Deadline)
	last := ""
	for {
		select {
		case ev := <-r.C:
			if ev.Err != nil {
				last = ev.Err.Error()
				continue
			}
			b, err := fs.ReadFile(ev.Revision.Tree, name)
			if err == nil && string(b) == want {
				return *ev.Revision
			}
			last = string(b)
		case <-end:
			r.tb.Fatalf("%s never read %q, last %q", name, want, last)
		}
	}
}

// Write writes a file and the folders above it.
func Write(tb testing.TB, name, text string) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
}

// Read reads a file of a revision.
func Read(tb testing.TB, rev source.Revision, name string) string {
	tb.Helper()
	b, err := fs.ReadFile(rev.Tree, name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

// Must fails the test on an error.
func Must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
