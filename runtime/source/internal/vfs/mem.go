package vfs

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// Mem is a tree in memory. It is complete before it is used, so it needs no lock.
type Mem struct {
	files map[string][]byte
	dirs  map[string][]fs.DirEntry
	when  time.Time
}

// NewMem makes a tree of these files; folders follow from the names. Names
// that are not valid for io/fs are left out. when is every entry's time.
func NewMem(files map[string][]byte, when time.Time) *Mem {
	m := &Mem{files: make(map[string][]byte, len(files)), dirs: map[string][]fs.DirEntry{".": nil}, when: when}
	for name, data := range files {
		if !fs.ValidPath(name) || name == "." {
			continue
		}
		m.files[name] = data
		m.AddDir(path.Dir(name))
		m.link(name, Info{path.Base(name), int64(len(data)), 0o444, when})
	}
	for _, list := range m.dirs {
		slices.SortFunc(list, byName)
	}
	return m
}

// AddDir makes a folder and those above it, unless a file is there.
func (m *Mem) AddDir(name string) {
	if !fs.ValidPath(name) {
		return
	}
	_, isFile := m.files[name]
	if _, ok := m.dirs[name]; ok || isFile {
		return
	}
	up := path.Dir(name)
	m.AddDir(up)
	m.dirs[name] = nil
	m.link(name, Info{path.Base(name), 0, fs.ModeDir | 0o555, m.when})
	slices.SortFunc(m.dirs[up], byName)
}

func (m *Mem) link(name string, info Info) {
	d := path.Dir(name)
	m.dirs[d] = append(m.dirs[d], fs.FileInfoToDirEntry(info))
}

func byName(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) }

// ReadFiles returns all files; the contents are shared.
func (m *Mem) ReadFiles() map[string][]byte { return m.files }

// Open implements fs.FS.
func (m *Mem) Open(name string) (fs.File, error) {
	info, err := m.stat("open", name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return NewDir(name, info, m.dirs[name]), nil
	}
	return NewFile(name, info, m.files[name]), nil
}

// Stat implements fs.StatFS.
func (m *Mem) Stat(name string) (fs.FileInfo, error) { return m.stat("stat", name) }

// ReadFile implements fs.ReadFileFS.
func (m *Mem) ReadFile(name string) ([]byte, error) {
	data, err := m.ReadShared(name)
	return slices.Clone(data), err
}

// ReadShared is ReadFile without the copy: the bytes must not be changed.
func (m *Mem) ReadShared(name string) ([]byte, error) {
	info, err := m.stat("open", name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, PathError("read", name, ErrIsDir)
	}
	return m.files[name], nil
}

// ReadDir implements fs.ReadDirFS.
func (m *Mem) ReadDir(name string) ([]fs.DirEntry, error) {
	info, err := m.stat("readdir", name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, PathError("readdir", name, ErrNotDir)
	}
	return slices.Clone(m.dirs[name]), nil
}

func (m *Mem) stat(op, name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, PathError(op, name, fs.ErrInvalid)
	}
	if data, ok := m.files[name]; ok {
		return Info{path.Base(name), int64(len(data)), 0o444, m.when}, nil
	}
	if _, ok := m.dirs[name]; ok {
		return Info{path.Base(name), 0, fs.ModeDir | 0o555, m.when}, nil
	}
	return nil, PathError(op, name, fs.ErrNotExist)
}
