package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lbgit/lbgit/runtime/control"
	"github.com/lbgit/lbgit/runtime/link"
	"github.com/lbgit/lbgit/runtime/source"
	"github.com/lbgit/lbgit/runtime/source/git"
	"github.com/lbgit/lbgit/translate"
)

// common are the flags that several verbs share.
type common struct {
	node     string
	ref      string
	path     string
	stateDir string
	socket   string
	interval time.Duration
	vars     []string
}

// commonFlags are the same for every verb, so that a script can pass them to
// all; a verb ignores what it has no use for.
func (c *common) commonFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.node, "node", "", "the `name` of this node (default: host name up to the first dot)")
	f.StringVar(&c.stateDir, "state-dir", "/var/lib/lbgit", "the `folder` for claims and the last good revision")
	f.StringVar(&c.socket, "socket", "/run/lbgit/lbgit.sock", "the daemon's control `socket`")
	f.DurationVar(&c.interval, "interval", 30*time.Second, "git: `time` between two looks at a remote repository")
}

// sourceFlags are for verbs that read a SOURCE.
func (c *common) sourceFlags(cmd *cobra.Command) {
	c.commonFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&c.ref, "ref", "", "git: branch, tag or commit (default: the repository's own)")
	f.StringVar(&c.path, "path", "", "git: `folder` or file inside the repository")
	f.StringArrayVar(&c.vars, "var", nil, "a value for a variable block, as `name=value`; may be repeated")
}

// env is what a source's meaning depends on.
func (c *common) env() (translate.Env, error) {
	e := translate.Env{Node: c.node, Vars: map[string]string{}, Getenv: os.LookupEnv, Tables: link.TableNames}
	if e.Node == "" {
		host, err := os.Hostname()
		if err != nil {
			return e, fmt.Errorf("this node has no name: %w; use --node", err)
		}
		e.Node, _, _ = strings.Cut(host, ".")
	}
	for _, v := range c.vars {
		name, value, ok := strings.Cut(v, "=")
		if !ok {
			return e, fmt.Errorf("--var %s: write name=value", v)
		}
		e.Vars[name] = value
	}
	return e, nil
}

// git are the options of the source.
func (c *common) git() source.Options {
	return source.Options{Ref: c.ref, Path: c.path, Interval: c.interval}
}

// request names the source to a daemon, which may run in another folder.
func (c *common) request(spec string) (control.SourceRequest, error) {
	env, err := c.env()
	if err != nil {
		return control.SourceRequest{}, err
	}
	r := control.SourceRequest{Source: spec, Ref: c.ref, Path: c.path, Node: c.node, Vars: env.Vars}
	if git.IsURL(spec) {
		return r, nil
	}
	abs, err := filepath.Abs(spec)
	r.Source = abs
	return r, err
}

// logger writes to stderr, as text or as JSON.
func logger(format string, level slog.Level) (*slog.Logger, error) {
	o := &slog.HandlerOptions{Level: level, ReplaceAttr: spoken}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(os.Stderr, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(os.Stderr, o)), nil
	}
	return nil, fmt.Errorf("--log-format %s: there are text and json", format)
}

// spoken leaves out of a log line what says nothing.
func spoken(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindString && a.Value.String() == "" {
		return slog.Attr{}
	}
	return a
}
