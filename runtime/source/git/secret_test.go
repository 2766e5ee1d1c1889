package git

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/source"
	. "github.com/lbgit/lbgit/runtime/source/internal/sourcetest"
)

func TestCredentials(t *testing.T) {
	r := newRepo(t)
	h := r.push("1", "a.hcl", "1")
	srv := r.serve("s3cret")
	host := strings.TrimPrefix(srv.URL, "http://")
	for name, c := range map[string]struct {
		url, token string
		want       source.Kind
		text       string
	}{
		"ok: in the URL":     {"http://user:s3cret@" + host + "/bare.git", "", "", ""},
		"ok: token":          {"http://" + host + "/bare.git", "s3cret", "", ""},
		"ok: token and user": {"http://user@" + host + "/bare.git", "s3cret", "", ""},
		"bad: none":          {"http://" + host + "/bare.git", "", source.Denied, "LBGIT_GIT_TOKEN"},
		"bad: password":      {"http://us3r:s3cr%65tX@" + host + "/bare.git", "", source.Denied, "refuses"},
		"bad: token":         {"http://" + host + "/bare.git", "s3cretX", source.Denied, "refuses"},
		"bad: token as user": {"http://s3cretX@" + host + "/bare.git", "", source.Denied, "refuses"},
	} {
		t.Run(name, func(t *testing.T) {
			src := open(t, c.url, source.Options{Token: c.token, StateDir: t.TempDir()})
			rev, err := src.Fetch(t.Context())
			if c.want == "" && (err != nil || rev.ID != h) || c.want != "" && !source.IsKind(err, c.want) {
				t.Errorf("%s, %v", rev.ID, err)
			}
			text := fmt.Sprintf("%v %+v %s %s", err, err, src, rev.Source)
			if strings.Contains(text, "s3cr") || !strings.Contains(text, c.text) {
				t.Errorf("text %q, want %q and no secret", text, c.text)
			}
		})
	}
	for _, bad := range []string{"http://u:s3cret@host:port/x", "ftp://u:s3cret@host/x", "https://u:s3cret@host", "https://u:s3c%ret@host/x"} {
		if _, err := New(bad, source.Options{}); err == nil || strings.Contains(err.Error(), "s3c") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestServersThatAreNoGitServers(t *testing.T) {
	hang := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		switch {
		case strings.HasPrefix(q.URL.Path, "/html"):
			fmt.Fprint(w, "<html>hello</html>")
		case strings.HasPrefix(q.URL.Path, "/broken"):
			http.Error(w, strings.Repeat("oh\n", 1000)+q.Header.Get("Authorization"), http.StatusInternalServerError)
		case strings.HasPrefix(q.URL.Path, "/denied"):
			w.WriteHeader(http.StatusForbidden)
		default:
			<-hang
		}
	}))
	defer srv.Close()
	defer close(hang)
	// A port that accepts and says nothing: no ssh handshake.
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	Must(t, err)
	defer mute.Close()
	known, key := t.TempDir()+"/known", t.TempDir()+"/key"
	Write(t, known, "")
	r := newRepo(t)
	Must(t, os.WriteFile(key, []byte(testKey(t)), 0o600))
	_ = r
	for url, want := range map[string]struct {
		kind source.Kind
		text string
	}{
		srv.URL + "/html/x":                        {source.NotRepository, "not as a git repository"},
		srv.URL + "/broken/x":                      {source.Unreachable, "500"},
		srv.URL + "/denied/x":                      {source.Denied, "access denied"},
		srv.URL + "/hang/x":                        {source.Unreachable, "no answer within 100ms"},
		"ssh://git@" + mute.Addr().String() + "/x": {source.Unreachable, "no answer within 100ms"},
	} {
		o := source.Options{Timeout: 100 * time.Millisecond, SSHKey: key, KnownHosts: known}
		if strings.Contains(url, "/broken") {
			o.Timeout = Deadline
		}
		_, err := open(t, url, o).Fetch(t.Context())
		if !source.IsKind(err, want.kind) || !strings.Contains(err.Error(), want.text) || len(err.Error()) > 300 {
			t.Errorf("%s: %v, want %s %q", url, err, want.kind, want.text)
		}
	}
}

func TestSSHKeyFaults(t *testing.T) {
	d := t.TempDir()
	Write(t, d+"/known", "")
	Write(t, d+"/junk", "junk")
	for o, want := range map[source.Options]string{
		{SSHKey: d + "/none", KnownHosts: d + "/known"}: "does not exist",
		{SSHKey: d + "/junk", KnownHosts: d + "/known"}: "cannot be used",
		{SSHKey: d + "/junk", KnownHosts: d + "/none"}:  "ssh-keyscan host",
	} {
		_, err := open(t, "git@host:x/y", o).Fetch(t.Context())
		if !source.IsKind(err, source.Denied) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
