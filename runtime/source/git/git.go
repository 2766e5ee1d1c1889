package git

import (
	"context"
	"io/fs"
	"math/rand/v2"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/lbgit/lbgit/runtime/source"
	"github.com/lbgit/lbgit/runtime/source/internal/feed"
	"github.com/lbgit/lbgit/runtime/source/internal/watch"
)

const (
	quiet = 20 * time.Millisecond  // silence that ends a push into a local repository
	burst = 200 * time.Millisecond // it is read after this in any case
)

// Source is a git repository, remote or on this machine.
type Source struct {
	at    address
	opt   source.Options
	path  string // inside the repository, "." for all of it
	nudge chan struct{}
	turn  chan struct{} // holds one token; whoever has it may use state and clone
	state state
	clone *clone // nil for a local repository
}

// New makes the source of a git URL or of the absolute path of a local
// repository. It contacts nothing: what is wrong with the repository is an
// error of Fetch, and an event of Run.
func New(spec string, o source.Options) (*Source, error) {
	at, err := parse(spec)
	if err != nil {
		return nil, err
	}
	s := &Source{at: at, opt: o.Defaults(), nudge: make(chan struct{}, 1), turn: make(chan struct{}, 1)}
	s.path = strings.Trim(path.Clean("/"+filepath.ToSlash(o.Path)), "/")
	if s.path == "" {
		s.path = "."
	}
	if !fs.ValidPath(s.path) || leaves(".", path.Clean(strings.TrimLeft(filepath.ToSlash(o.Path), "/"))) {
		return nil, bad(at.shown, "--path %q is not a path inside the repository", o.Path)
	}
	if at.scheme == "http" && s.basic() != nil && at.host != "localhost" && !strings.HasPrefix(at.host, "127.") {
		s.opt.Log.Warn("credentials are sent over unencrypted http; use https", "source", at.shown)
	}
	if at.local == "" {
		s.clone = newClone(s)
	}
	return s, nil
}

// String is the URL without secrets.
func (s *Source) String() string { return s.at.shown }

// Kick implements source.Source.
func (s *Source) Kick() {
	select {
	case s.nudge <- struct{}{}:
	default:
	}
}

// Watch does nothing: all that a load reads is in the commit.
func (s *Source) Watch([]string) {}

// Fetch implements source.Source.
func (s *Source) Fetch(ctx context.Context) (source.Revision, error) {
	rev, err := s.look(ctx, plumbing.ZeroHash)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return rev, err
}

// Run implements source.Source.
func (s *Source) Run(ctx context.Context, out chan<- source.Event) error {
	set := &watch.Set{} // watches nothing: a timer and Kick for remotes
	if s.at.local != "" {
		set = watch.New(s.opt.Log)
		defer set.Close()
	}
	to := &feed.Feed{Out: out}
	for {
		s.watchRefs(set) // before the look, so nothing is missed between
		rev, err := s.look(ctx, plumbing.NewHash(to.Last()))
		ok := false
		if err != nil {
			ok = to.Err(ctx, err)
		} else {
			ok = to.Revision(ctx, rev)
		}
		if !ok || !set.Wait(ctx, s.nudge, jitter(s.opt.Interval), quiet, burst) {
			return nil
		}
	}
}

// jitter spreads the polls of many nodes: 90 to 110 % of d.
func jitter(d time.Duration) time.Duration {
	return d - d/10 + rand.N(d/5+1)
}
