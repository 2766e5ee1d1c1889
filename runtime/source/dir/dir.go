package dir

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lbgit/lbgit/runtime/source"
	"github.com/lbgit/lbgit/runtime/source/internal/feed"
	"github.com/lbgit/lbgit/runtime/source/internal/watch"
)

const (
	quiet  = 15 * time.Millisecond  // silence that ends a burst of changes
	burst  = 200 * time.Millisecond // a burst is read after this in any case
	rescan = 30 * time.Second       // look anyway: watches can fail silently (NFS, overlays)
	poll   = 2 * time.Second        // look when the kernel cannot watch everything
)

// Source is a local file or directory.
type Source struct {
	path  string
	log   *slog.Logger
	nudge chan struct{}

	mu    sync.Mutex
	asked []string // by Watch
	fresh bool     // asked changed since Run took it
}

// New makes the source of an absolute path. The path need not exist yet: that
// is an error of Fetch, and an event of Run until it appears.
func New(path string, o source.Options) *Source {
	return &Source{path: filepath.Clean(path), log: o.Defaults().Log, nudge: make(chan struct{}, 1)}
}

// String returns the absolute path.
func (s *Source) String() string { return s.path }

// Kick implements source.Source.
func (s *Source) Kick() {
	select {
	case s.nudge <- struct{}{}:
	default:
	}
}

// Watch implements source.Source. Directories, and paths that were looked for
// and not found, count as well; what the load did through the last revision's
// Tree is watched even when it is not in the list.
func (s *Source) Watch(paths []string) {
	list := make([]string, 0, len(paths))
	for _, p := range paths {
		list = append(list, filepath.Clean("/"+strings.TrimPrefix(p, "/")))
	}
	s.mu.Lock()
	s.asked, s.fresh = list, true
	s.mu.Unlock()
	s.Kick()
}

// Fetch implements source.Source.
func (s *Source) Fetch(ctx context.Context) (source.Revision, error) {
	if err := ctx.Err(); err != nil {
		return source.Revision{}, err
	}
	s.mu.Lock()
	extras := s.asked
	s.mu.Unlock()
	l, err := (&scanner{path: s.path}).scan(extras)
	if err != nil {
		return source.Revision{}, err
	}
	return s.revision(l), nil
}

func (s *Source) revision(l *look) source.Revision {
	return source.Revision{
		Root: "/",
		ID:   identity(l.items, l.extras), Source: s.path, Path: l.snap.name(s.path), Tree: l.snap, When: l.when,
	}
}

// Run implements source.Source.
func (s *Source) Run(ctx context.Context, out chan<- source.Event) error {
	set := watch.New(s.log)
	defer set.Close()
	sc := &scanner{path: s.path, set: set}
	to := &feed.Feed{Out: out}
	var last *look      // sent last
	var extras []string // watched beyond the source
	for {
		if paths, ok := s.taken(); ok && last != nil {
			extras = union(paths, last.snap)
			to.Equate(identity(last.items, sc.baseline(last, extras)))
		}
		l, err := sc.settled(ctx, extras)
		switch {
		case err != nil:
			if !to.Err(ctx, err) {
				return nil
			}
		default:
			rev := s.revision(l)
			send := rev.ID != to.Last() || to.Failing()
			if send {
				last = l
			}
			if !to.Revision(ctx, rev) {
				return nil
			}
		}
		after := rescan
		if set.Limited() {
			after = poll
		}
		if !set.Wait(ctx, s.nudge, after, quiet, burst) {
			return nil
		}
	}
}

// settled scans until nothing changes under its eyes, for one burst at most.
func (sc *scanner) settled(ctx context.Context, extras []string) (*look, error) {
	end := time.Now().Add(burst)
	for {
		l, err := sc.scan(extras)
		if err != nil || !l.unstable || time.Now().After(end) || ctx.Err() != nil {
			return l, err
		}
		sc.set.Wait(ctx, nil, quiet, quiet, quiet)
	}
}

// taken returns the paths of the last Watch, once.
func (s *Source) taken() ([]string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := s.fresh
	s.fresh = false
	return s.asked, fresh
}

// union joins what Watch was told and what was read through the snapshot.
func union(paths []string, snap *snapshot) []string {
	all := slices.Concat(paths, snap.touched())
	slices.Sort(all)
	return slices.Compact(all)
}

// baseline is the state of the extra paths as the last revision's reader saw
// them; what it did not read is taken as it is now.
func (sc *scanner) baseline(last *look, extras []string) []item {
	tmp := &look{next: map[string]*content{}}
	var out []item
	for _, p := range extras {
		if last.snap.own[last.snap.name(p)] {
			continue
		}
		it, ok := last.snap.remembered(p)
		if !ok {
			it = sc.extra(p, tmp)
		}
		out = append(out, it)
	}
	return out
}
