package git

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lbgit/lbgit/runtime/source"
	. "github.com/lbgit/lbgit/runtime/source/internal/sourcetest"
)

// both runs a test against the repository in place and over HTTP.
func both(t *testing.T, f func(t *testing.T, r *repo, src func(source.Options) *Source)) {
	t.Run("local", func(t *testing.T) {
		r := newRepo(t)
		f(t, r, func(o source.Options) *Source { return open(t, r.bare, o) })
	})
	t.Run("http", func(t *testing.T) {
		r := newRepo(t)
		f(t, r, func(o source.Options) *Source { s, _ := r.remote(o); return s })
	})
}

func TestFetchRefs(t *testing.T) {
	both(t, func(t *testing.T, r *repo, src func(source.Options) *Source) {
		h1 := r.push("first\n\nbody", "a.hcl", "1\x00", "lb/b.yaml", "b")
		r.git("tag", "-a", "-m", "x", "v1")
		r.git("push", "-q", "origin", "v1")
		h2 := r.push("second \x1b[31m", "a.hcl", "2")
		r.git("checkout", "-q", "-b", "feature/x")
		h3 := r.push("third", "a.hcl", "3")
		for ref, want := range map[string]string{
			"": h2, "HEAD": h2, "main": h2, "v1": h1, "refs/tags/v1": h1, "feature/x": h3, "refs/heads/feature/x": h3,
			h1: h1, h3[:8]: h3, strings.ToUpper(h1[:7]): h1,
		} {
			rev, err := src(source.Options{Ref: ref}).Fetch(t.Context())
			if err != nil || rev.ID != want || rev.Ref != ref || rev.Path != "." {
				t.Errorf("%q: %+v, %v, want %s", ref, rev, err, want)
			}
		}
		rev, err := src(source.Options{}).Fetch(t.Context())
		Must(t, err)
		if rev.Author != "Ann <ann@example.org>" || rev.Subject != "second [31m" || rev.When.IsZero() {
			t.Errorf("revision %+v", rev)
		}
		rev, err = src(source.Options{Ref: "v1"}).Fetch(t.Context())
		Must(t, err)
		if got := Read(t, rev, "a.hcl"); got != "1\x00" {
			t.Errorf("a.hcl reads %q", got)
		}
		rev, err = src(source.Options{Path: "lb/"}).Fetch(t.Context())
		Must(t, err)
		if got := Read(t, rev, "lb/b.yaml"); rev.Path != "lb" || got != "b" {
			t.Errorf("path %s, b.yaml reads %q", rev.Path, got)
		}
		rev, err = src(source.Options{Path: "lb/b.yaml"}).Fetch(t.Context())
		if err != nil || rev.Path != "lb/b.yaml" {
			t.Errorf("a file as path: %+v, %v", rev, err)
		}
	})
}

func TestFetchErrors(t *testing.T) {
	both(t, func(t *testing.T, r *repo, src func(source.Options) *Source) {
		check := func(o source.Options, k source.Kind, text string) {
			t.Helper()
			_, err := src(o).Fetch(t.Context())
			if !source.IsKind(err, k) || !strings.Contains(err.Error(), text) {
				t.Errorf("%+v: %v, want %s %q", o, err, k, text)
			}
		}
		check(source.Options{}, source.Empty, "empty")
		r.push("first", "a.hcl", "1", "docs/x.md", "", "lfs/a.conf", lfs+"v1\noid sha256:00\nsize 1\n")
		check(source.Options{Ref: "mian"}, source.NoRef, "there is main")
		check(source.Options{Ref: "abcdef12"}, source.NoRef, `commit "abcdef12"`)
		check(source.Options{Path: "docs/y"}, source.NoPath, "docs has: x.md")
		check(source.Options{Path: "docs/x.md"}, source.Content, ".hcl .yaml")
		check(source.Options{Path: "docs"}, source.Content, "no configuration files")
		check(source.Options{Path: "lfs"}, source.Content, "lfs/a.conf is a Git LFS pointer")
	})
}

