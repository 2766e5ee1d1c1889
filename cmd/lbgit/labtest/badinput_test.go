package labtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lbgit/lbgit/runtime/lab"
)

// TestBadInput: whatever the source turns into, the daemon says what is wrong,
// lives on, and leaves the kernel as it was.
func TestBadInput(t *testing.T) {
	n := lab.New(t).Node("lb1", "192.0.2.1/24")
	dir := filepath.Join(t.TempDir(), "source")
	must(t, os.Mkdir(dir, 0o755))
	file := filepath.Join(dir, "lb.hcl")
	good := fast + one(7)
	replace(t, file, good)
	d := place(t, n, dir)
	d.start()
	d.inForce()
	address(t, n, vip, true)
	table(t, n, soon, oneRows(7)...)
	before := d.now()

	text := func(bad string) func() { return func() { replace(t, file, bad) } }
	for _, c := range []struct {
		name string
		do   func()
		want []string
	}{
		{"unknown key", text(strings.ReplaceAll(good, "scheduler", "schedular")), []string{"lb.hcl", "did you mean"}},
		{"VRID 256", text(strings.ReplaceAll(good, "= 51", "= 256")), []string{"lb.hcl:5", "virtual_router_id is 256"}},
		{"port 0", text(strings.ReplaceAll(good, "[80]", "[0]")), []string{"lb.hcl", "not a port from 1 to 65535"}},
		{"overlapping services", text(good + strings.ReplaceAll(one(8), `"web"`, `"twin"`)), []string{"lb.hcl", "192.0.2.100", "80", "twin"}},
		{"the same name twice", text(good + strings.ReplaceAll(one(8), "[80]", "[81]")), []string{"lb.hcl", "web", "twice"}},
		{"NUL bytes", text(good + "\x00\x00\x00"), []string{"lb.hcl"}},
		{"binary", text("\x7fELF\x02\x01\x01\x00" + strings.Repeat("\xff\xfe", 500)), []string{"lb.hcl"}},
		{"100 MB", func() {
			huge := filepath.Join(dir, "huge.hcl")
			must(t, os.WriteFile(huge, nil, 0o644))
			must(t, os.Truncate(huge, 100<<20))
		}, []string{"huge.hcl", "too large"}},
		{"include loop", func() {
			replace(t, filepath.Join(dir, "keepalived.conf"), "include loop.conf\n")
			replace(t, filepath.Join(dir, "loop.conf"), "include loop.conf\n")
		}, []string{"loop.conf", "include"}},
		{"nothing left", func() { must(t, os.Remove(file)) }, []string{"no configuration"}},
		{"the directory vanishes", func() { must(t, os.RemoveAll(dir)) }, []string{dir, "does not exist"}},
		{"a file in its place", func() {
			must(t, os.RemoveAll(dir))
			replace(t, dir, good)
		}, []string{dir}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.t = t
			mark, before := d.logged(), d.now()
			c.do()
			line := d.says(mark, append([]string{"level=ERROR"}, c.want...)...)
			lab.Eventually(t, long, "status tells the error", func() error {
				if s := d.now(); s.SourceError == "" || s.Revision != before.Revision {
					return fmt.Errorf("revision %s, source error %q", s.Revision, s.SourceError)
				}
				return nil
			})
			t.Logf("status: %s", d.now().SourceError)
			t.Logf("log: %s", line)
			unharmed(t, n, d, 7)
			// All is well again.
			if c.name == "a file in its place" {
				must(t, os.Remove(dir))
			}
			must(t, os.MkdirAll(dir, 0o755))
			for _, name := range []string{"huge.hcl", "keepalived.conf", "loop.conf"} {
				must(t, os.RemoveAll(filepath.Join(dir, name)))
			}
			replace(t, file, good)
			lab.Eventually(t, long, "the error is gone", func() error {
				if s := d.now(); s.SourceError != "" {
					return errors.New(s.SourceError)
				}
				return nil
			})
		})
	}
	d.t = t
	after := d.now()
	if i, j := before.Instances[0], after.Instances[0]; !i.Since.Equal(j.Since) || j.State != "MASTER" {
		t.Errorf("there was an election: %+v, then %+v", i, j)
	}
	replace(t, file, fast+one(8))
	table(t, n, soon, oneRows(8)...)
}

// unharmed demands that the kernel is as it was.
func unharmed(t *testing.T, n *lab.Node, d *daemon, weight int) {
	t.Helper()
	if d.Exited() {
		t.Fatalf("the daemon died:\n%s", d.Output())
	}
	if got := lab.IPVS(n); got != sorted(oneRows(weight)) {
		t.Errorf("the table changed:\n%s", got)
	}
	if !lab.Holds(n, "eth0", vip) {
		t.Error("the address is gone")
	}
}

// TestBadGit: a repository can go wrong in its own ways.
func TestBadGit(t *testing.T) {
	n := lab.New(t).Node("lb1", "192.0.2.1/24")
	r := newRepository(t)
	r.push(fast + one(1))
	d := place(t, n, r.bare, "--ref", "release")
	d.start()
	// The first start waits for a ref that is not there yet.
	t.Logf("log: %s", d.says(0, "level=ERROR", "release"))
	r.git(r.work, "push", "-q", r.bare, "main:release")
	table(t, n, long, oneRows(1)...)
	address(t, n, vip, true)

	mark := d.logged()
	r.git(r.work, "push", "-q", "--delete", r.bare, "release")
	t.Logf("log: %s", d.says(mark, "level=ERROR", "release"))
	unharmed(t, n, d, 1)
	r.push(fast + one(2))
	r.git(r.work, "push", "-q", r.bare, "main:release")
	table(t, n, long, oneRows(2)...)

	mark = d.logged()
	r.push(fast + one(3) + "nonsense")
	r.git(r.work, "push", "-q", r.bare, "main:release")
	t.Logf("log: %s", d.says(mark, "level=ERROR", "lb.hcl"))
	unharmed(t, n, d, 2)

	mark = d.logged()
	r.push(fast+one(4), "--force") // the nonsense never was
	r.git(r.work, "push", "-q", "--force", r.bare, "main:release")
	table(t, n, long, oneRows(4)...)
	d.says(mark, "rewritten")

	mark = d.logged()
	must(t, os.RemoveAll(r.bare))
	t.Logf("log: %s", d.says(mark, "level=ERROR"))
	unharmed(t, n, d, 4)
}
