package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// daemon answers with what it was asked.
type daemon struct{ calls chan string }

func (d daemon) Status(context.Context) (Status, error) {
	return Status{Node: "lb1", Since: time.Unix(7, 0).UTC(), Instances: []Instance{{Name: "front", VRID: 51}}}, nil
}

func (d daemon) Plan(_ context.Context, r SourceRequest) (PlanResponse, error) {
	if r.Source == "bad" {
		return PlanResponse{Diagnostics: "a.hcl:1:1: error: bad\n", Refused: true}, nil
	}
	return PlanResponse{Plan: json.RawMessage(`{"source":"` + r.Source + `","ref":"` + r.Ref + `"}`)}, nil
}

func (d daemon) Apply(_ context.Context, r ApplyRequest) (ApplyResponse, error) {
	if !r.Hold {
		return ApplyResponse{}, errors.New("another source than the daemon's needs --hold")
	}
	return ApplyResponse{Done: len(r.Plan), Failures: []string{r.Source}}, nil
}

func (d daemon) Resume(context.Context) error { d.calls <- "resume"; return nil }
func (d daemon) Failover(_ context.Context, q InstanceRequest) (string, error) {
	return "failover " + q.Instance, nil
}
func (d daemon) Demote(_ context.Context, q InstanceRequest) (string, error) {
	return fmt.Sprintf("demote %q by %d for %s", q.Instance, q.By, q.For), nil
}
func (d daemon) Promote(_ context.Context, q InstanceRequest) (string, error) {
	return "", fmt.Errorf("no instance %q", q.Instance)
}
func (d daemon) Sync(context.Context) error { return errors.New("nothing to look at") }

