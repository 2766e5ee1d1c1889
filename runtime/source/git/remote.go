package git

import (
	"context"
	"errors"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage"
	"github.com/go-git/go-git/v5/storage/memory"

	"github.com/lbgit/lbgit/runtime/source"
)

// current is where a clone keeps the one ref that was asked for, whatever its
// name: a branch a/b can come where a branch a was.
const current = plumbing.ReferenceName("refs/lbgit/current")

// lookRemote asks the remote what the ref holds and fetches when that is news.
func (s *Source) lookRemote(ctx context.Context, sent plumbing.Hash) (source.Revision, error) {
	if s.state.pinned {
		return s.again() // a commit never changes: no need to ask
	}
	list, err := s.list(ctx)
	if err != nil {
		return source.Revision{}, s.network(err)
	}
	r := newRefs(list)
	want, err := s.resolve(r)
	if err != nil {
		return source.Revision{}, err
	}
	if s.known(want.hash) {
		return s.again()
	}
	var rev source.Revision
	err = s.clone.update(ctx, func() error {
		rev, err = s.fetch(ctx, want, sent)
		if errors.Is(err, errNoCommit) {
			return s.noRef(r, "neither branch, tag nor commit %q exists", s.opt.Ref)
		}
		return err
	})
	return rev, s.network(err)
}

// list asks the remote for its refs: one request.
func (s *Source) list(ctx context.Context) ([]*plumbing.Reference, error) {
	auth, err := s.auth()
	if err != nil {
		return nil, err
	}
	return bounded(ctx, s, func(ctx context.Context) ([]*plumbing.Reference, error) {
		return s.remote(memory.NewStorage()).ListContext(ctx, &gogit.ListOptions{Auth: auth, ProxyOptions: s.proxy()})
	})
}

func (s *Source) remote(st storage.Storer) *gogit.Remote {
	return gogit.NewRemote(st, &config.RemoteConfig{Name: "origin", URLs: []string{s.at.url}})
}

// fetch brings the open clone up to date and reads the revision from it.
func (s *Source) fetch(ctx context.Context, want target, sent plumbing.Hash) (source.Revision, error) {
	st, err := s.clone.open()
	if err != nil {
		return source.Revision{}, err
	}
	var c *object.Commit
	if want.hex != "" {
		c, err = s.fetchCommit(ctx, st, want.hex)
	} else {
		c, err = s.fetchRef(ctx, st, want)
	}
	if err != nil {
		return source.Revision{}, err
	}
	// A new store: the one that fetched may not know the new pack.
	if st, err = s.clone.open(); err != nil {
		return source.Revision{}, err
	}
	return s.make(want, c, st, s.clone.open, sent)
}

func (s *Source) fetchRef(ctx context.Context, st storage.Storer, want target) (*object.Commit, error) {
	if err := s.pull(ctx, st, config.RefSpec("+"+want.name+":"+current)); err != nil {
		return nil, err
	}
	ref, err := st.Reference(current)
	if err != nil {
		return nil, err
	}
	return s.peel(st, ref.Hash())
}

// fetchCommit looks into the clone first; not every server hands out single
// commits, so then everything is fetched.
func (s *Source) fetchCommit(ctx context.Context, st storage.Storer, hex string) (*object.Commit, error) {
	c, err := s.commit(st, hex)
	if !errors.Is(err, errNoCommit) {
		return c, err
	}
	err = s.pull(ctx, st, "+refs/heads/*:refs/lbgit/heads/*", "+refs/tags/*:refs/lbgit/tags/*")
	if err != nil {
		return nil, err
	}
	if st, err = s.clone.open(); err != nil {
		return nil, err
	}
	return s.commit(st, hex)
}

func (s *Source) pull(ctx context.Context, st storage.Storer, specs ...config.RefSpec) error {
	auth, err := s.auth()
	if err != nil {
		return err
	}
	_, err = bounded(ctx, s, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.remote(st).FetchContext(ctx, &gogit.FetchOptions{
			RefSpecs: specs, Auth: auth, Force: true, Tags: gogit.NoTags, Prune: true, ProxyOptions: s.proxy(),
		})
	})
	if errors.Is(err, gogit.NoErrAlreadyUpToDate) {
		return nil
	}
	return err
}
