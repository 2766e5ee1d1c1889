package watch

import (
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"syscall"

	"github.com/fsnotify/fsnotify"
)

// Set is the set of watched directories. Its owner describes the whole set
// anew with every look (Begin, Dir, Name and Trail, End), which adds new
// watches and drops old ones. A nil *Set watches nothing: all methods of the
// description are allowed on it. It belongs to one goroutine.
type Set struct {
	log     *slog.Logger
	w       *fsnotify.Watcher // nil when the kernel gave none
	known   map[string]inode  // directories with a watch
	seen    map[string]bool   // directories of the current description
	whole   map[string]bool   // directories of which every entry matters
	names   map[string]bool   // paths that matter
	limited bool
	shaky   bool // a watch is about to be lost: look again soon
	warned  bool
}

// inode tells whether a directory is still the one that was watched.
type inode struct{ dev, ino uint64 }

// New makes an empty set. It never fails: without inotify the set is limited.
func New(log *slog.Logger) *Set {
	s := &Set{log: log, known: map[string]inode{}}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		s.limit(err)
		return s
	}
	s.w = w
	return s
}

// Close ends all watches.
func (s *Set) Close() {
	if s != nil && s.w != nil {
		s.w.Close()
	}
}

// Limited reports that not everything is watched and the owner must poll.
func (s *Set) Limited() bool { return s.limited || s.w == nil }

// Begin starts a new description of the set.
func (s *Set) Begin() {
	if s == nil {
		return
	}
	s.seen, s.whole, s.names = map[string]bool{}, map[string]bool{}, map[string]bool{}
	s.limited = false
	if s.w == nil {
		return
	}
	s.forget()
}

// forget drops from known what the kernel has dropped: the watch of a
// directory that was removed or moved. It reports whether there was any.
func (s *Set) forget() bool {
	alive := map[string]bool{}
	for _, dir := range s.w.WatchList() {
		alive[dir] = true
	}
	n := len(s.known)
	maps.DeleteFunc(s.known, func(dir string, _ inode) bool { return !alive[dir] })
	return len(s.known) < n
}

// Dir makes every entry of a directory matter. The path must be free of
// symbolic links, because two watches of one directory would be one. Call it
// before listing the directory, then nothing is missed in between.
func (s *Set) Dir(real string) {
	if s == nil {
		return
	}
	s.whole[real] = true
	s.add(real)
}

// Name makes one entry of a directory matter, present or not.
func (s *Set) Name(real, name string) {
	if s == nil {
		return
	}
	s.names[filepath.Join(real, name)] = true
	s.add(real)
}

func (s *Set) add(dir string) {
	if s.seen[dir] || s.w == nil {
		return
	}
	s.seen[dir] = true
	var st syscall.Stat_t
	if syscall.Stat(dir, &st) != nil {
		return // not there: the watch of its parent tells when it comes
	}
	id := inode{st.Dev, st.Ino}
	old, ok := s.known[dir]
	if ok && old == id {
		return
	}
	if ok {
		_ = s.w.Remove(dir) // another directory under an old name
	}
	err := s.w.Add(dir)
	switch {
	case err == nil:
		s.known[dir] = id
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EMFILE):
		s.limit(err)
	default:
		// No permission, or gone again: the timed look covers it.
		s.log.Debug("directory is not watched", "dir", dir, "err", err)
	}
}

// End drops the watches that the new description does not have.
func (s *Set) End() {
	if s == nil || s.w == nil {
		return
	}
	for dir := range s.known {
		if !s.seen[dir] {
			_ = s.w.Remove(dir)
			delete(s.known, dir)
		}
	}
	// A directory moved within the set still has its watch under the old name
	// when it is added under the new one, and loses it a moment later.
	s.shaky = s.forget()
}

func (s *Set) limit(err error) {
	s.limited = true
	if !s.warned {
		s.warned = true
		s.log.Warn("inotify limit reached, polling instead; raise fs.inotify.max_user_watches and max_user_instances",
			"err", err)
	}
}

// matters reports whether the owner has to look because of this event.
func (s *Set) matters(name string) bool {
	return s.whole[name] || s.names[name] || s.whole[filepath.Dir(name)]
}

// readlink is os.Readlink with an error for an empty target.
func readlink(p string) (string, error) {
	t, err := os.Readlink(p)
	if err == nil && t == "" {
		err = &os.PathError{Op: "readlink", Path: p, Err: syscall.ENOENT}
	}
	return t, err
}
