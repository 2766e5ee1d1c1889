package main

import (
	"context"
	"fmt"
	"io"

	"github.com/lbgit/lbgit/runtime/source"
	"github.com/lbgit/lbgit/runtime/source/open"
	"github.com/lbgit/lbgit/schema"
	"github.com/lbgit/lbgit/schema/diag"
	"github.com/lbgit/lbgit/translate"
)

// loaded is a source that has been read for one node.
type loaded struct {
	rev    source.Revision
	env    translate.Env
	config *schema.Config
	diags  diag.List
}

// load reads a SOURCE once.
func (c *common) load(ctx context.Context, spec string) (*loaded, error) {
	env, err := c.env()
	if err != nil {
		return nil, err
	}
	src, err := open.Parse(spec, c.git())
	if err != nil {
		return nil, err
	}
	rev, err := src.Fetch(ctx)
	if err != nil {
		return nil, err
	}
	env.Root = rev.Root
	l := &loaded{rev: rev, env: env}
	l.config, l.diags = translate.Load(rev.Tree, rev.Path, env)
	l.diags = l.diags.Rooted(rev.Root)
	return l, nil
}

// report prints diagnostics, and gives an exit when they refuse the source.
func (l *loaded) report(w io.Writer) error {
	list := l.diags.Sort()
	fmt.Fprint(w, list.Text())
	if !list.HasErrors() {
		return nil
	}
	fmt.Fprintf(w, "%s, %s\n", count(list.Count(diag.Error), "error"), count(list.Count(diag.Warning), "warning"))
	return exit(1)
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
