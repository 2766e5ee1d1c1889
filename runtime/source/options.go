package source

import (
	"log/slog"
	"time"
)

// Options are what a source may need beside its name. The zero value is
// usable: a default branch, polled every 30 s, cloned into memory.
type Options struct {
	// Ref is a branch, tag, or full or short commit hash of a git source;
	// empty is the remote's HEAD.
	Ref string
	// Path is a folder or file inside a git source; empty is all of it.
	Path string
	// Interval is the time between two looks at a git remote, 30 s by default.
	Interval time.Duration
	// Timeout bounds each network operation, 60 s by default.
	Timeout time.Duration
	// StateDir holds the clone cache (StateDir/git). Without one, clones live
	// in memory: right for a single Fetch, wasteful for a daemon.
	StateDir string
	// SSHKey is a private key file without passphrase. Without one the SSH
	// agent is asked, then the usual files in ~/.ssh are tried.
	SSHKey string
	// KnownHosts is the file of accepted host keys; by default those of ssh.
	KnownHosts string
	// Token is sent as the password over HTTP(S). open.Parse takes it from
	// LBGIT_GIT_TOKEN when it is empty.
	Token string
	// Log receives warnings; nil discards them.
	Log *slog.Logger
}

// Defaults fills in what is unset.
func (o Options) Defaults() Options {
	if o.Interval <= 0 {
		o.Interval = 30 * time.Second
	}
	if o.Timeout <= 0 {
		o.Timeout = 60 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}
