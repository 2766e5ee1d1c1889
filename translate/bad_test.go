package translate

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lbgit/lbgit/schema/diag"
)

var update = flag.Bool("update", false, "write the golden files")

// TestBad holds one mistake per case: a section of testdata/bad.txtar, whose
// name is that of the file to load, and the findings expected of it.
func TestBad(t *testing.T) {
	const golden = "testdata/bad.txtar"
	archive, err := txtar.ParseFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(archive.Files); i += 2 {
		in, want := archive.Files[i], &archive.Files[i+1]
		title, file, _ := strings.Cut(in.Name, ": ")
		t.Run(title, func(t *testing.T) {
			_, l := Load(fstest.MapFS{file: {Data: in.Data}}, file, Env{})
			if len(l) == 0 {
				t.Fatal("nothing was found")
			}
			if got := l.Text(); got != string(want.Data) {
				if !*update {
					t.Error(cmp.Diff(string(want.Data), got))
				}
				want.Data = []byte(got)
			}
			for _, d := range l {
				if d.Subject.Line == 0 || d.Subject.Col == 0 {
					t.Errorf("%s has no line and column", d)
				}
			}
		})
	}
	if *update {
		if err := os.WriteFile(golden, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHostile holds input that is made to hurt; it is generated, as it is too
// large or too odd for a golden file.
func TestHostile(t *testing.T) {
	deep := func(open string, n int) string { return strings.Repeat(open, n) }
	bomb := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		c := string(rune('a' + i))
		bomb += fmt.Sprintf("%c: &%c [*%s, *%s, *%s, *%s, *%s, *%s, *%s, *%s]\n", 'b'+i, 'b'+i, c, c, c, c, c, c, c, c)
	}
	tests := []struct{ name, file, text, want string }{
		{"parentheses", "a.hcl", "x = " + deep("(", 100000), "a.hcl:1:205: error: brackets are nested more than 200 deep"},
		{"blocks", "a.hcl", deep("a {\n", 100000), "a.hcl:201:3: error: brackets are nested more than 200 deep"},
		{"not", "a.hcl", "x = " + deep("!", 100000) + "true", "a.hcl:1:4003: error: the expression is too long: more than 4000 words and signs"},
		{"conditions", "a.hcl", "x = (" + deep("a ? b :\n", 100000) + "c)", "a.hcl:1000:3: error: the expression is too long: more than 4000 words and signs"},
		{"sums", "a.hcl", "x = " + deep("1+", 100000) + "1", "a.hcl:1:4003: error: the expression is too long: more than 4000 words and signs"},
		{"indexes", "a.hcl", "x = a" + deep("[0]", 100000), "a.hcl:1:11995: error: the expression is too long: more than 4000 words and signs"},
		{"templates", "a.hcl", "x = " + deep(`"${`, 100000), "a.hcl:1:305: error: brackets are nested more than 200 deep"},
		{"hidden by strings", "a.hcl", "x = " + deep(`(")" == `, 100000), "a.hcl:1:1598: error: brackets are nested more than 200 deep"},
		{"for in for", "a.hcl", "locals {\n  r = range(1000)\n  x = [for a in local.r : [for b in local.r : [for c in local.r : c]]]\n}", "a.hcl:3:7: error: evaluating the expression takes too long"},
		{"range", "a.hcl", "locals { x = range(1025) }", "a.hcl:1:14: error: call to function \"range\" failed: more than 1024 values were generated"},
		{"doubling", "a.hcl", doubling(40), "a.hcl:26:9: error: local \"l24\" is too large"},
		{"width", "a.hcl", `locals { x = format("%100000000d", 1) }`, "a.hcl:1:14: error: call to function \"format\" failed: a width in a format has at most 3 digits"},
		{"flow", "a.yaml", "x: " + deep("[", 100000), "a.yaml:1:1: error: YAML syntax: exceeded max depth of 10000"},
		{"alias bomb", "a.yaml", bomb, "a.yaml:7:8: error: aliases repeat too much"},
		{"alias of itself", "a.yaml", "pool: &a {web: {check: *a}}", "a.yaml:1:24: error: maps and lists are nested more than 200 deep"},
		{"NUL", "a.hcl", "settings {\n  \x00\n}", "a.hcl:2:3: error: the file holds a NUL byte; this is not text"},
		{"NUL in YAML", "a.yaml", "settings:\n  \x00", "a.yaml:2:3: error: the file holds a NUL byte; this is not text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, l := Load(fstest.MapFS{tt.file: {Data: []byte(tt.text)}}, tt.file, Env{})
			if !slices.ContainsFunc(l, func(d diag.Diagnostic) bool { return strings.HasPrefix(d.String(), tt.want) }) {
				t.Errorf("got %s\nwant %q", l.Text(), tt.want)
			}
		})
	}
}

func first(l diag.List) string {
	for _, d := range l {
		if d.Severity == diag.Error {
			return d.String()
		}
	}
	return ""
}

func doubling(n int) string {
	var b strings.Builder
	b.WriteString("locals {\n  l0 = \"x\"\n")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "  l%d = \"${local.l%d}${local.l%d}\"\n", i, i-1, i-1)
	}
	return b.String() + "}\n"
}

// TestSources is about files and directories.
func TestSources(t *testing.T) {
	dir := t.TempDir()
	big, err := os.Create(filepath.Join(dir, "big.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	if err := big.Truncate(100 << 20); err != nil {
		t.Fatal(err)
	}
	big.Close()
	tests := []struct {
		name string
		tree fs.FS
		path string
		want string
	}{
		{"bad: 100 MB of nothing", os.DirFS(dir), ".", "big.hcl: error: big.hcl cannot be read: the file has 100 MiB; at most 64 are read"},
		{"bad: empty directory", fstest.MapFS{"etc": {Mode: fs.ModeDir}}, "etc", "etc: error: no configuration files in etc"},
		{"bad: only hidden and editors' files", files("d/.a.hcl", "d/a.hcl~", "d/#a.hcl#", "d/.a.hcl.swp", "d/.git/a.hcl"), "d", "d: error: no configuration files in d"},
		{"bad: nothing there", fstest.MapFS{}, "x.hcl", "x.hcl: error: x.hcl does not exist"},
		{"bad: no language", files("x.toml"), "x.toml", "x.toml: error: x.toml is in no language known here"},
		{"bad: outside", files("x.hcl"), "../x.hcl", `../x.hcl: error: "../x.hcl" leaves the source`},
		{"bad: two keepalived.conf", files("a/keepalived.conf", "b/keepalived.conf"), ".", "b/keepalived.conf: error: there are two files keepalived.conf"},
		{"bad: which .conf", files("a.conf", "b.conf"), ".", "a.conf: error: there are 2 .conf files and none is called keepalived.conf"},
		{"bad: a pipe", fstest.MapFS{"a.hcl": {Mode: fs.ModeNamedPipe}}, ".", "a.hcl: error: a.hcl cannot be read: not a regular file"},
		{"ok: several", fstest.MapFS{"a.hcl": {Data: []byte("settings {}")}, "b/c.yml": {Data: []byte("settings: {}")}}, ".", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, l := Load(tt.tree, tt.path, Env{})
			if got := first(l); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func files(names ...string) fstest.MapFS {
	out := fstest.MapFS{}
	for _, n := range names {
		out[n] = &fstest.MapFile{Data: []byte("\n")}
	}
	return out
}