func TestNotThere(t *testing.T) {
	d := t.TempDir()
	Write(t, d+"/x.git/README", "")
	for spec, kind := range map[string]source.Kind{d + "/none.git": source.Missing, d + "/x.git": source.NotRepository} {
		if _, err := open(t, "file://"+spec, source.Options{}).Fetch(t.Context()); !source.IsKind(err, kind) {
			t.Errorf("%s: %v", spec, err)
		}
	}
	r := newRepo(t)
	r.push("first", "a.hcl", "1")
	_, srv := r.remote(source.Options{})
	_, err := open(t, srv.URL+"/none.git", source.Options{StateDir: d}).Fetch(t.Context())
	if !source.IsKind(err, source.NotRepository) {
		t.Error(err)
	}
	srv.Close()
	_, err = open(t, srv.URL+"/bare.git", source.Options{StateDir: d}).Fetch(t.Context())
	if !source.IsKind(err, source.Unreachable) || !strings.Contains(err.Error(), "connection refused") {
		t.Error(err)
	}
}

func TestTree(t *testing.T) {
	both(t, func(t *testing.T, r *repo, src func(source.Options) *Source) {
		Write(t, r.work+"/lb/a.hcl", "a")
		Write(t, r.work+"/other/run.sh", "#!")
		Must(t, os.Chmod(r.work+"/other/run.sh", 0o755))
		Must(t, os.Symlink("../other/run.sh", r.work+"/lb/link.sh"))
		Must(t, os.Symlink("..", r.work+"/lb/up"))
		Must(t, os.Symlink("../lb", r.work+"/other/lb"))
		h := r.push("links", "README", "text")
		rev, err := src(source.Options{Path: "lb"}).Fetch(t.Context())
		Must(t, err)
		if err := fstest.TestFS(rev.Tree, "lb/a.hcl", "lb/link.sh", "other/run.sh", "README"); err != nil {
			t.Error(err)
		}
		fi, err := fs.Stat(rev.Tree, "lb/link.sh")
		Must(t, err)
		if fi.Mode() != 0o555 || fi.Size() != 2 {
			t.Errorf("mode %v, %d bytes", fi.Mode(), fi.Size())
		}
		if rev.ID != h {
			t.Errorf("ID %s", rev.ID)
		}
	})
}

