package open

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/lbgit/lbgit/runtime/source"
	"github.com/lbgit/lbgit/runtime/source/dir"
	"github.com/lbgit/lbgit/runtime/source/git"
)

// TokenEnv is the environment variable with the password for git over HTTP(S).
const TokenEnv = "LBGIT_GIT_TOKEN"

// Parse finds the kind of a source: a git URL, a local path ending in .git, or
// a file or directory. It fails for what can never work, such as a file of
// another type. That a path or repository does not exist is left to the
// source's Fetch and Run, as it may appear.
func Parse(spec string, o source.Options) (source.Source, error) {
	if spec == "" {
		return nil, fault("", "no source given: name a file, a directory or a git URL")
	}
	if o.Token == "" {
		o.Token = os.Getenv(TokenEnv)
	}
	_, missing := os.Stat(spec)
	if git.IsURL(spec) && (strings.Contains(spec, "://") || missing != nil) {
		return git.New(spec, o)
	}
	abs, err := filepath.Abs(spec)
	if err != nil {
		return nil, fault(spec, err.Error())
	}
	if strings.HasSuffix(abs, ".git") {
		return git.New(abs, o)
	}
	if o.Ref != "" || o.Path != "" {
		return nil, fault(abs, misplaced(abs))
	}
	fi, err := os.Stat(abs)
	switch {
	case errors.Is(err, os.ErrNotExist) || err != nil || fi.IsDir():
	case !fi.Mode().IsRegular():
		return nil, fault(abs, "is neither a file nor a directory")
	case !source.IsConfig(abs):
		return nil, fault(abs, "not a configuration file: the name must end in one of "+source.Extensions())
	}
	return dir.New(abs, o), nil
}

// misplaced says why --ref and --path do not fit, and what would.
func misplaced(abs string) string {
	text := "--ref and --path are for git sources, this is a local path"
	for _, sub := range []string{".git", "HEAD"} {
		if _, err := os.Stat(filepath.Join(abs, sub)); err == nil {
			return text + "; for the repository in it write file://" + abs
		}
	}
	return text + "; name the file or folder itself"
}

func fault(spec, msg string) error {
	return &source.Error{Kind: source.Unsuitable, Source: spec, Msg: msg}
}
