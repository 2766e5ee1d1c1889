package labtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lbgit/lbgit/runtime/lab"
)

// one is a configuration of one service whose server has a weight to look for.
func one(weight int) string {
	return fmt.Sprintf(`
virtual_server "web" {
  address   = "192.0.2.100"
  ports     = [80]
  scheduler = "wrr"
  forward   = "nat"
  real_server "10.0.0.11:80" { weight = %d }
}
`, weight)
}

func oneRows(weight int) []string {
	return []string{"-A -t 192.0.2.100:80 -s wrr", fmt.Sprintf("-a -t 192.0.2.100:80 -r 10.0.0.11:80 -m -w %d", weight)}
}

// repository is a bare git repository and a work tree that is pushed to it.
type repository struct {
	t          *testing.T
	bare, work string
}

func newRepository(t *testing.T) *repository {
	dir := t.TempDir()
	r := &repository{t: t, bare: filepath.Join(dir, "lb.git"), work: filepath.Join(dir, "work")}
	r.git(dir, "init", "-q", "--bare", "-b", "main", r.bare)
	r.git(dir, "init", "-q", "-b", "main", r.work)
	return r
}

func (r *repository) git(dir string, args ...string) {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=lab", "-c", "user.email=lab@example.org"}, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// push commits a text as lb.hcl and pushes it.
func (r *repository) push(text string, flags ...string) {
	r.t.Helper()
	replace(r.t, filepath.Join(r.work, "lb.hcl"), text)
	r.git(r.work, "add", "lb.hcl")
	commit := []string{"commit", "-q", "-m", "a change"}
	if len(flags) > 0 {
		commit = append(commit, "--amend")
	}
	r.git(r.work, commit...)
	r.git(r.work, append(append([]string{"push", "-q"}, flags...), r.bare, "main")...)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestSources: a change of each kind of source is in the kernel at once.
func TestSources(t *testing.T) {
	begin := func(t *testing.T, source string) *daemon {
		d := place(t, lab.New(t).Node("lb1", "192.0.2.1/24"), source)
		d.start()
		table(t, d.node, long, oneRows(1)...)
		return d
	}
	told := func(t *testing.T, d *daemon, what string, rows []string) {
		t.Helper()
		t.Logf("%s: in the kernel after %v", what, table(t, d.node, soon, rows...))
	}
	t.Run("directory", func(t *testing.T) {
		dir := t.TempDir()
		file := filepath.Join(dir, "lb.hcl")
		replace(t, file, one(1))
		d := begin(t, dir)
		replace(t, file, one(2))
		told(t, d, "a file renamed into the directory", oneRows(2))
		must(t, os.WriteFile(file, []byte(one(3)), 0o644))
		told(t, d, "a file written in place", oneRows(3))
		must(t, os.Mkdir(filepath.Join(dir, "more"), 0o755))
		replace(t, filepath.Join(dir, "more", "other.hcl"), strings.ReplaceAll(strings.ReplaceAll(one(9), `"web"`, `"other"`), "[80]", "[81]"))
		told(t, d, "a new folder", join(oneRows(3), []string{"-A -t 192.0.2.100:81 -s wrr", "-a -t 192.0.2.100:81 -r 10.0.0.11:80 -m -w 9"}))
		must(t, os.RemoveAll(filepath.Join(dir, "more")))
		told(t, d, "the folder removed", oneRows(3))
	})
	t.Run("Kubernetes volume", func(t *testing.T) {
		dir := t.TempDir()
		version := func(name string, weight int) {
			must(t, os.Mkdir(filepath.Join(dir, name), 0o755))
			replace(t, filepath.Join(dir, name, "lb.hcl"), one(weight))
			must(t, os.Symlink(name, filepath.Join(dir, "..data_tmp")))
			must(t, os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")))
		}
		version("..2026_1", 1)
		must(t, os.Symlink("..data/lb.hcl", filepath.Join(dir, "lb.hcl")))
		d := begin(t, dir)
		version("..2026_2", 2)
		must(t, os.RemoveAll(filepath.Join(dir, "..2026_1")))
		told(t, d, "..data swapped", oneRows(2))
	})
	t.Run("git", func(t *testing.T) {
		r := newRepository(t)
		r.push(one(1))
		d := begin(t, r.bare)
		r.push(one(2))
		told(t, d, "a push to a bare repository", oneRows(2))
		r.push(one(3), "--force")
		told(t, d, "a forced push", oneRows(3))
		d.says(0, "rewritten")
	})
}
