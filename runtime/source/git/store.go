package git

import (
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"

	"github.com/lbgit/lbgit/runtime/source"
)

// opener opens a repository's objects anew: an open store does not see packs
// that come or go later.
type opener func() (storage.Storer, error)

// objectCache bounds what one open store keeps of the objects it has read.
const objectCache = 16 * cache.MiByte

// openDir opens a git directory; common is where its objects and refs live.
func openDir(git, common string) storage.Storer {
	var at billy.Filesystem = osfs.New(git)
	if common != git {
		at = dotgit.NewRepositoryFilesystem(at, osfs.New(common))
	}
	return filesystem.NewStorageWithOptions(at, cache.NewObjectLRU(objectCache),
		filesystem.Options{AlternatesFS: osfs.New("/")})
}

// locate finds the git directory of a local repository: bare, with a work
// tree, or a linked work tree whose .git is a file.
func locate(path string) (git, common string, err error) {
	if _, err := os.Stat(path); err != nil {
		return "", "", err
	}
	git = path
	if _, err := os.Stat(filepath.Join(path, ".git")); err == nil {
		git = filepath.Join(path, ".git")
	}
	if fi, err := os.Stat(git); err == nil && !fi.IsDir() {
		text, err := os.ReadFile(git)
		to, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "gitdir: ")
		if err != nil || !ok {
			return "", "", errNotGit
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(git), to)
		}
		git = to
	}
	common = git
	if text, err := os.ReadFile(filepath.Join(git, "commondir")); err == nil {
		common = strings.TrimSpace(string(text))
		if !filepath.IsAbs(common) {
			common = filepath.Join(git, common)
		}
	}
	for _, need := range []string{filepath.Join(git, "HEAD"), filepath.Join(common, "objects"), filepath.Join(common, "refs")} {
		if _, err := os.Stat(need); err != nil {
			return "", "", errNotGit
		}
	}
	return git, common, nil
}

var errNotGit = errors.New("not a git repository")

// peel follows annotated tags to the commit.
func (s *Source) peel(st storer.EncodedObjectStorer, h plumbing.Hash) (*object.Commit, error) {
	for range 10 {
		tag, err := object.GetTag(st, h)
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			break // not a tag, or not there at all: the next line knows
		}
		if err != nil {
			return nil, err
		}
		if tag.TargetType != plumbing.CommitObject && tag.TargetType != plumbing.TagObject {
			return nil, s.fault(source.NoRef, nil, "tag %q names a %s, not a commit", s.opt.Ref, tag.TargetType)
		}
		h = tag.Target
	}
	return object.GetCommit(st, h)
}

// errNoCommit: a hash is not in the store, which may be incomplete.
var errNoCommit = errors.New("no such commit")

// commit finds a commit by full or short hash.
func (s *Source) commit(st storage.Storer, hash string) (*object.Commit, error) {
	if len(hash) == 40 {
		c, err := object.GetCommit(st, plumbing.NewHash(hash))
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			return nil, errNoCommit
		}
		return c, err
	}
	var found []*object.Commit
	try := func(h plumbing.Hash) {
		if strings.HasPrefix(h.String(), hash) {
			if c, err := object.GetCommit(st, h); err == nil {
				found = append(found, c)
			}
		}
	}
	if p, ok := st.(interface {
		HashesWithPrefix([]byte) ([]plumbing.Hash, error)
	}); ok {
		prefix, _ := hex.DecodeString(hash[:len(hash)&^1])
		list, err := p.HashesWithPrefix(prefix)
		if err != nil {
			return nil, err
		}
		for _, h := range list {
			try(h)
		}
	} else {
		iter, err := st.IterEncodedObjects(plumbing.CommitObject)
		if err != nil {
			return nil, err
		}
		_ = iter.ForEach(func(o plumbing.EncodedObject) error { try(o.Hash()); return nil })
	}
	for _, c := range found[min(1, len(found)):] {
		if c.Hash != found[0].Hash {
			return nil, s.fault(source.NoRef, nil, "short commit %s is ambiguous; give more digits", hash)
		}
	}
	if len(found) == 0 {
		return nil, errNoCommit
	}
	return found[0], nil
}
