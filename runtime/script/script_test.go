package script_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/script"
)

func TestSplit(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string
		bad      bool
	}{
		{name: "ok: words", in: "  /bin/x  -a\tb ", want: []string{"/bin/x", "-a", "b"}},
		{name: "ok: nothing", in: " \t"},
		{name: "ok: quotes group", in: `a "b c" 'd "e'`, want: []string{"a", "b c", `d "e`}},
		{name: "ok: pieces join", in: `a"b c"'d'e`, want: []string{"ab cde"}},
		{name: "ok: empty word", in: `a "" b`, want: []string{"a", "", "b"}},
		{name: "ok: letters", in: `\a\b\E\f\n\r\t\v`, want: []string{"\a\b\x1b\f\n\r\t\v"}},
		{name: "ok: numbers", in: `\101\x42\x4a\cA\7x`, want: []string{"ABJ\x01\x07x"}},
		{name: "ok: escape in both quotes", in: `"\"" '\''`, want: []string{`"`, `'`}},
		{name: "ok: escaped blank", in: `a\ b`, want: []string{"a b"}},
		{name: "bad: open quote", in: `a "b`, bad: true},
		{name: "bad: open quote, other inside", in: `a 'b"`, bad: true},
		{name: "bad: backslash at the end", in: `a\`, bad: true},
		{name: "bad: hex without digit", in: `\xg`, bad: true},
		{name: "bad: zero byte", in: `\0`, bad: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := script.Split(tt.in)
			if (err != nil) != tt.bad {
				t.Fatalf("error %v, want one: %v", err, tt.bad)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func FuzzSplit(f *testing.F) {
	f.Add(`a "b c" 'd' \x41\101\cA`)
	f.Fuzz(func(t *testing.T, in string) {
		words, err := script.Split(in)
		if err != nil {
			return
		}
		total := 0
		for _, w := range words {
			total += len(w)
			if strings.Contains(w, "\x00") && !strings.Contains(in, "\x00") {
				t.Fatal("a zero byte out of nothing")
			}
		}
		if total > len(in) {
			t.Fatalf("%d bytes out of %d", total, len(in))
		}
	})
}

func TestParse(t *testing.T) {
	tests := []struct {
		in   string
		want script.Spec
		bad  bool
	}{
		{in: "/bin/x 'a b'", want: script.Spec{Command: []string{"/bin/x", "a b"}}},
		{in: "</run/ok", want: script.Spec{Open: "/run/ok"}},
		{in: "< /run/o'k;id", want: script.Spec{Open: "/run/o'k;id"}},
		{in: "  ", bad: true},
		{in: `"" a`, bad: true},
	}
	for _, tt := range tests {
		got, err := script.Parse(tt.in)
		if (err != nil) != tt.bad {
			t.Errorf("%q: error %v", tt.in, err)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%q: %s", tt.in, d)
		}
	}
}

// write makes a file with a mode in a folder that is gone after the test.
func write(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRun(t *testing.T) {
	plain := write(t, "plain", "exit 5\n", 0o755) // no interpreter line
	deaf := write(t, "deaf", "exit 0\n", 0o644)   // not executable
	lost := write(t, "lost", "#!/no/such/interpreter\n", 0o755)
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		spec   script.Spec
		ok     bool
		reason string
	}{
		{name: "ok: exit 0", spec: script.Spec{Shell: "exit 0"}, ok: true, reason: "exited with status 0"},
		{name: "9.9 ok: file can be opened", spec: mustParse(t, "<"+deaf), ok: true, reason: "exited with status 0"},
		{name: "9.9 ok: a pipe without a writer", spec: script.Spec{Open: pipe}, ok: true, reason: "exited with status 0"},
		{name: "9.9 bad: no such file", spec: mustParse(t, "</no/such"), reason: "cannot be run: open /no/such: no such file or directory"},
		{name: "9.9 bad: unknown user", spec: script.Spec{Open: deaf, User: "no-such-user"}, reason: "cannot be run"},
		{name: "bad: exit 3", spec: script.Spec{Command: []string{"sh", "-c", "exit 3"}}, reason: "exited with status 3"},
		{name: "bad: without interpreter line", spec: script.Spec{Command: []string{plain}}, reason: "exited with status 5"},
		{name: "bad: signal", spec: script.Spec{Shell: "kill -9 $$"}, reason: "ended by SIGKILL"},
		{name: "bad: file missing (C39)", spec: script.Spec{Command: []string{"/no/such"}}, reason: "cannot be run"},
		{name: "bad: not executable (C39)", spec: script.Spec{Command: []string{deaf}}, reason: "cannot be run"},
		{name: "bad: interpreter missing (C39)", spec: script.Spec{Command: []string{lost}}, reason: "cannot be run"},
		{name: "bad: shell 127 (C39)", spec: script.Spec{Shell: "/no/such"}, reason: "cannot be run"},
		{name: "bad: unknown user (C41)", spec: script.Spec{Shell: "exit 0", User: "no-such-user"}, reason: "cannot be run"},
		{name: "bad: unknown group", spec: script.Spec{Shell: "exit 0", Group: "no-such-group"}, reason: "cannot be run"},
		{name: "bad: nothing", reason: "cannot be run"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := script.Run(t.Context(), tt.spec)
			if r.OK() != tt.ok || !strings.HasPrefix(r.Reason(), tt.reason) {
				t.Errorf("ok %v, reason %q, result %+v", r.OK(), r.Reason(), r)
			}
		})
	}
}

func mustParse(t *testing.T, command string) script.Spec {
	t.Helper()
	spec, err := script.Parse(command)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func TestRunEnvironment(t *testing.T) {
	t.Setenv("LD_LIBRARY_PATH", "/evil")
	t.Setenv("LBGIT_TEST", "kept")
	r := script.Run(t.Context(), script.Spec{
		Shell: `echo "$LBGIT_TEST $EXTRA [$LD_LIBRARY_PATH]"; cat`, Env: []string{"EXTRA=more"},
	})
	if want := "kept more []\n"; r.Output != want {
		t.Errorf("output %q, want %q", r.Output, want)
	}
}

func TestRunOutputIsCapped(t *testing.T) {
	r := script.Run(t.Context(), script.Spec{Shell: "head -c 100000 /dev/zero | tr '\\0' x"})
	if !r.OK() || len(r.Output) != script.MaxOutput {
		t.Errorf("%d bytes kept, %v", len(r.Output), r.Reason())
	}
	r = script.Run(t.Context(), script.Spec{Shell: "echo hello", Quiet: true})
	if !r.OK() || r.Output != "" {
		t.Errorf("quiet: %+v", r)
	}
}

// A script that ignores SIGTERM and has a child that does so too: both are gone soon after the timeout.
func TestRunTimeoutEndsTheGroup(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "pid")
	shell := fmt.Sprintf(`trap "" TERM; sh -c 'trap "" TERM; echo $$ > %s; sleep 60' & sleep 60; wait`, pidFile)
	r := script.Run(t.Context(), script.Spec{Shell: shell, Timeout: 300 * time.Millisecond})
	if r.OK() || !r.TimedOut || r.Signal != unix.SIGKILL {
		t.Errorf("%+v", r)
	}
	if r.Took > 30*time.Second {
		t.Errorf("took %v", r.Took)
	}
	text, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(string(text), &pid); err != nil {
		t.Fatal(err)
	}
	// The child is reaped by whoever inherits it: ended means gone or a zombie.
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if errors.Is(err, os.ErrNotExist) || strings.Contains(string(stat), ") Z ") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("child %d lives: %s", pid, stat)
		}
	}
}

func TestRunPoliteTimeout(t *testing.T) {
	r := script.Run(t.Context(), script.Spec{Shell: "exec sleep 60", Timeout: 50 * time.Millisecond})
	if !r.TimedOut || r.Signal != unix.SIGTERM || r.Reason() != "timed out" {
		t.Errorf("%+v", r)
	}
}

func TestRunContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if r := script.Run(ctx, script.Spec{Shell: "exec sleep 60"}); r.OK() || !r.TimedOut {
		t.Errorf("%+v", r)
	}
}

// A background process that keeps the output open does not keep Run waiting.
func TestRunLeftover(t *testing.T) {
	r := script.Run(t.Context(), script.Spec{Shell: "sleep 20 & echo done"})
	if !r.OK() || r.Output != "done\n" || r.Took > 10*time.Second {
		t.Errorf("%+v", r)
	}
}

func TestRunAsUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to change the user")
	}
	r := script.Run(t.Context(), script.Spec{Shell: "id -u; id -g; id -G", User: "65534"})
	if want := "65534\n65534\n65534\n"; r.Output != want {
		t.Errorf("output %q, want %q (%s)", r.Output, want, r.Reason())
	}
	for _, groups := range []bool{false, true} {
		if r := script.Run(t.Context(), script.Spec{Shell: "id -G", User: "root", Group: "daemon", Groups: groups}); strings.Contains(r.Output, " 0") != groups {
			t.Errorf("15.6: supplementary groups %v: %q", groups, r.Output)
		}
	}
	secret := write(t, "secret", "", 0o600)
	if r := script.Run(t.Context(), script.Spec{Open: secret}); !r.OK() {
		t.Errorf("root cannot open its file: %s", r.Reason())
	}
	if r := script.Run(t.Context(), script.Spec{Open: secret, User: "65534"}); r.OK() {
		t.Error("anybody can open root's file")
	}
	if os.Geteuid() != 0 || syscall.Access(secret, 4) != nil {
		t.Error("the daemon itself has become somebody else")
	}
	r = script.Run(t.Context(), script.Spec{Shell: "id -u; id -g", Group: "daemon"})
	if want := "0\n1\n"; r.Output != want {
		t.Errorf("output %q, want %q (%s)", r.Output, want, r.Reason())
	}
}
