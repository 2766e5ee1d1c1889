package source

import (
	"context"
	"io/fs"
	"path"
	"strings"
	"time"
)

// Limits that keep a mistaken source from eating the machine's memory.
const (
	// FileLimit is the size in bytes up to which one file is read; a larger
	// one is a *TooLargeError and is never held in memory.
	FileLimit = 64 << 20
	// TotalLimit bounds the bytes of all configuration files of one revision.
	TotalLimit = 512 << 20
	// EntryLimit bounds the number of directory entries of one source: a
	// source of "/" is a mistake, not a configuration.
	EntryLimit = 200_000
)

// A Revision is one consistent state of a source.
type Revision struct {
	// ID names the content: the commit hash for git; for a file or directory
	// "sha256:" and the hex digest over the sorted names and contents of its
	// configuration files and of the further watched paths.
	ID string
	// Source is the source as shown to people, without secrets.
	Source string
	// Ref is the git ref as it was asked for; empty for files and directories
	// and for a repository's default branch.
	Ref string
	// Path is the file or folder inside Tree to load, "." for all of it.
	Path string
	// Tree is the snapshot. It implements fs.ReadFileFS, fs.ReadDirFS and
	// fs.StatFS and is safe for concurrent use.
	Tree fs.FS
	// Root is what the names in Tree have in front of them on this machine:
	// "/" for local files, nothing for git.
	Root string
	// When, Author and Subject describe the git commit; When is the time of
	// the newest file for a directory.
	When            time.Time
	Author, Subject string
	// Rewritten says that the commit sent before is not an ancestor of this
	// one: history was rewritten by a forced push, or the ref went back.
	Rewritten bool
}

// An Event is either a new revision or the reason why there is none. After an
// Err the consumer keeps the last good revision; the first revision after an
// Err is sent even when it is the one sent before.
type Event struct {
	Revision *Revision
	Err      error
}

// A Source yields revisions.
type Source interface {
	// Fetch reads the current revision once.
	Fetch(ctx context.Context) (Revision, error)
	// Run sends the current revision, then each change, until ctx ends; it
	// returns nil then. It sends distinct revisions only, and an error only
	// when it differs from the one before. It never closes out.
	Run(ctx context.Context, out chan<- Event) error
	// String is the source as shown to people, without secrets.
	String() string
	// Kick makes Run look now; safe from any goroutine, never blocks.
	Kick()
	// Watch names the paths outside the source that the last load read, each
	// absolute or as the Tree names it; a change of one of them is a change
	// of the source. The list replaces the one before. A git source ignores it.
	Watch(paths []string)
}

// extensions are those of configuration files.
var extensions = []string{".hcl", ".yaml", ".yml", ".conf"}

// IsConfig reports whether a file of this name is configuration.
func IsConfig(name string) bool {
	ext := path.Ext(name)
	for _, e := range extensions {
		if ext == e {
			return true
		}
	}
	return false
}

// Extensions lists the extensions of configuration files, for messages.
func Extensions() string { return strings.Join(extensions, " ") }

// Skip reports whether a directory entry of this name is never configuration:
// dot entries (hidden files, Kubernetes' ..data, Emacs locks, vim's .x.swp)
// and what editors leave beside a file (x~, #x#, x.swp, vim's probe 4913).
func Skip(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") ||
		strings.HasPrefix(name, "#") || strings.HasSuffix(name, ".swp") || name == "4913"
}
