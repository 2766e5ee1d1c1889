package git

import (
	"io/fs"
	"path"
	"slices"

	"github.com/go-git/go-git/v5/plumbing/filemode"

	"github.com/lbgit/lbgit/runtime/source/internal/vfs"
)

// find resolves a path with the lock held.
func (t *tree) find(op, name string) (node, error) {
	if !fs.ValidPath(name) {
		return node{}, vfs.PathError(op, name, fs.ErrInvalid)
	}
	n, err := t.resolve(name)
	if err != nil {
		return node{}, vfs.PathError(op, name, err)
	}
	return n, nil
}

// info describes a node under the name that it was asked for by.
func (t *tree) info(name string, n node) (fs.FileInfo, error) {
	fi := vfs.Info{Base: path.Base(name), Bits: bits(n.mode), Time: t.when}
	if n.dir() {
		return fi, nil
	}
	var err error
	fi.Len, err = t.size(n.hash)
	return fi, err
}

func bits(m filemode.FileMode) fs.FileMode {
	switch m {
	case filemode.Dir, filemode.Submodule:
		return fs.ModeDir | 0o555
	case filemode.Executable:
		return 0o555
	case filemode.Symlink:
		return fs.ModeSymlink | 0o777
	}
	return 0o444
}

// Open implements fs.FS.
func (t *tree) Open(name string) (fs.File, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, err := t.find("open", name)
	if err != nil {
		return nil, err
	}
	fi, err := t.info(name, n)
	if err != nil {
		return nil, vfs.PathError("open", name, err)
	}
	if n.dir() {
		list, err := t.list(name, n)
		if err != nil {
			return nil, vfs.PathError("open", name, err)
		}
		return vfs.NewDir(name, fi, list), nil
	}
	data, err := t.take(name, n)
	if err != nil {
		return nil, vfs.PathError("open", name, err)
	}
	return vfs.NewFile(name, fi, data), nil
}

// take reads a file for a consumer.
func (t *tree) take(name string, n node) ([]byte, error) {
	data, err := t.blob(name, n.hash)
	if err == nil {
		t.read[name] = n.hash
	}
	return data, err
}

// ReadFile implements fs.ReadFileFS.
func (t *tree) ReadFile(name string) ([]byte, error) {
	data, err := t.ReadShared(name)
	return slices.Clone(data), err
}

// ReadShared is ReadFile without the copy: the bytes must not be changed.
func (t *tree) ReadShared(name string) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, err := t.find("open", name)
	if err != nil {
		return nil, err
	}
	if n.dir() {
		return nil, vfs.PathError("read", name, vfs.ErrIsDir)
	}
	data, err := t.take(name, n)
	if err != nil {
		return nil, vfs.PathError("open", name, err)
	}
	return data, nil
}

// Stat implements fs.StatFS. It follows symbolic links.
func (t *tree) Stat(name string) (fs.FileInfo, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, err := t.find("stat", name)
	if err != nil {
		return nil, err
	}
	fi, err := t.info(name, n)
	if err != nil {
		return nil, vfs.PathError("stat", name, err)
	}
	return fi, nil
}

// ReadDir implements fs.ReadDirFS. Symbolic links show as what they lead to;
// a link to a folder that is on the way to the listed one is left out.
func (t *tree) ReadDir(name string) ([]fs.DirEntry, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, err := t.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !n.dir() {
		return nil, vfs.PathError("readdir", name, vfs.ErrNotDir)
	}
	list, err := t.list(name, n)
	if err != nil {
		return nil, vfs.PathError("readdir", name, err)
	}
	return list, nil
}

func (t *tree) list(name string, n node) ([]fs.DirEntry, error) {
	if n.mode == filemode.Submodule {
		_, err := t.resolve(path.Join(name, "x")) // has the reason
		return nil, err
	}
	kids, err := t.children(n.hash)
	if err != nil {
		return nil, err
	}
	list := make([]fs.DirEntry, 0, len(kids))
	for _, base := range sortedNames(kids) {
		full, mode := path.Join(name, base), kids[base].Mode
		if mode == filemode.Symlink {
			if to, err := t.resolve(full); err == nil {
				if to.dir() && t.onTheWay(name, to.full) {
					continue
				}
				mode = to.mode
			}
		}
		list = append(list, entry{t, full, bits(mode).Type()})
	}
	return list, nil
}

// onTheWay reports whether a folder is the listed one or above it, by any of
// the links that led there.
func (t *tree) onTheWay(name, full string) bool {
	for p := name; ; p = path.Dir(p) {
		if n, err := t.resolve(p); err == nil && n.full == full {
			return true
		}
		if p == "." {
			return false
		}
	}
}

// entry is a directory entry; its size is looked up when asked for.
type entry struct {
	t    *tree
	full string
	typ  fs.FileMode
}

func (e entry) Name() string               { return path.Base(e.full) }
func (e entry) IsDir() bool                { return e.typ.IsDir() }
func (e entry) Type() fs.FileMode          { return e.typ }
func (e entry) Info() (fs.FileInfo, error) { return e.t.Stat(e.full) }
func (e entry) String() string             { return fs.FormatDirEntry(e) }

var (
	_ fs.ReadDirFS  = (*tree)(nil)
	_ fs.ReadFileFS = (*tree)(nil)
	_ fs.StatFS     = (*tree)(nil)
)
