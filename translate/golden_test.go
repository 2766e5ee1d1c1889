package translate

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestGolden loads the files of each testdata/load/*.txtar and compares the
// node's view, as HCL, and the findings. The comment of an archive has lines
// such as "node lb1" and "var x=1"; the view of every node that it names is
// kept.
func TestGolden(t *testing.T) {
	names, err := filepath.Glob("testdata/load/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no cases", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			tree := fstest.MapFS{}
			sources := archive.Files[:0:0]
			for _, f := range archive.Files {
				if !strings.HasPrefix(f.Name, "want ") {
					tree[f.Name] = &fstest.MapFile{Data: f.Data}
					sources = append(sources, f)
				}
			}
			out := txtar.Archive{Comment: archive.Comment, Files: sources}
			env := Env{Vars: map[string]string{}, Getenv: func(n string) (string, bool) { return "env of " + n, n != "NONE" }}
			nodes := []string{""}
			for line := range strings.Lines(string(archive.Comment)) {
				word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
				switch word {
				case "node":
					nodes = strings.Fields(rest)
				case "var":
					k, v, _ := strings.Cut(rest, "=")
					env.Vars[k] = v
				}
			}
			// One loader for all nodes: what they share must not mix.
			var loader Loader
			for _, n := range nodes {
				env.Node = n
				r := loader.Load(tree, ".", env)
				view, err := Encode(r.Config, HCL)
				if err != nil {
					t.Fatal(err)
				}
				out.Files = append(out.Files, txtar.File{Name: strings.TrimSpace("want view " + n), Data: view},
					txtar.File{Name: strings.TrimSpace("want findings " + n), Data: []byte(r.Diags.Text())})
			}
			want, got := txtar.Format(archive), txtar.Format(&out)
			if bytes.Equal(want, got) {
				return
			}
			if *update {
				if err := os.WriteFile(name, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Error(cmp.Diff(string(want), string(got)))
		})
	}
}
