package source

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"

	"github.com/lbgit/lbgit/runtime/source/internal/vfs"
)

// recorder is implemented by the trees of this package's sources.
type recorder interface {
	// ReadFiles returns path and content of every file that was read. The
	// contents are shared: they must not be changed.
	ReadFiles() map[string][]byte
}

// Files returns what was read from the revision's tree so far, by path inside
// the tree: what FromFiles needs to load the same again. The contents are
// shared with the tree and must not be changed. It is nil for a tree that did
// not come from a source.
func Files(rev Revision) map[string][]byte {
	if r, ok := rev.Tree.(recorder); ok {
		return r.ReadFiles()
	}
	return nil
}

// FromFiles makes a revision from a stored copy: meta with a tree that holds
// just these files. A folder at meta.Path exists even when no file is in it.
func FromFiles(files map[string][]byte, meta Revision) Revision {
	mem := vfs.NewMem(files, meta.When)
	mem.AddDir(meta.Path)
	meta.Tree = mem
	return meta
}

// Digest is a hash over everything that was read from the revision's tree:
// "sha256:" and hex. Unlike ID it is the same for a one-off Fetch, for a
// running source and for a stored copy, once each has been loaded: compare
// saved plans with it.
func Digest(rev Revision) string {
	files := Files(rev)
	h := sha256.New()
	var n [8]byte
	put := func(b []byte) {
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		put([]byte(name))
		put(files[name])
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}
