package git

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/storage"
	"github.com/go-git/go-git/v5/storage/memory"
)

// maxPacks is when a clone is replaced: every fetch leaves a pack that nothing
// collects, and each makes every look-up slower.
const maxPacks = 200

// clone is the cache of a remote repository: a folder that may be thrown away
// at any time, or memory without a state folder.
type clone struct {
	s    *Source
	dir  string // as others see it
	work string // while a fresh clone is made beside it
	mem  *memory.Storage
}

func newClone(s *Source) *clone {
	c := &clone{s: s}
	if s.opt.StateDir == "" {
		c.mem = memory.NewStorage()
		return c
	}
	sum := sha256.Sum256([]byte(s.at.url))
	c.dir = filepath.Join(s.opt.StateDir, "git", hex.EncodeToString(sum[:12]))
	return c
}

// open opens the clone's store anew.
func (c *clone) open() (storage.Storer, error) {
	if c.mem != nil {
		return c.mem, nil
	}
	dir := c.dir
	if c.work != "" {
		dir = c.work
	}
	if _, err := os.Stat(filepath.Join(dir, "HEAD")); err != nil {
		return nil, err
	}
	return openDir(dir, dir), nil
}

// update runs f on the clone: on the one that is there when it is sound, else,
// and when f finds it damaged, once on a fresh one that then takes its place.
func (c *clone) update(ctx context.Context, f func() error) error {
	if c.mem != nil {
		return f()
	}
	unlock, err := c.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	_, err = os.Stat(c.dir)
	exists := err == nil
	if exists {
		err := f()
		if err == nil && c.packs() > maxPacks {
			if err := c.renew(f); err != nil {
				c.s.opt.Log.Debug("clone was not renewed", "source", c.s, "err", c.s.network(err))
			}
			return nil
		}
		if err == nil || settled(err) || isNetwork(err) || errors.Is(err, errNoCommit) || ctx.Err() != nil {
			return err
		}
		c.s.opt.Log.Warn("clone cache is damaged, cloning anew", "source", c.s, "err", c.s.scrub(err.Error()))
	}
	return c.renew(f)
}

// renew runs f on a fresh clone and swaps it in.
func (c *clone) renew(f func() error) error {
	tmp, err := os.MkdirTemp(filepath.Dir(c.dir), filepath.Base(c.dir)+".new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp) // fails to find it after the swap
	if _, err := gogit.PlainInit(tmp, true); err != nil {
		return err
	}
	c.work = tmp
	err = f()
	c.work = ""
	if err != nil && !settled(err) {
		return err
	}
	// A fault of the content is no fault of the clone: keep it.
	old := tmp + ".old"
	if e := os.Rename(c.dir, old); e != nil && !errors.Is(e, os.ErrNotExist) {
		return e
	}
	defer os.RemoveAll(old)
	if e := os.Rename(tmp, c.dir); e != nil {
		return e
	}
	return err
}

func (c *clone) packs() int {
	list, _ := filepath.Glob(filepath.Join(c.dir, "objects", "pack", "*.pack"))
	return len(list)
}

// lock keeps other processes out of the clone, and removes what a crash left.
func (c *clone) lock(ctx context.Context) (func(), error) {
	if err := os.MkdirAll(filepath.Dir(c.dir), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(c.dir+".lock", os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			break
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		}
	}
	left, _ := filepath.Glob(c.dir + ".new-*")
	for _, dir := range left {
		_ = os.RemoveAll(dir)
	}
	return func() { f.Close() }, nil
}
