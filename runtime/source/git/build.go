package git

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage"

	"github.com/lbgit/lbgit/runtime/source"
)

// build makes a revision of a commit and reads its configuration files.
func (s *Source) build(c *object.Commit, st storage.Storer, open opener) (source.Revision, error) {
	t := newTree(c, st, open)
	defer t.release()
	if err := s.preload(t, c); err != nil {
		var named *source.Error
		if errors.As(err, &named) && named.Source == "" {
			return source.Revision{}, s.fault(named.Kind, err, "%s", named.Msg)
		}
		return source.Revision{}, err
	}
	subject, _, _ := strings.Cut(c.Message, "\n")
	return source.Revision{
		ID: c.Hash.String(), Source: s.at.shown, Ref: s.opt.Ref, Path: s.path, Tree: t,
		When: c.Committer.When, Author: printable(c.Author.Name + " <" + c.Author.Email + ">"), Subject: printable(subject),
	}, nil
}

// preload reads every configuration file at or below the source's path.
func (s *Source) preload(t *tree, c *object.Commit) error {
	n, err := t.resolve(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return s.noPath(t, c)
	}
	if err != nil {
		return err
	}
	if !n.dir() {
		if !source.IsConfig(s.path) {
			return content("%s is not a configuration file: the name must end in one of %s", s.path, source.Extensions())
		}
		_, err := t.blob(s.path, n.hash)
		return err
	}
	w := walk{t: t}
	if err := w.dir(s.path, n); err != nil {
		return err
	}
	if w.files == 0 {
		return content("no configuration files (%s) at %s in commit %.10s", source.Extensions(), s.path, c.Hash.String())
	}
	return nil
}

// walk is one tour of preload.
type walk struct {
	t              *tree
	files, entries int
	bytes          int64
}

func (w *walk) dir(name string, n node) error {
	if n.mode == filemode.Submodule {
		return nil // an error for whoever reads it, not for who does not
	}
	list, err := w.t.list(name, n)
	if err != nil {
		return err
	}
	if w.entries += len(list); w.entries > source.EntryLimit {
		return content("more than %d files; name the folder of the configuration with --path", source.EntryLimit)
	}
	for _, e := range list {
		full := path.Join(name, e.Name())
		if source.Skip(e.Name()) || !e.IsDir() && !source.IsConfig(e.Name()) {
			continue
		}
		n, err := w.t.resolve(full)
		if errors.Is(err, fs.ErrNotExist) {
			return content("%s is a symbolic link that leads nowhere", full)
		}
		if err != nil {
			return err
		}
		if n.dir() {
			if err := w.dir(full, n); err != nil {
				return err
			}
			continue
		}
		data, err := w.t.blob(full, n.hash)
		if err != nil {
			return err
		}
		w.files++
		if w.bytes += int64(len(data)); w.bytes > source.TotalLimit {
			return content("configuration files of more than %d bytes in all", source.TotalLimit)
		}
	}
	return nil
}

// noPath names what the lowest folder that exists has instead.
func (s *Source) noPath(t *tree, c *object.Commit) error {
	at := path.Dir(s.path)
	for {
		n, err := t.resolve(at)
		if err == nil && n.mode == filemode.Dir {
			kids, err := t.children(n.hash)
			if err != nil {
				return err
			}
			names := sortedNames(kids)
			more := ""
			if len(names) > 8 {
				names, more = names[:8], " ..."
			}
			return s.fault(source.NoPath, nil, "path %s is not in commit %.10s; %s has: %s%s",
				s.path, c.Hash.String(), at, printable(strings.Join(names, " ")), more)
		}
		if at == "." {
			return s.fault(source.NoPath, nil, "path %s is not in commit %.10s", s.path, c.Hash.String())
		}
		at = path.Dir(at)
	}
}
