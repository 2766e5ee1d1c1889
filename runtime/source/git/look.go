package git

import (
	"context"
	"errors"
	"io/fs"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage"

	"github.com/lbgit/lbgit/runtime/source"
)

// state is the outcome of the last look that got as far as a commit.
type state struct {
	tip    plumbing.Hash // what the ref held
	rev    source.Revision
	err    error // about the commit's content, so final for this tip
	pinned bool  // a commit was asked for, so nothing can change
}

// look finds the revision of the asked ref. sent is the commit that the
// consumer has, if any.
func (s *Source) look(ctx context.Context, sent plumbing.Hash) (source.Revision, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return source.Revision{}, ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return source.Revision{}, err
	}
	if s.at.local != "" {
		return s.lookLocal(sent)
	}
	return s.lookRemote(ctx, sent)
}

// known reports whether the last look was at this tip.
func (s *Source) known(tip plumbing.Hash) bool { return !tip.IsZero() && tip == s.state.tip }

// again repeats the outcome of the last look.
func (s *Source) again() (source.Revision, error) {
	rev := s.state.rev
	rev.Rewritten = false // said once
	return rev, s.state.err
}

// make builds the revision of a commit and remembers the outcome.
func (s *Source) make(want target, c *object.Commit, st storage.Storer, open opener, sent plumbing.Hash) (source.Revision, error) {
	tip, pinned := want.hash, want.hex != ""
	if pinned {
		tip = c.Hash
	}
	rev, err := s.build(c, st, open)
	if err != nil {
		if settled(err) {
			s.state = state{tip: tip, err: err, pinned: pinned}
		}
		return rev, err
	}
	rev.Rewritten = rewritten(c, sent)
	s.state = state{tip: tip, rev: rev, pinned: pinned}
	return rev, nil
}

// lookLocal reads a repository on this machine in place.
func (s *Source) lookLocal(sent plumbing.Hash) (source.Revision, error) {
	rev, err := s.readLocal(sent)
	if err != nil && !settled(err) {
		// The repository may have been packed or collected under our hands.
		rev, err = s.readLocal(sent)
	}
	switch {
	case err == nil || settled(err):
		return rev, err
	case errors.Is(err, fs.ErrNotExist):
		return rev, s.fault(source.Missing, err, "does not exist; check the path")
	case errors.Is(err, errNotGit):
		return rev, s.fault(source.NotRepository, err, "is not a git repository; give the repository's folder, or a folder of files without .git")
	case errors.Is(err, fs.ErrPermission):
		return rev, s.fault(source.Denied, err, "permission denied; run as a user that may read the repository")
	case errors.Is(err, plumbing.ErrObjectNotFound):
		return rev, s.fault(source.Unreachable, err, "repository is damaged: an object is missing; run git fsck there")
	}
	return rev, s.fault(source.Unreachable, err, "cannot be read: %s", oneLine(err.Error()))
}

func (s *Source) readLocal(sent plumbing.Hash) (source.Revision, error) {
	git, common, err := locate(s.at.local)
	if err != nil {
		return source.Revision{}, err
	}
	if s.state.pinned {
		return s.again()
	}
	open := func() (storage.Storer, error) { return openDir(git, common), nil }
	st := openDir(git, common)
	iter, err := st.IterReferences()
	if err != nil {
		return source.Revision{}, err
	}
	var list []*plumbing.Reference
	_ = iter.ForEach(func(r *plumbing.Reference) error { list = append(list, r); return nil })
	if head, err := st.Reference(plumbing.HEAD); err == nil {
		list = append(list, head)
	}
	r := newRefs(list)
	want, err := s.resolve(r)
	if err != nil {
		return source.Revision{}, err
	}
	if s.known(want.hash) {
		return s.again()
	}
	var c *object.Commit
	if want.hex != "" {
		c, err = s.commit(st, want.hex)
		if errors.Is(err, errNoCommit) {
			return source.Revision{}, s.noRef(r, "neither branch, tag nor commit %q exists", s.opt.Ref)
		}
	} else {
		c, err = s.peel(st, want.hash)
	}
	if err != nil {
		return source.Revision{}, err
	}
	return s.make(want, c, st, open, sent)
}
