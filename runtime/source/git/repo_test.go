package git

import (
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/source"
	. "github.com/lbgit/lbgit/runtime/source/internal/sourcetest"
)

// repo is a work tree that pushes into a bare repository beside it.
type repo struct {
	tb         testing.TB
	work, bare string
}

func newRepo(tb testing.TB) *repo {
	tb.Helper()
	d := tb.TempDir()
	r := &repo{tb, d + "/work", d + "/bare.git"}
	r.in(d, "init", "-q", "--bare", "-b", "main", r.bare)
	r.in(d, "init", "-q", "-b", "main", r.work)
	r.git("remote", "add", "origin", r.bare)
	return r
}

func (r *repo) in(dir string, args ...string) string {
	r.tb.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.org", "GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.org")
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.tb.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (r *repo) git(args ...string) string { r.tb.Helper(); return r.in(r.work, args...) }

// commit writes files (name, text, ...) and commits everything.
func (r *repo) commit(subject string, files ...string) string {
	r.tb.Helper()
	for i := 0; i < len(files); i += 2 {
		Write(r.tb, filepath.Join(r.work, files[i]), files[i+1])
	}
	r.git("add", "-A")
	r.git("commit", "-q", "--allow-empty", "-m", subject)
	return r.git("rev-parse", "HEAD")
}

// push commits and pushes the branch that is checked out.
func (r *repo) push(subject string, files ...string) string {
	r.tb.Helper()
	h := r.commit(subject, files...)
	r.git("push", "-q", "-f", "origin", "HEAD")
	return h
}

// serve serves the bare repository by smart HTTP, with a password if pass is set.
func (r *repo) serve(pass string) *httptest.Server {
	r.tb.Helper()
	h := &cgi.Handler{
		Path: filepath.Join(r.in(r.work, "--exec-path"), "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + filepath.Dir(r.bare), "GIT_HTTP_EXPORT_ALL=1"},
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if _, p, _ := q.BasicAuth(); p != pass {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte("wrong password " + p))
			return
		}
		h.ServeHTTP(w, q)
	}))
	r.tb.Cleanup(srv.Close)
	return srv
}

// remote is the source of the served repository.
func (r *repo) remote(o source.Options) (*Source, *httptest.Server) {
	r.tb.Helper()
	srv := r.serve("")
	if o.Interval == 0 {
		o.Interval = 20 * time.Millisecond
	}
	if o.StateDir == "" {
		o.StateDir = r.tb.TempDir()
	}
	return open(r.tb, srv.URL+"/bare.git", o), srv
}

func open(tb testing.TB, spec string, o source.Options) *Source {
	tb.Helper()
	s, err := New(spec, o)
	Must(tb, err)
	return s
}
