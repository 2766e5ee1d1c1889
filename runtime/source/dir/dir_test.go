package dir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lbgit/lbgit/runtime/source"
	. "github.com/lbgit/lbgit/runtime/source/internal/sourcetest"
)

// at names a path as the tree does.
func at(elem ...string) string { return strings.TrimPrefix(filepath.Join(elem...), "/") }

func TestFetch(t *testing.T) {
	d := t.TempDir()
	Write(t, d+"/a.hcl", "a\x00b") // NUL bytes pass through
	Write(t, d+"/pools/web.yaml", "web")
	Write(t, d+"/.hidden/x.hcl", "no")
	Write(t, d+"/.x.hcl", "no")
	Write(t, d+"/README", "no")
	Must(t, os.Symlink(".", d+"/loop"))
	Must(t, os.Symlink("..", d+"/pools/up"))
	s := New(d, source.Options{})
	rev, err := s.Fetch(t.Context())
	Must(t, err)
	if rev.Path != at(d) || rev.Source != d || !strings.HasPrefix(rev.ID, "sha256:") || rev.When.IsZero() {
		t.Errorf("revision %+v", rev)
	}
	if got := Read(t, rev, at(d, "a.hcl")); got != "a\x00b" {
		t.Errorf("a.hcl reads %q", got)
	}
	var walked []string
	Must(t, fs.WalkDir(rev.Tree, rev.Path, func(p string, d fs.DirEntry, err error) error {
		walked = append(walked, strings.TrimPrefix(p, rev.Path))
		return err
	}))
	want := " /.hidden /.hidden/x.hcl /.x.hcl /README /a.hcl /pools /pools/web.yaml"
	if got := strings.Join(walked, " "); got != want {
		t.Errorf("walked %q, want %q", got, want)
	}
	// Files that are not configuration do not count; contents do.
	Write(t, d+"/README", "changed")
	again, err := s.Fetch(t.Context())
	Must(t, err)
	if again.ID != rev.ID {
		t.Error("README changed the ID")
	}
	Write(t, d+"/pools/web.yaml", "web2")
	again, err = s.Fetch(t.Context())
	Must(t, err)
	if again.ID == rev.ID {
		t.Error("a change did not change the ID")
	}
	if got := Read(t, rev, at(d, "pools/web.yaml")); got != "web" {
		t.Errorf("the old revision reads %q", got)
	}
	if got := source.Files(rev)[at(d, "pools/web.yaml")]; string(got) != "web" {
		t.Errorf("recorded %q", got)
	}
}

func TestFetchErrors(t *testing.T) {
	d := t.TempDir()
	Write(t, d+"/x.txt", "")
	Write(t, d+"/empty/README", "")
	Write(t, d+"/link/a.hcl", "")
	Must(t, os.Symlink("nowhere", d+"/link/b.hcl"))
	for path, want := range map[string]struct {
		kind source.Kind
		text string
	}{
		"/none":     {source.Missing, "does not exist"},
		"/x.txt":    {source.Unsuitable, ".hcl .yaml .yml .conf"},
		"/x.txt/y":  {source.Unreachable, "not a directory"},
		"/empty":    {source.Unsuitable, "no configuration files"},
		"/link":     {source.Missing, "b.hcl: does not exist, or is a symbolic link"},
		"/none.hcl": {source.Missing, "does not exist"},
	} {
		_, err := New(d+path, source.Options{}).Fetch(t.Context())
		if !source.IsKind(err, want.kind) || !strings.Contains(err.Error(), want.text) {
			t.Errorf("%s: %v, want %s %q", path, err, want.kind, want.text)
		}
	}
}

func TestTooLarge(t *testing.T) {
	d := t.TempDir()
	Write(t, d+"/main.conf", "include big.conf")
	Write(t, d+"/big.conf", "")
	Must(t, os.Truncate(d+"/big.conf", 100<<20))
	check := func(err error) {
		t.Helper()
		var large *source.TooLargeError
		if !errors.As(err, &large) || large.Size != 100<<20 || large.Limit != source.FileLimit {
			t.Errorf("error is %v", err)
		}
	}
	rev, err := New(d+"/main.conf", source.Options{}).Fetch(t.Context())
	Must(t, err)
	_, err = fs.ReadFile(rev.Tree, at(d, "big.conf"))
	check(err)
	_, err = New(d, source.Options{}).Fetch(t.Context())
	check(err)
}

func TestConformance(t *testing.T) {
	d := t.TempDir()
	Write(t, d+"/real/a.hcl", "a")
	Write(t, d+"/real/sub/b.txt", "bb")
	Must(t, os.Symlink("real/a.hcl", d+"/link.hcl"))
	Must(t, os.Symlink("real", d+"/folder"))
	Must(t, os.Symlink("..", d+"/real/loop"))
	if err := fstest.TestFS(newSnapshot(d), "real/a.hcl", "link.hcl", "folder/sub/b.txt"); err != nil {
		t.Error(err)
	}
}

func TestNoWaitOnFIFO(t *testing.T) {
	d := t.TempDir()
	Write(t, d+"/a.hcl", "a")
	Must(t, mkfifo(d+"/b.hcl"))
	_, err := New(d, source.Options{}).Fetch(t.Context())
	if err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("error is %v", err)
	}
}
