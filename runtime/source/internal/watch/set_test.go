package watch

import (
	"context"
	"log/slog"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	. "github.com/lbgit/lbgit/runtime/source/internal/sourcetest"
)

func newSet(t *testing.T) *Set {
	s := New(slog.New(slog.DiscardHandler))
	t.Cleanup(s.Close)
	return s
}

// wait looks for a wake-up that is due to an event, not to the slow timer.
func wait(t *testing.T, s *Set) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Deadline)
	defer cancel()
	return s.Wait(ctx, nil, time.Hour, time.Millisecond, time.Second)
}

func TestTrail(t *testing.T) {
	d := t.TempDir()
	Write(t, d+"/v1/x/a", "")
	Must(t, os.Symlink("v1", d+"/data"))
	Must(t, os.Symlink(d+"/data/x", d+"/abs"))
	Must(t, os.Symlink("ring", d+"/ring"))
	s := newSet(t)
	s.Begin()
	real, err := s.Trail(d + "/abs/../x/./a")
	if err != nil || real != d+"/v1/x/a" {
		t.Errorf("%s, %v", real, err)
	}
	for _, name := range []string{"/abs", "/data", "/v1", "/v1/x", "/v1/x/a"} {
		if !s.names[d+name] {
			t.Errorf("%s does not matter", name)
		}
	}
	if _, err := s.Trail(d + "/ring"); err == nil {
		t.Error("a ring resolved")
	}
	if at, err := s.Trail(d + "/none/b"); err == nil || at != d+"/none" {
		t.Errorf("%s, %v", at, err)
	}
	s.End()
	if s.Limited() {
		t.Error("limited")
	}
	Must(t, os.Rename(d+"/data", d+"/data2"))
	if !wait(t, s) {
		t.Error("no event for a link on the way")
	}
}

func TestWaitIgnoresOthers(t *testing.T) {
	d := t.TempDir()
	s := newSet(t)
	s.Begin()
	s.Name(d, "mine")
	s.End()
	Write(t, d+"/other", "")
	nudge := make(chan struct{}, 1)
	nudge <- struct{}{}
	s.Wait(t.Context(), nudge, time.Hour, time.Millisecond, time.Second)
	Write(t, d+"/mine", "")
	if !wait(t, s) {
		t.Error("no event")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s.Wait(ctx, nil, time.Hour, time.Hour, time.Hour) {
		t.Error("true after the end of the context")
	}
}

func TestDirectoryReplaced(t *testing.T) {
	d := t.TempDir()
	s := newSet(t)
	for i := range 5 {
		Must(t, os.RemoveAll(d+"/x"))
		Must(t, os.Mkdir(d+"/x", 0o755))
		for range 3 { // the removal's events may need another look
			s.Begin()
			_, _ = s.Trail(d + "/x")
			s.Dir(d + "/x")
			s.End()
			s.Wait(t.Context(), nil, 20*time.Millisecond, time.Millisecond, time.Millisecond)
		}
		Write(t, d+"/x/"+strconv.Itoa(i), "")
		if !wait(t, s) {
			t.Fatal("no event in the new directory")
		}
	}
}

func TestOverflowMeansLook(t *testing.T) {
	s := newSet(t)
	s.Begin()
	s.End()
	go func() { s.w.Errors <- fsnotify.ErrEventOverflow }()
	if !wait(t, s) {
		t.Error("no look after lost events")
	}
}

func TestNilSet(t *testing.T) {
	var s *Set
	s.Begin()
	s.Dir("/")
	if real, err := s.Trail("/"); real != "/" || err != nil {
		t.Errorf("%s, %v", real, err)
	}
	s.End()
	s.Close()
}
