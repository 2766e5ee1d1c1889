package source_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lbgit/lbgit/runtime/source"
)

func TestNames(t *testing.T) {
	for _, name := range []string{".x.hcl", "..data", "x.hcl~", "#x.hcl#", "x.swp", "4913"} {
		if !source.Skip(name) {
			t.Errorf("%s is not skipped", name)
		}
	}
	for name, want := range map[string]bool{"a.hcl": true, "a.yaml": true, "a.yml": true, "a.conf": true,
		"a.hcl.rpmnew": false, "hcl": false, "a.HCL": false, "README": false} {
		if source.Skip(name) || source.IsConfig(name) != want {
			t.Errorf("%s: configuration %v", name, !want)
		}
	}
}

func TestFromFiles(t *testing.T) {
	files := map[string][]byte{"etc/a.conf": []byte("a\x00"), "etc/d/b.conf": nil, "/bad": nil, "../bad": nil}
	rev := source.FromFiles(files, source.Revision{ID: "x", Path: "etc/empty"})
	if err := fstest.TestFS(rev.Tree, "etc/a.conf", "etc/d/b.conf", "etc/empty"); err != nil {
		t.Error(err)
	}
	if b, err := fs.ReadFile(rev.Tree, "etc/a.conf"); err != nil || string(b) != "a\x00" {
		t.Errorf("%q, %v", b, err)
	}
	for _, name := range []string{"bad", "etc/none", "etc/a.conf/x"} {
		if _, err := fs.Stat(rev.Tree, name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := source.FromFiles(map[string][]byte{"etc/a.conf": []byte("a")}, rev)
	if source.Digest(rev) == source.Digest(other) {
		t.Error("same digest for other content")
	}
	if source.Files(source.Revision{Tree: fstest.MapFS{}}) != nil {
		t.Error("files of a foreign tree")
	}
}

func TestError(t *testing.T) {
	err := error(&source.Error{Kind: source.Missing, Source: "/x", Msg: "does not exist", Err: fs.ErrNotExist})
	if !source.IsKind(err, source.Missing) || source.IsKind(err, source.Empty) || !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	large := &source.TooLargeError{Path: "x", Size: 5, Limit: 4}
	if !strings.Contains(large.Error(), "5 bytes, the limit is 4") {
		t.Error(large)
	}
}
