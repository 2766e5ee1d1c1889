package git

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage"

	"github.com/lbgit/lbgit/runtime/source"
)

// tree is a commit's tree as a file system. Objects are kept once read.
type tree struct {
	root plumbing.Hash
	when time.Time
	open opener

	mu    sync.Mutex
	store storage.Storer // nil until something has to be read
	trees map[plumbing.Hash]map[string]object.TreeEntry
	blobs map[plumbing.Hash][]byte
	sizes map[plumbing.Hash]int64
	read  map[string]plumbing.Hash // what a consumer has opened
}

func newTree(c *object.Commit, st storage.Storer, open opener) *tree {
	return &tree{
		root: c.TreeHash, when: c.Committer.When, open: open, store: st,
		trees: map[plumbing.Hash]map[string]object.TreeEntry{}, blobs: map[plumbing.Hash][]byte{},
		sizes: map[plumbing.Hash]int64{}, read: map[string]plumbing.Hash{},
	}
}

// release forgets the open store; a later read opens it again.
func (t *tree) release() { t.store = nil }

// with runs f on the store and, when an object was not found in a store that
// may be stale (a collection moved it to another pack), once more on a new one.
func (t *tree) with(f func(storage.Storer) error) error {
	fresh := t.store == nil
	for {
		if t.store == nil {
			st, err := t.open()
			if err != nil {
				return err
			}
			t.store = st
		}
		err := f(t.store)
		if err == nil || fresh || settled(err) {
			return err
		}
		t.store, fresh = nil, true
	}
}

// children lists a tree object.
func (t *tree) children(h plumbing.Hash) (map[string]object.TreeEntry, error) {
	if kids, ok := t.trees[h]; ok {
		return kids, nil
	}
	kids := map[string]object.TreeEntry{}
	err := t.with(func(st storage.Storer) error {
		o, err := object.GetTree(st, h)
		if err != nil {
			return err
		}
		for _, e := range o.Entries {
			// Names that no file system has ("", ".", "a/b") come from
			// hand-made trees only.
			if fs.ValidPath(e.Name) && e.Name != "." && !strings.Contains(e.Name, "/") {
				kids[e.Name] = e
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("tree %s: %w", h, err)
	}
	t.trees[h] = kids
	return kids, nil
}

// size is a blob's size in bytes, found without reading it.
func (t *tree) size(h plumbing.Hash) (n int64, err error) {
	if n, ok := t.sizes[h]; ok {
		return n, nil
	}
	err = t.with(func(st storage.Storer) error {
		n, err = st.EncodedObjectSize(h)
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			// The cheap way does not look into alternates.
			var b *object.Blob
			if b, err = object.GetBlob(st, h); err == nil {
				n = b.Size
			}
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("blob %s: %w", h, err)
	}
	t.sizes[h] = n
	return n, nil
}

// lfs begins every Git LFS pointer file.
const lfs = "version https://git-lfs.github.com/spec/"

// blob reads a file; name is for error texts.
func (t *tree) blob(name string, h plumbing.Hash) ([]byte, error) {
	if data, ok := t.blobs[h]; ok {
		return data, nil
	}
	n, err := t.size(h)
	if err != nil {
		return nil, err
	}
	if n > source.FileLimit {
		return nil, &source.TooLargeError{Path: name, Size: n, Limit: source.FileLimit}
	}
	var data []byte
	err = t.with(func(st storage.Storer) error {
		b, err := object.GetBlob(st, h)
		if err != nil {
			return err
		}
		r, err := b.Reader()
		if err != nil {
			return err
		}
		defer r.Close()
		data = make([]byte, n)
		if _, err = io.ReadFull(r, data); err != nil {
			return err
		}
		if plumbing.ComputeHash(plumbing.BlobObject, data) != h {
			return errors.New("content does not match its hash")
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("blob %s: %w", h, err)
	}
	if len(data) < 1024 && strings.HasPrefix(string(data), lfs) {
		return nil, content("%s is a Git LFS pointer, not the file itself; store it in git directly", name)
	}
	t.blobs[h] = data
	return data, nil
}

func content(format string, args ...any) error {
	return &source.Error{Kind: source.Content, Msg: fmt.Sprintf(format, args...)}
}

// node is what a path leads to once all links are followed.
type node struct {
	full string // path without links
	mode filemode.FileMode
	hash plumbing.Hash
}

func (n node) dir() bool { return n.mode == filemode.Dir || n.mode == filemode.Submodule }

// resolve walks a path through the tree and follows symbolic links, which must
// stay inside.
func (t *tree) resolve(name string) (node, error) {
	at := []node{{".", filemode.Dir, t.root}}
	rest := strings.Split(name, "/")
	for links := 0; len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		cur := at[len(at)-1]
		if cur.mode == filemode.Submodule {
			return node{}, content("%s is a git submodule, whose files are not in this repository; make them part of it", cur.full)
		}
		switch {
		case cur.mode != filemode.Dir:
			return node{}, fs.ErrNotExist
		case part == "" || part == ".":
			continue
		case part == "..":
			if len(at) == 1 { // by way of a second link; leaves sees the plain case
				return node{}, content("%s: a symbolic link leaves the repository; put the file into it", name)
			}
			at = at[:len(at)-1]
			continue
		}
		kids, err := t.children(cur.hash)
		if err != nil {
			return node{}, err
		}
		e, ok := kids[part]
		if !ok {
			return node{}, fs.ErrNotExist
		}
		next := node{path.Join(cur.full, part), e.Mode, e.Hash}
		if e.Mode != filemode.Symlink {
			at = append(at, next)
			continue
		}
		if links++; links > 40 {
			return node{}, content("%s: too many symbolic links", next.full)
		}
		data, err := t.blob(next.full, e.Hash)
		if err != nil {
			return node{}, err
		}
		to := strings.TrimRight(string(data), "\x00")
		if leaves(cur.full, to) {
			return node{}, content("%s is a symbolic link to %s, which leaves the repository; put the file into it", next.full, oneLine(to))
		}
		rest = append(strings.Split(to, "/"), rest...)
	}
	return at[len(at)-1], nil
}

// leaves reports whether a link in folder dir leads out of the tree.
func leaves(dir, to string) bool {
	full := path.Join(dir, to)
	return path.IsAbs(to) || full == ".." || strings.HasPrefix(full, "../")
}

// ReadFiles returns what a consumer has read so far; the contents are shared.
func (t *tree) ReadFiles() map[string][]byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make(map[string][]byte, len(t.read))
	for name, h := range t.read {
		out[name] = t.blobs[h]
	}
	return out
}

// sortedNames lists the entries of a folder in order.
func sortedNames(kids map[string]object.TreeEntry) []string {
	names := make([]string, 0, len(kids))
	for name := range kids {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
