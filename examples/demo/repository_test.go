//go:build linux

package demo_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repository is a bare git repository, as a git server has it, and the work
// tree of somebody who may push to it.
type repository struct {
	t        *testing.T
	bare     string
	worktree string
}

// newRepository holds one commit: the files of an example.
func newRepository(t *testing.T, example string) *repository {
	dir := t.TempDir()
	r := &repository{t: t, bare: filepath.Join(dir, "lb.git"), worktree: filepath.Join(dir, "lb")}
	r.command("init", "--quiet", "--bare", "--initial-branch=main", r.bare)
	r.command("clone", "--quiet", r.bare, r.worktree)
	if err := os.CopyFS(r.worktree, os.DirFS(example)); err != nil {
		t.Fatal(err)
	}
	r.git("checkout", "--quiet", "-B", "main")
	r.commit("The pair as it begins")
	r.push()
	return r
}

// url is what the daemons are given.
func (r *repository) url() string { return "file://" + r.bare }

// edit replaces one text in one file by another.
func (r *repository) edit(file, old, text string) {
	r.t.Helper()
	path := filepath.Join(r.worktree, file)
	b, err := os.ReadFile(path)
	if err != nil {
		r.t.Fatal(err)
	}
	if strings.Count(string(b), old) != 1 {
		r.t.Fatalf("%s does not have %q once:\n%s", file, old, b)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(b), old, text, 1)), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repository) commit(message string) {
	r.t.Helper()
	r.git("add", "--all")
	r.git("commit", "--quiet", "--message", message)
}

func (r *repository) push() { r.t.Helper(); r.git("push", "--quiet", "origin", "main") }

// changes gives the newest commit: its subject and the lines that it changes.
func (r *repository) changes() string {
	r.t.Helper()
	var out strings.Builder
	for i, line := range strings.Split(r.git("show", "--format=%h %s", "--unified=0"), "\n") {
		header := strings.HasPrefix(line, "---") || strings.HasPrefix(line, "+++")
		if i == 0 || !header && strings.ContainsAny(line[:min(len(line), 1)], "+-") {
			out.WriteString(line + "\n")
		}
	}
	return out.String()
}

// git runs a git command in the work tree.
func (r *repository) git(args ...string) string {
	r.t.Helper()
	return r.command(append([]string{"-C", r.worktree}, args...)...)
}

// command runs git with nobody's personal settings.
func (r *repository) command(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=Ops", "GIT_AUTHOR_EMAIL=ops@example.org", "GIT_COMMITTER_NAME=Ops", "GIT_COMMITTER_EMAIL=ops@example.org")
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
