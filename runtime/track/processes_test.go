package track

import (
	"bytes"
	"encoding/binary"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/schema"
)

// datagram is an event as the kernel sends it.
func datagram(what happening, fields ...uint32) []byte {
	ne := binary.NativeEndian
	b := make([]byte, unix.SizeofNlMsghdr+cnHeader+16)
	ne.PutUint32(b[16:], cnProc)
	ne.PutUint32(b[20:], cnProc)
	ne.PutUint32(b[36:], uint32(what))
	for _, f := range fields {
		b = ne.AppendUint32(b, f)
	}
	return b
}

func TestParseEvent(t *testing.T) {
	tests := []struct {
		name string
		in   []byte
		want event
		ok   bool
	}{
		{"answer", datagram(listening, 0), event{what: listening}, true},
		{"refusal", datagram(listening, 1), event{what: listening, errno: unix.EPERM}, true},
		{"fork by a thread", datagram(forked, 11, 10, 20, 20), event{what: forked, parent: 10, pid: 20}, true},
		{"new thread", datagram(forked, 10, 10, 20, 10), event{}, false},
		{"exec", datagram(executed, 20, 20), event{what: executed, pid: 20}, true},
		{"name of a thread", datagram(renamed, 21, 20, 0, 0, 0, 0), event{}, false},
		{"exit", datagram(exited, 20, 20, 0, 17), event{what: exited, pid: 20}, true},
		{"exit of a thread", datagram(exited, 21, 20, 0, 17), event{}, false},
		{"another event", datagram(4, 1, 1, 1, 1), event{}, false},
		{"cut off", datagram(forked, 11, 10, 20), event{}, false},
		{"short", nil, event{}, false},
	}
	for _, tt := range tests {
		got, ok := parseEvent(tt.in)
		if ok != tt.ok || ok && got != tt.want {
			t.Errorf("%s: %+v, %v", tt.name, got, ok)
		}
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add(datagram(forked, 1, 2, 3, 3))
	f.Add(datagram(exited, 1, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		parseEvent(b)
		if !bytes.Equal(before, b) {
			t.Error("the datagram was written to")
		}
	})
}

// TestProcfs reads this process, a zombie and nobody.
func TestProcfs(t *testing.T) {
	p := procfs("/proc")
	if argv := p.argv(os.Getpid()); len(argv) == 0 || argv[0] != os.Args[0] {
		t.Errorf("argv %q", argv)
	}
	want := filepath.Base(os.Args[0])
	if comm, alive := p.comm(os.Getpid()); !alive || comm != want[:min(len(want), commLength)] {
		t.Errorf("comm %q, alive %v", comm, alive)
	}
	pids, err := p.pids()
	if err != nil || len(pids) == 0 {
		t.Errorf("%v, %v", pids, err)
	}
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, cmd.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if comm, alive := p.comm(cmd.Process.Pid); alive {
		t.Errorf("a zombie lives: %q", comm)
	}
	fake := t.TempDir()
	if err := os.Mkdir(filepath.Join(fake, "7"), 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(fake, "7", "stat"), "7 (a) b)) S 1 2")
	if comm, alive := procfs(fake).comm(7); comm != "a) b)" || !alive {
		t.Errorf("comm %q, alive %v", comm, alive)
	}
}

// TestProcesses counts real processes, by the connector where this machine
// lets us, and by the clock.
func TestProcesses(t *testing.T) {
	ways := map[string]func() (*connector, error){
		"connector": openConnector,
		"polling":   func() (*connector, error) { return nil, errors.New("there is none") },
	}
	for name, connect := range ways {
		t.Run(name, func(t *testing.T) {
			if c, err := connect(); err == nil {
				c.close()
			} else if name == "connector" {
				t.Skipf("this machine has no process connector for us: %v", err)
			}
			p := NewProcesses(slog.New(slog.DiscardHandler), func(Object) {})
			p.connect = connect
			go p.Run(t.Context())
			// A program of our own, so that nobody else's counts.
			program := filepath.Join(t.TempDir(), "lbgit-sleeper")
			if err := os.Symlink("/bin/sleep", program); err != nil {
				t.Fatal(err)
			}
			cfg := &schema.Config{
				Processes: []*schema.TrackProcess{
					{Name: "two", Match: "lbgit-sleeper", Quorum: 2},
					{Name: "args", Match: program + " 61", Quorum: 1},
				},
				Instances: []*schema.VRRPInstance{{Tracking: schema.Tracking{Processes: []schema.Track{{Name: "two"}, {Name: "args"}}}}},
			}
			p.Set(cfg)
			is := func(what, name string, s State) {
				t.Helper()
				becomes(t, what, p, name, func(v Verdict) bool { return v.State == s })
			}
			start := func(arg string) *exec.Cmd {
				cmd := exec.CommandContext(t.Context(), program, arg)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				return cmd
			}
			stop := func(cmd *exec.Cmd) {
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			}
			is("none yet", "two", Bad)
			is("none yet", "args", Bad)
			first := start("60")
			second := start("61")
			is("two run", "two", Good)
			is("one has the parameter", "args", Good)
			if v := p.Verdict("two"); strings.Contains(v.Reason, "once a second") != (name == "polling") {
				t.Errorf("reason %q", v.Reason)
			}
			stop(second)
			is("one is left", "two", Bad)
			is("it had the parameter", "args", Bad)
			stop(first)
			p.Set(&schema.Config{})
			becomes(t, "nobody asks", p, "two", func(v Verdict) bool { return v.State == Pending })
		})
	}
}
