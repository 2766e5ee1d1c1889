package dir

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// entry is a directory entry with symbolic links already followed: a link to a
// file shows as the file. A link that leads nowhere shows as a link.
type entry struct {
	snap *snapshot
	full string // path in the snapshot
	typ  fs.FileMode
}

func (e entry) Name() string               { return path.Base(e.full) }
func (e entry) IsDir() bool                { return e.typ.IsDir() }
func (e entry) Type() fs.FileMode          { return e.typ }
func (e entry) Info() (fs.FileInfo, error) { return e.snap.Stat(e.full) }
func (e entry) String() string             { return fs.FormatDirEntry(e) }

// ReadDir implements fs.ReadDirFS. A link to a directory that is on the way to
// the listed one is left out: walking into it would never end.
func (s *snapshot) ReadDir(name string) ([]fs.DirEntry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.info("readdir", name); err != nil {
		return nil, err
	}
	list, err := s.list("readdir", name)
	return slices.Clone(list), err
}

func (s *snapshot) list(op, name string) ([]fs.DirEntry, error) {
	if list, ok := s.lists[name]; ok {
		return list, nil
	}
	raw, err := os.ReadDir(s.abs(name))
	if err != nil {
		return nil, s.fail(op, name, err)
	}
	var above []fs.FileInfo // filled when the first link is met
	list := make([]fs.DirEntry, 0, len(raw))
	for _, d := range raw {
		e := entry{s, path.Join(name, d.Name()), d.Type()}
		if d.Type()&fs.ModeSymlink != 0 {
			if fi, err := os.Stat(s.abs(e.full)); err == nil {
				if above == nil {
					above = s.above(name)
				}
				if fi.IsDir() && among(above, fi) {
					continue
				}
				e.typ = fi.Mode().Type()
			}
		}
		list = append(list, e)
	}
	s.lists[name] = list
	return list, nil
}

// above stats a directory and all those on the path to it.
func (s *snapshot) above(name string) []fs.FileInfo {
	var out []fs.FileInfo
	for p := name; ; p = path.Dir(p) {
		if fi, err := os.Stat(s.abs(p)); err == nil {
			out = append(out, fi)
		}
		if p == "." {
			return out
		}
	}
}

// among reports whether fi is one of these directories.
func among(dirs []fs.FileInfo, fi fs.FileInfo) bool {
	return slices.ContainsFunc(dirs, func(d fs.FileInfo) bool { return os.SameFile(d, fi) })
}

// put stores what the scan read itself.
func (s *snapshot) put(name string, c *content) { s.files[name], s.own[name] = c, true }

// putList stores a listing of the scan.
func (s *snapshot) putList(name string, list []fs.DirEntry) {
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	s.lists[name], s.own[name] = list, true
}

var (
	_ fs.ReadDirFS  = (*snapshot)(nil)
	_ fs.ReadFileFS = (*snapshot)(nil)
	_ fs.StatFS     = (*snapshot)(nil)
)
