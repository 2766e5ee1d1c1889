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
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// WriterSocket is the abstract socket that the writer of a network namespace
// holds.
const WriterSocket = "@lbgit/writer"

// ErrBusy says that another lbgit writes in this network namespace.
var ErrBusy = errors.New("another lbgit runs in this network namespace (it holds " + WriterSocket + ")")

// Handler is what a daemon offers.
type Handler interface {
	Status(ctx context.Context) (Status, error)
	Plan(ctx context.Context, r SourceRequest) (PlanResponse, error)
	Apply(ctx context.Context, r ApplyRequest) (ApplyResponse, error)
	Resume(ctx context.Context) error
	Sync(ctx context.Context) error
	// Failover, Demote and Promote answer with what they did, in words.
	Failover(ctx context.Context, q InstanceRequest) (string, error)
	Demote(ctx context.Context, q InstanceRequest) (string, error)
	Promote(ctx context.Context, q InstanceRequest) (string, error)
}

// Lock makes this process the writer of its network namespace until the
// listener is closed. The error is ErrBusy when there is one already.
func Lock() (net.Listener, error) {
	l, err := net.Listen("unix", WriterSocket)
	if errors.Is(err, unix.EADDRINUSE) {
		return nil, ErrBusy
	}
	return l, err
}

// HangUp answers nobody: it is for a process that holds the lock and does not
// serve. It ends when the listener is closed.
func HangUp(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		c.Close()
	}
}

// Busy tells whether a writer is there.
func Busy() bool {
	// Asking must not take the place, not even for a moment.
	c, err := net.Dial("unix", WriterSocket)
	if err != nil {
		return !errors.Is(err, unix.ECONNREFUSED)
	}
	c.Close()
	return true
}

// Server serves a handler. It is a task.
type Server struct {
	Handler Handler
	// Writer is the locked abstract socket, or nil for one who only looks; Path
	// is a further socket, or empty.
	Writer net.Listener
	Path   string
	Log    *slog.Logger
}

func (s *Server) String() string { return "control" }

// Run serves until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	var listeners []net.Listener
	if s.Writer != nil {
		listeners = append(listeners, s.Writer)
	}
	if s.Path != "" {
		l, err := listenPath(s.Path)
		if err != nil {
			return err
		}
		listeners = append(listeners, l)
	}
	srv := &http.Server{Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug)}
	errs := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { errs <- srv.Serve(credentialed{l}) }()
	}
	select {
	case <-ctx.Done():
		stop, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = srv.Shutdown(stop)
		return nil
	case err := <-errs:
		srv.Close()
		return fmt.Errorf("control socket: %w", err)
	}
}

// listenPath takes over a socket file whose daemon is gone.
func listenPath(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("control socket: %w; choose another with --socket", err)
	}
	if c, err := net.Dial("unix", path); err == nil {
		c.Close()
		return nil, fmt.Errorf("control socket %s is in use by another daemon; choose another with --socket", path)
	}
	if fi, err := os.Lstat(path); err == nil && fi.Mode()&os.ModeSocket != 0 {
		os.Remove(path)
	}
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w; choose another with --socket", err)
	}
	return l, nil
}

// credentialed lets in root and the daemon's own user only: an abstract
// socket has no file whose mode could say so.
type credentialed struct{ net.Listener }

func (l credentialed) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil || allowed(c) {
			return c, err
		}
		c.Close()
	}
}

func allowed(c net.Conn) bool {
	raw, err := c.(*net.UnixConn).SyscallConn()
	if err != nil {
		return false
	}
	ok := false
	_ = raw.Control(func(fd uintptr) {
		cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
		ok = err == nil && (cred.Uid == 0 || int(cred.Uid) == os.Geteuid())
	})
	return ok
}

func (s *Server) routes() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /v1/status", func(w http.ResponseWriter, r *http.Request) {
		v, err := s.Handler.Status(r.Context())
		answer(w, v, err)
	})
	m.HandleFunc("POST /v1/plan", func(w http.ResponseWriter, r *http.Request) {
		var q SourceRequest
		if !read(w, r, &q) {
			return
		}
		v, err := s.Handler.Plan(r.Context(), q)
		answer(w, v, err)
	})
	m.HandleFunc("POST /v1/apply", func(w http.ResponseWriter, r *http.Request) {
		var q ApplyRequest
		if !read(w, r, &q) {
			return
		}
		v, err := s.Handler.Apply(r.Context(), q)
		answer(w, v, err)
	})
	m.HandleFunc("POST /v1/resume", func(w http.ResponseWriter, r *http.Request) {
		answer(w, struct{}{}, s.Handler.Resume(r.Context()))
	})
	m.HandleFunc("POST /v1/sync", func(w http.ResponseWriter, r *http.Request) {
		answer(w, struct{}{}, s.Handler.Sync(r.Context()))
	})
	for verb, do := range map[string]func(context.Context, InstanceRequest) (string, error){
		"failover": s.Handler.Failover, "demote": s.Handler.Demote, "promote": s.Handler.Promote,
	} {
		m.HandleFunc("POST /v1/"+verb, func(w http.ResponseWriter, r *http.Request) {
			var q InstanceRequest
			if !read(w, r, &q) {
				return
			}
			said, err := do(r.Context(), q)
			answer(w, InstanceResponse{Said: said}, err)
		})
	}
	return m
}

func read(w http.ResponseWriter, r *http.Request, into any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 256<<20))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

func answer(w http.ResponseWriter, v any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
