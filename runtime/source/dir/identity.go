package dir

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/lbgit/lbgit/runtime/source"
)

// item is one thing that a source's identity rests on.
type item struct {
	name  string // inside the source, or absolute for extras
	state string // "file", "list", "absent", "unreadable"
	sum   [sha256.Size]byte
}

// identity hashes items in the order of their names.
func identity(groups ...[]item) string {
	items := slices.Concat(groups...)
	slices.SortFunc(items, func(a, b item) int { return strings.Compare(a.name, b.name) })
	h := sha256.New()
	for _, it := range items {
		// No name holds a NUL, so no two lists of items read the same.
		h.Write([]byte(it.name + "\x00" + it.state + "\x00"))
		h.Write(it.sum[:])
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// extra finds the present state of a path that a load read outside the source.
// It never fails: that a path is absent or too large is a state, too.
func (sc *scanner) extra(path string, l *look) item {
	fi, err := os.Stat(path)
	switch {
	case err != nil && absent(err):
		return item{name: path, state: "absent"}
	case err != nil:
		return item{name: path, state: "unreadable"}
	case fi.IsDir():
		raw, err := os.ReadDir(path)
		if err != nil {
			return item{name: path, state: "unreadable"}
		}
		sc.set.Dir(realpath(sc, path))
		return listItem(path, raw)
	}
	c, err := sc.get(path, l)
	if err != nil {
		return item{name: path, state: "unreadable"}
	}
	return item{path, "file", c.sum}
}

func realpath(sc *scanner, path string) string {
	real, _ := sc.set.Trail(path)
	return real
}

// listItem is the state of a directory outside the source: its names. What
// the files hold counts only where a load has read them.
func listItem(path string, list []fs.DirEntry) item {
	h := sha256.New()
	for _, d := range list {
		if !source.Skip(d.Name()) {
			h.Write([]byte(d.Name() + "\x00"))
		}
	}
	return item{path, "list", [sha256.Size]byte(h.Sum(nil))}
}

// remembered is the state of a path as a snapshot showed it, so that a change
// between a load and the following Watch is not lost.
func (s *snapshot) remembered(path string) (item, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := s.name(path)
	if c := s.files[name]; c != nil {
		return item{path, "file", c.sum}, true
	}
	if list, ok := s.lists[name]; ok {
		return listItem(path, list), true
	}
	if s.missing[name] {
		return item{name: path, state: "absent"}, true
	}
	return item{}, false
}
