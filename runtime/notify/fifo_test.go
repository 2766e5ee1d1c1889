package notify

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/schema"
)

// pipes runs a set of FIFOs until the test ends.
func pipes(t *testing.T, log *slog.Logger) (*fifos, context.CancelFunc) {
	t.Helper()
	f := &fifos{log: log}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { f.run(ctx) })
	end := func() { cancel(); wg.Wait() }
	t.Cleanup(end)
	return f, end
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

func config(list ...schema.FIFO) *schema.Config {
	c := &schema.Config{}
	for i := range list {
		c.Settings.FIFOs = append(c.Settings.FIFOs, &list[i])
	}
	return c
}

// TestFIFOLosesNothing writes more than the pipe holds while nobody reads
// (fact 14.4, not copied), changes the configuration meanwhile, and reads late.
func TestFIFOLosesNothing(t *testing.T) {
	defer unix.Umask(unix.Umask(0o077))
	path := filepath.Join(t.TempDir(), "f")
	f, end := pipes(t, slog.New(slog.DiscardHandler))
	f.set(config(schema.FIFO{Path: path}))
	eventually(t, "the FIFO is there", func() bool { _, err := os.Stat(path); return err == nil })
	info, err := os.Stat(path)
	if err != nil || info.Mode() != os.ModeNamedPipe|0o644 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	const lines = 6000
	for i := range lines {
		f.put(fmt.Sprintf("INSTANCE \"a\" MASTER %d\n", i))
		if i == lines/2 {
			f.set(config(schema.FIFO{Path: path, Events: schema.VRRPEvents}))
		}
	}
	if waiting, _ := f.waiting(); waiting[path] == 0 {
		t.Error("the pipe holds everything: the test shows nothing")
	}
	r, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	scan := bufio.NewScanner(r)
	for i := range lines {
		if !scan.Scan() {
			t.Fatalf("end after %d lines: %v", i, scan.Err())
		}
		if want := fmt.Sprintf("INSTANCE \"a\" MASTER %d", i); scan.Text() != want {
			t.Fatalf("line %d: %q", i, scan.Text())
		}
	}
	end()
	if _, err := os.Stat(path); err == nil {
		t.Error("a FIFO that was made stays after the end")
	}
}

// TestFIFOLost: beyond the bound the newest are lost, and that is said.
func TestFIFOLost(t *testing.T) {
	var log strings.Builder
	f := newFIFO(schema.FIFO{Path: "/f"}, &schema.Settings{}, slog.New(slog.NewTextHandler(&log, nil)))
	for i := range maxLines + 3 {
		f.put(fmt.Sprint(i))
	}
	if len(f.lines) != maxLines || f.lines[0] != "0" || f.total != 3 {
		t.Errorf("%d lines, %d lost", len(f.lines), f.total)
	}
	f.written()
	if !strings.Contains(log.String(), "LOST 3 lines") || len(f.lines) != maxLines-1 || f.lost != 0 {
		t.Error(log.String())
	}
}

// TestFIFOScript: the reader is started with the path, started again when it
// ends, and ended at the stop.
func TestFIFOScript(t *testing.T) {
	dir := t.TempDir()
	path, out := filepath.Join(dir, "f"), filepath.Join(dir, "out")
	f, end := pipes(t, slog.New(slog.DiscardHandler))
	f.set(config(schema.FIFO{Path: path, Script: schema.Command{Command: `/bin/sh -c 'echo start $$ >> ` + out + `; read line < "$1"; echo "$line" >> ` + out + `' sh`}}))
	f.put("one\n")
	read := func() string { b, _ := os.ReadFile(out); return string(b) }
	eventually(t, "one line is read", func() bool { return strings.Contains(read(), "\none\n") })
	f.put("two\n")
	eventually(t, "another reader is started", func() bool { return strings.Contains(read(), "\ntwo\n") })
	eventually(t, "a third waits", func() bool { return strings.Count(read(), "start") == 3 })
	pid := 0
	text := read()
	if _, err := fmt.Sscanf(text[strings.LastIndex(text, "start"):], "start %d", &pid); err != nil {
		t.Fatal(err)
	}
	end()
	if err := unix.Kill(pid, 0); err == nil {
		t.Errorf("reader %d lives on:\n%s", pid, text)
	}
}

// TestFIFOIsNone: a file in its place is left alone.
func TestFIFOIsNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := openFIFO(&schema.FIFO{Path: path}); err == nil {
		t.Error("a file was taken for a FIFO")
	}
	if b, err := os.ReadFile(path); string(b) != "mine" {
		t.Error(err)
	}
}
