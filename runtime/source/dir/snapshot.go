package dir

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/lbgit/lbgit/runtime/source/internal/vfs"
)

// snapshot is a file system over a part of the disk that keeps what it has
// once shown: contents, listings, sizes and absences. Paths in it have no
// leading slash.
type snapshot struct {
	root string // "/" except in tests

	mu      sync.Mutex
	files   map[string]*content
	lists   map[string][]fs.DirEntry
	infos   map[string]fs.FileInfo
	missing map[string]bool
	read    map[string]bool // files that a consumer has opened
	own     map[string]bool // what the scan itself put here
}

func newSnapshot(root string) *snapshot {
	return &snapshot{
		root: root, files: map[string]*content{}, lists: map[string][]fs.DirEntry{},
		infos: map[string]fs.FileInfo{}, missing: map[string]bool{}, read: map[string]bool{}, own: map[string]bool{},
	}
}

// name turns an absolute path into one of the snapshot's.
func (s *snapshot) name(abs string) string {
	rel := strings.TrimPrefix(strings.TrimPrefix(filepath.Clean(abs), s.root), "/")
	if rel == "" {
		return "."
	}
	return rel
}

func (s *snapshot) abs(name string) string { return filepath.Join(s.root, filepath.FromSlash(name)) }

// fail notes an absence, which lasts as long as the snapshot, too.
func (s *snapshot) fail(op, name string, err error) error {
	if absent(err) {
		s.missing[name] = true
		err = fs.ErrNotExist
	}
	return vfs.PathError(op, name, err)
}

// absent reports whether a look-up failed because there is nothing.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// info is Stat with the lock held.
func (s *snapshot) info(op, name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, vfs.PathError(op, name, fs.ErrInvalid)
	}
	if c := s.files[name]; c != nil {
		return c.info, nil
	}
	if fi := s.infos[name]; fi != nil {
		return fi, nil
	}
	if s.missing[name] {
		return nil, vfs.PathError(op, name, fs.ErrNotExist)
	}
	st, err := os.Stat(s.abs(name))
	if err != nil {
		return nil, s.fail(op, name, err)
	}
	base := path.Base(name) // os.Stat would name the root by its place on disk
	fi := vfs.Info{Base: base, Len: st.Size(), Bits: st.Mode(), Time: st.ModTime()}
	s.infos[name] = fi
	return fi, nil
}

// load returns a file's content with the lock held, from the disk the first time.
func (s *snapshot) load(op, name string) (*content, error) {
	if c := s.files[name]; c != nil {
		s.read[name] = true
		return c, nil
	}
	if s.missing[name] {
		return nil, vfs.PathError(op, name, fs.ErrNotExist)
	}
	c, err := read(s.abs(name))
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			return nil, s.fail(op, name, err)
		}
		return nil, err // *source.TooLargeError names the path itself
	}
	delete(s.infos, name)
	s.files[name], s.read[name] = c, true
	return c, nil
}

// Open implements fs.FS.
func (s *snapshot) Open(name string) (fs.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fi, err := s.info("open", name)
	if err != nil {
		return nil, err
	}
	if fi.IsDir() {
		list, err := s.list("open", name)
		if err != nil {
			return nil, err
		}
		return vfs.NewDir(name, fi, list), nil
	}
	c, err := s.load("open", name)
	if err != nil {
		return nil, err
	}
	return vfs.NewFile(name, c.info, c.data), nil
}

// ReadFile implements fs.ReadFileFS.
func (s *snapshot) ReadFile(name string) ([]byte, error) {
	data, err := s.ReadShared(name)
	return slices.Clone(data), err
}

// ReadShared is ReadFile without the copy: the bytes must not be changed.
func (s *snapshot) ReadShared(name string) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, vfs.PathError("open", name, fs.ErrInvalid)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.load("open", name)
	if err != nil {
		return nil, err
	}
	return c.data, nil
}

// Stat implements fs.StatFS. It follows symbolic links.
func (s *snapshot) Stat(name string) (fs.FileInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.info("stat", name)
}

// ReadFiles returns what a consumer has read so far; the contents are shared.
func (s *snapshot) ReadFiles() map[string][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string][]byte, len(s.read))
	for name := range s.read {
		out[name] = s.files[name].data
	}
	return out
}

// touched lists, as absolute paths, what consumers asked for beyond what the
// scan had put here: files, listings and things that were not there.
func (s *snapshot) touched() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	add := func(name string) {
		if !s.own[name] {
			out = append(out, s.abs(name))
		}
	}
	for name := range s.files {
		add(name)
	}
	for name := range s.lists {
		add(name)
	}
	for name := range s.missing {
		add(name)
	}
	return out
}