func TestTreeFaults(t *testing.T) {
	r := newRepo(t)
	r.commit("sub", "a.hcl", "1")
	r.git("update-index", "--add", "--cacheinfo", "160000,"+r.git("rev-parse", "HEAD")+",lb/module")
	Must(t, os.Symlink("../../etc/passwd", r.work+"/out"))
	Must(t, os.Symlink("/etc/passwd", r.work+"/abs"))
	Must(t, os.Symlink("here/../../x", r.work+"/twice"))
	Must(t, os.Symlink(".", r.work+"/here"))
	Must(t, os.Symlink("ring", r.work+"/ring"))
	r.git("add", "out", "abs", "twice", "here", "ring")
	r.git("commit", "-q", "-m", "links")
	src := open(t, r.work+"/.git", source.Options{})
	rev, err := src.Fetch(t.Context())
	Must(t, err)
	for name, want := range map[string]string{
		"out": "leaves the repository", "abs": "leaves the repository", "twice": "leaves the repository",
		"ring": "too many symbolic links", "lb/module/x": "submodule", "none": "file does not exist", "a.hcl/x": "file does not exist",
	} {
		if _, err := fs.ReadFile(rev.Tree, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	if _, err := fs.ReadDir(rev.Tree, "lb/module"); err == nil || !strings.Contains(err.Error(), "submodule") {
		t.Errorf("submodule: %v", err)
	}
	// A configuration file that is such a link refuses the revision.
	Must(t, os.Symlink("/etc/x.conf", r.work+"/x.conf"))
	r.commit("escape")
	if _, err := src.Fetch(t.Context()); !source.IsKind(err, source.Content) || !strings.Contains(err.Error(), r.work) {
		t.Errorf("escape: %v", err)
	}
}

func TestTooLarge(t *testing.T) {
	r := newRepo(t)
	Write(t, r.work+"/a.hcl", "")
	Must(t, os.Truncate(r.work+"/a.hcl", source.FileLimit+1))
	r.git("config", "core.looseCompression", "1")
	r.push("large")
	_, err := open(t, r.bare, source.Options{}).Fetch(t.Context())
	var large *source.TooLargeError
	if !errors.As(err, &large) || large.Size != source.FileLimit+1 {
		t.Errorf("error is %v", err)
	}
}

func TestFilesRoundTrip(t *testing.T) {
	r := newRepo(t)
	r.push("first", "lb/a.hcl", "1", "lb/t.txt", "t", "b.hcl", "no")
	rev, err := open(t, r.bare, source.Options{Path: "lb"}).Fetch(t.Context())
	Must(t, err)
	Read(t, rev, "lb/a.hcl")
	Read(t, rev, "lb/t.txt")
	back := source.FromFiles(source.Files(rev), rev)
	if source.Digest(back) != source.Digest(rev) || back.ID != rev.ID || len(source.Files(back)) != 2 {
		t.Errorf("stored copy differs: %v", source.Files(back))
	}
	if err := fstest.TestFS(back.Tree, "lb/a.hcl", "lb/t.txt"); err != nil {
		t.Error(err)
	}
	if fi, err := fs.Stat(source.FromFiles(nil, rev).Tree, "lb"); err != nil || !fi.IsDir() {
		t.Errorf("folder without files: %v", err)
	}
}

func TestLinkedWorkTreeAndAlternates(t *testing.T) {
	r := newRepo(t)
	h := r.push("first", "a.hcl", "1")
	d := t.TempDir()
	r.git("worktree", "add", "-q", "-b", "side", d+"/side")
	r.in(d, "clone", "-q", "--shared", "--bare", r.bare, d+"/shared.git")
	for _, p := range []string{d + "/side", d + "/side/.git", d + "/shared.git", r.work} {
		rev, err := open(t, "file://"+p, source.Options{}).Fetch(t.Context())
		if err != nil || rev.ID != h {
			t.Errorf("%s: %s, %v", filepath.Base(p), rev.ID, err)
		}
	}
}

func TestTreeSurvivesCollection(t *testing.T) {
	r := newRepo(t)
	r.push("first", "a.hcl", "1", "b.txt", "b")
	rev, err := open(t, r.bare, source.Options{}).Fetch(t.Context())
	Must(t, err)
	r.in(r.bare, "gc", "-q", "--prune=now")
	if got := Read(t, rev, "b.txt"); got != "b" { // read late, from a new pack
		t.Errorf("b.txt reads %q", got)
	}
	r.git("checkout", "-q", "--orphan", "new")
	r.git("branch", "-M", "main")
	r.push("all new", "a.hcl", "2", "b.txt", "c")
	r.in(r.bare, "reflog", "expire", "--expire=now", "--all")
	r.in(r.bare, "gc", "-q", "--prune=now")
	if got := Read(t, rev, "a.hcl"); got != "1" {
		t.Errorf("a.hcl reads %q", got)
	}
}

func TestSimilar(t *testing.T) {
	r := refs{all: map[plumbingRef]hash{"refs/heads/main": {}, "refs/heads/release/1.0": {}, "refs/tags/v1": {}, "refs/pull/1/head": {}}}
	if got := r.similar("relase/1.0"); !slices.Equal(got[:1], []string{"release/1.0"}) || len(got) != 3 {
		t.Errorf("similar: %v", got)
	}
}
