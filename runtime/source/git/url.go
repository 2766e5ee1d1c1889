package git

import (
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/lbgit/lbgit/runtime/source"
)

// address is where a repository lives, with the secrets taken out of the URL.
type address struct {
	url        string // for the transport, without user info except ssh's user
	shown      string
	local      string // absolute path of a repository on this machine
	scheme     string
	host, port string
	user, pass string
}

// scp is git's short form of an ssh URL, with the user written out.
var scp = regexp.MustCompile(`^([A-Za-z0-9._-]+)@([A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):([^/].*|/.*)$`)

// IsURL reports whether spec has the form of a git URL, supported or not.
func IsURL(spec string) bool {
	return strings.Contains(spec, "://") || scp.MatchString(spec)
}

// parse reads a URL, an scp-like address or an absolute local path.
func parse(spec string) (address, error) {
	if m := scp.FindStringSubmatch(spec); m != nil && !strings.Contains(spec, "://") {
		return address{url: spec, shown: spec, scheme: "ssh", user: m[1], host: strings.Trim(m[2], "[]"), port: "22"}, nil
	}
	if filepath.IsAbs(spec) {
		spec = filepath.Clean(spec)
		return address{shown: spec, local: spec, scheme: "file"}, nil
	}
	u, err := url.Parse(spec)
	if err != nil {
		// The parser's text repeats the URL, which may hold a password.
		return address{}, bad("", "the source is not a valid URL; special characters in a password must be written as %%XX")
	}
	a := address{scheme: u.Scheme, host: u.Hostname(), port: u.Port()}
	if u.User != nil {
		a.user = u.User.Username()
		a.pass, _ = u.User.Password()
	}
	u.User = nil
	a.shown = u.String()
	switch u.Scheme {
	case "file":
		if u.Host != "" && u.Host != "localhost" {
			return a, bad(a.shown, "a file URL names no host: write file:///path")
		}
		a.local = filepath.Clean(u.Path)
		if !filepath.IsAbs(a.local) {
			return a, bad(a.shown, "a file URL needs an absolute path: write file:///path")
		}
		return a, nil
	case "http", "https":
	case "ssh":
		if a.port == "" {
			a.port = "22"
		}
		if a.user == "" {
			a.user = "git"
		}
		u.User = url.User(a.user) // not a secret, and the transport wants it
	default:
		return a, bad(a.shown, "unknown scheme %q; use https, http, ssh, git@host:path or file", u.Scheme)
	}
	if a.host == "" || strings.Trim(u.Path, "/") == "" {
		return a, bad(a.shown, "the URL must name a host and the repository's path")
	}
	a.url = u.String()
	if a.scheme == "ssh" {
		a.shown = a.url
	}
	return a, nil
}

func bad(shown, format string, args ...any) error {
	return &source.Error{Kind: source.Unsuitable, Source: shown, Msg: fmt.Sprintf(format, args...)}
}
