package track

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/schema"
)

const (
	// settleTime is how long it has to be quiet after an event before files are
	// read, for whoever writes one first empties it; settleMost bounds that
	// where it is never quiet.
	settleTime = 20 * time.Millisecond
	settleMost = 200 * time.Millisecond
	// lookEvery is how often all files are read without an event: network file
	// systems send none, and a folder may come later than its file is tracked.
	lookEvery = 5 * time.Second
	// fileRead bounds what is read of a file.
	fileRead = 256
)

// Files watches the files that instances use for the numbers in them.
type Files struct {
	*board
	// observe forbids to write initial values.
	observe bool

	mu      sync.Mutex
	files   map[string]schema.TrackFile
	started bool // Set was called before
	// initial are files to be written before they are read first.
	initial []schema.TrackFile
	changed chan struct{}
}

// NewFiles makes the tracker of files. With observe set it writes none.
func NewFiles(log *slog.Logger, report func(Object), observe bool) *Files {
	return &Files{board: newBoard(File, log, report), observe: observe, changed: make(chan struct{}, 1)}
}

func (f *Files) String() string { return "track files" }

// Set replaces the files. Initial values are written for those that are new;
// over what is there, when the daemon starts and not later (keepalived vrrp
// fact 10.2).
func (f *Files) Set(cfg *schema.Config) {
	f.mu.Lock()
	defer f.mu.Unlock()
	uses, before := Used(cfg, File), f.files
	f.files = map[string]schema.TrackFile{}
	for _, t := range cfg.Files {
		if !uses[t.Name] {
			f.log.Info("track file is not watched: no instance uses it", "file", t.Name)
			continue
		}
		f.files[t.Name] = *t
		if old, had := before[t.Name]; !had || old.File != t.File {
			f.drop(t.Name)
			own := *t
			own.Overwrite = t.Overwrite && !f.started
			f.initial = append(f.initial, own)
		}
	}
	for name := range before {
		if _, ok := f.files[name]; !ok {
			f.drop(name)
		}
	}
	f.started = true
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

// Run runs until ctx ends.
func (f *Files) Run(ctx context.Context) error {
	var events chan fsnotify.Event
	var failures chan error
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		f.log.Warn("no events about files: they are looked at every few seconds", "error", err)
	} else {
		defer watcher.Close()
		events, failures = watcher.Events, watcher.Errors
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	var settled <-chan time.Time
	var latest time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-events:
			// Which file it was does not matter: it may be a link on the way.
			if settled == nil {
				latest = time.Now().Add(settleMost)
			}
			settled = time.After(min(settleTime, time.Until(latest)))
			continue
		case err := <-failures:
			f.log.Warn("events about files were lost", "error", err)
		case <-settled:
			settled = nil
		case <-f.changed:
		case <-look.C:
		}
		f.look(watcher)
	}
}

// look reads every file, and sees to it that their folders are watched. Nobody
// waits for it: a file may hang.
func (f *Files) look(watcher *fsnotify.Watcher) {
	f.mu.Lock()
	files, initial := maps.Clone(f.files), f.initial
	f.initial = nil
	f.mu.Unlock()
	for _, t := range initial {
		f.initialize(&t)
	}
	if watcher != nil {
		watch(watcher, files)
	}
	for name, t := range files {
		v := read(t.File)
		f.mu.Lock()
		if now, ok := f.files[name]; ok && now.File == t.File {
			f.set(name, v)
		}
		f.mu.Unlock()
	}
}

// watch watches the folders of the files, and of what they are links to, and
// no others. One that does not exist yet is tried again at the next look.
func watch(watcher *fsnotify.Watcher, files map[string]schema.TrackFile) {
	folders := map[string]bool{}
	for _, t := range files {
		folders[filepath.Dir(t.File)] = true
		if target, err := filepath.EvalSymlinks(t.File); err == nil {
			folders[filepath.Dir(target)] = true
		}
	}
	for _, folder := range watcher.WatchList() {
		if !folders[folder] {
			_ = watcher.Remove(folder)
		}
	}
	for folder := range folders {
		_ = watcher.Add(folder)
	}
}

// initialize writes a file's initial value, if it has one.
func (f *Files) initialize(t *schema.TrackFile) {
	if t.InitValue == nil || f.observe {
		return
	}
	mode := os.O_WRONLY | os.O_CREATE | unix.O_NOFOLLOW
	if t.Overwrite {
		mode |= os.O_TRUNC
	} else {
		mode |= os.O_EXCL
	}
	file, err := os.OpenFile(t.File, mode, 0o644)
	if errors.Is(err, os.ErrExist) {
		return
	}
	if err == nil {
		_, err = fmt.Fprintln(file, *t.InitValue)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		f.log.Error("the initial value of a track file could not be written", "file", t.Name, "error", err)
	}
}

// read tells what a file says. One that cannot be read says 0 (keepalived vrrp
// fact 8.4).
func read(path string) Verdict {
	v := Verdict{State: Good}
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err == nil {
		defer file.Close()
		var text []byte
		if text, err = io.ReadAll(io.LimitReader(file, fileRead)); err == nil {
			v.Number, err = number(text)
		}
	}
	if err != nil {
		v.Reason = err.Error()
	}
	return v
}