// serve runs a server and gives its socket; it ends with the test.
func serve(t *testing.T, path string) (daemon, func() error) {
	t.Helper()
	d := daemon{calls: make(chan string, 1)}
	l, err := listenPath(path)
	if err != nil {
		t.Fatal(err)
	}
	// Writer stands for any listener that is there already: Dial needs not wait.
	s := &Server{Handler: d, Writer: l, Log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stop := func() error { cancel(); return <-done }
	return d, stop
}

func TestClientAndServer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "lbgit.sock")
	d, stop := serve(t, path)
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may use the socket: %v, %v", fi.Mode(), err)
	}
	c, err := Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if s, err := c.Status(ctx); err != nil || s.Node != "lb1" || !s.Since.Equal(time.Unix(7, 0)) || s.Instances[0].VRID != 51 {
		t.Errorf("%+v, %v", s, err)
	}
	if r, err := c.Plan(ctx, SourceRequest{Source: "/etc/lb", Ref: "v1"}); err != nil || string(r.Plan) != `{"source":"/etc/lb","ref":"v1"}` || r.Refused {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := c.Plan(ctx, SourceRequest{Source: "bad"}); err != nil || !r.Refused || r.Diagnostics == "" {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := c.Apply(ctx, ApplyRequest{SourceRequest: SourceRequest{Source: "x"}, Plan: json.RawMessage(`{}`), Hold: true}); err != nil || r.Done != 2 || r.Failures[0] != "x" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := c.Apply(ctx, ApplyRequest{Plan: json.RawMessage(`{}`)}); err == nil || err.Error() != "another source than the daemon's needs --hold" {
		t.Error(err)
	}
	if err := c.Resume(ctx); err != nil || <-d.calls != "resume" {
		t.Error(err)
	}
	if err := c.Sync(ctx); err == nil || err.Error() != "nothing to look at" {
		t.Error(err)
	}
	if said, err := c.Order(ctx, "failover", InstanceRequest{Instance: "front"}); err != nil || said != "failover front" {
		t.Error(said, err)
	}
	if said, err := c.Order(ctx, "demote", InstanceRequest{By: 20, For: time.Minute}); err != nil || said != `demote "" by 20 for 1m0s` {
		t.Error(said, err)
	}
	if _, err := c.Order(ctx, "promote", InstanceRequest{Instance: "x"}); err == nil || err.Error() != `no instance "x"` {
		t.Error(err)
	}
	c.http.CloseIdleConnections()
	if err := stop(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket stays behind: %v", err)
	}
	if _, err := c.Status(ctx); err == nil || !strings.HasPrefix(err.Error(), "the daemon does not answer: ") {
		t.Error(err)
	}
}

// TestBadRequests: what no client of ours sends is refused and harms nobody.
func TestBadRequests(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lbgit.sock")
	_, stop := serve(t, path)
	c, err := Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		method, url, body string
		code              int
	}{
		{"POST", "/v1/plan", "", http.StatusBadRequest},
		{"POST", "/v1/plan", "{", http.StatusBadRequest},
		{"POST", "/v1/plan", `{"colour": "blue"}`, http.StatusBadRequest},
		{"POST", "/v1/apply", `[]`, http.StatusBadRequest},
		{"GET", "/v1/plan", "", http.StatusMethodNotAllowed},
		{"POST", "/v1/status", "", http.StatusMethodNotAllowed},
		{"GET", "/v2/status", "", http.StatusNotFound},
	} {
		q, err := http.NewRequestWithContext(t.Context(), tt.method, "http://lbgit"+tt.url, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.http.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != tt.code {
			t.Errorf("%s %s %q: %d, want %d", tt.method, tt.url, tt.body, r.StatusCode, tt.code)
		}
	}
	c.http.CloseIdleConnections()
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestListenPath(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "lbgit.sock")
	first, err := listenPath(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := listenPath(path); err == nil || !strings.Contains(err.Error(), "is in use by another daemon; choose another with --socket") {
		t.Error(err)
	}
	// A daemon that was killed leaves its file; the next one takes it over.
	first.(*net.UnixListener).SetUnlinkOnClose(false)
	first.Close()
	second, err := listenPath(path)
	if err != nil {
		t.Fatal(err)
	}
	second.Close()
	// A file that is no socket is somebody's, and stays.
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listenPath(path); err == nil {
		t.Error("a file was taken for a socket")
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "mine" {
		t.Errorf("%q, %v", b, err)
	}
}

// TestPeerCredentials: the kernel says who calls, and a stranger is hung up on.
func TestPeerCredentials(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	// An abstract socket has no mode that would keep anybody out.
	path := fmt.Sprintf("@lbgit/test/%d", os.Getpid())
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan net.Conn, 2)
	go func() {
		for {
			c, err := credentialed{l}.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- c
		}
	}()
	// The stranger is a thread with another user's ID, which then ends.
	stranger := make(chan net.Conn)
	go func() {
		runtime.LockOSThread()
		addr := &unix.SockaddrUnix{Name: path}
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err == nil {
			if _, _, no := unix.RawSyscall(unix.SYS_SETRESUID, ^uintptr(0), 65534, ^uintptr(0)); no != 0 {
				err = no
			} else {
				err = unix.Connect(fd, addr)
			}
		}
		if err != nil {
			t.Errorf("stranger: %v", err)
			stranger <- nil
			return
		}
		f := os.NewFile(uintptr(fd), "stranger")
		defer f.Close()
		c, err := net.FileConn(f)
		if err != nil {
			t.Errorf("stranger: %v", err)
		}
		stranger <- c
	}()
	c := <-stranger
	if c == nil {
		t.FailNow()
	}
	defer c.Close()
	if n, err := c.Read(make([]byte, 1)); err == nil {
		t.Errorf("the stranger was sent %d bytes", n)
	}
	// Ourselves are let in, and nobody was before.
	me, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer me.Close()
	if in := <-accepted; in == nil {
		t.Error("not even we are let in")
	} else {
		in.Close()
	}
	if len(accepted) > 0 {
		t.Error("the stranger was let in")
	}
}

// TestWriter: one writer for a network namespace. The test has a namespace of
// its own on a thread of its own, for a daemon may run here.
func TestWriter(t *testing.T) {
	done := make(chan string)
	go func() {
		defer close(done)
		// Not unlocked: the thread ends with its namespace.
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			done <- "no network namespace of its own: " + err.Error()
			return
		}
		if Busy() {
			t.Error("busy before anybody came")
		}
		if _, err := Dial(filepath.Join(os.TempDir(), "nobody.sock")); !errors.Is(err, ErrNoDaemon) {
			t.Errorf("%v, want %v", err, ErrNoDaemon)
		}
		l, err := Lock()
		if err != nil {
			t.Error(err)
			return
		}
		if _, err := Lock(); !errors.Is(err, ErrBusy) {
			t.Errorf("%v, want %v", err, ErrBusy)
		}
		if !Busy() {
			t.Error("not busy with a writer")
		}
		if _, err := Dial(""); err != nil {
			t.Errorf("the writer is not found without a path: %v", err)
		}
		l.Close()
		if Busy() {
			t.Error("busy after the writer has gone")
		}
		if l, err = Lock(); err != nil {
			t.Error(err)
			return
		}
		l.Close()
	}()
	if skip := <-done; skip != "" {
		t.Skip(skip)
	}
}
