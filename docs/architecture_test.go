// Package docs tests that the architecture described here is the one that the
// code has. It parses the source itself: a test built on `go list` could be
// served stale from the test cache.
package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/lbgit/lbgit/"

// pure packages decide and never do: no system, no clock, no goroutines.
var pure = []string{
	"schema", "schema/diag",
	"reconcile/state", "reconcile/compile", "reconcile/plan", "reconcile/render",
	"runtime/vrrp", "runtime/vrrp/wire", "runtime/check", "runtime/bfd",
}

// forbidden are the imports that make a package impure.
var forbidden = []string{"os", "net", "sync", "context", "log", "math/rand", "syscall", "unsafe", "golang.org/x/sys"}

// pureMay lists the sub-packages of forbidden ones that are only values.
var pureMay = []string{"net/netip"}

// arrows say which packages of the module a package may import: itself and
// what is below it, and these. The first prefix that matches counts.
var arrows = []struct {
	from string
	to   []string
	why  string
}{
	{"schema/diag", nil, "diagnostics know nothing of the model"},
	{"schema", []string{"schema/diag"}, "the model knows nobody"},
	{"translate", []string{"schema", "translate"}, "languages know the model only"},
	{"reconcile/state", nil, "rows know nobody"},
	{"reconcile/compile", []string{"reconcile/state", "schema"}, "compile turns the model into rows"},
	{"reconcile/plan", []string{"reconcile/state"}, "a plan is about rows"},
	{"reconcile/render", []string{"reconcile/state", "reconcile/plan", "schema/diag"}, "rendering shows plans"},
	{"reconcile/apply", []string{"reconcile/state", "reconcile/plan"}, "apply walks plans"},
	{"reconcile", []string{"reconcile", "schema"}, "reconcile never imports runtime"},
	{"runtime/vrrp/engine", []string{"runtime/vrrp", "runtime/internal/clock"}, "the engine feeds the protocol"},
	{"runtime/vrrp", nil, "the protocol is a leaf"},
	{"runtime/bfd/engine", []string{"runtime/bfd", "runtime/internal/clock"}, "the engine feeds the session machine"},
	{"runtime/bfd", nil, "the session machine is a leaf"},
	{"runtime/check/probe", []string{"runtime/check", "runtime/script"}, "probes feed the check states"},
	{"runtime/check", nil, "check states are a leaf"},
	{"runtime/script", nil, "the script runner is a leaf"},
	{"runtime/notify", []string{"runtime/script", "schema"}, "telling runs scripts"},
	{"runtime/track", []string{"runtime/check", "runtime/script", "schema"}, "tracking runs scripts"},
	{"runtime/ipvs", []string{"reconcile/state", "runtime/internal/nl"}, "IPVS reads and writes rows"},
	{"runtime/link", []string{"reconcile/state", "runtime/internal/nl"}, "links read and write rows"},
	{"runtime/internal", nil, "plumbing is a leaf"},
	{"runtime/source", []string{"runtime/source"}, "sources know nothing of what files mean"},
	{"runtime/control", nil, "the control protocol is a leaf"},
	{"runtime/guard", []string{"reconcile/state", "reconcile/plan", "runtime/internal/memory"}, "the guard knows rows only"},
	{"runtime/store", []string{"reconcile/state", "reconcile/plan", "runtime/source"}, "the store keeps claims and revisions"},
	{"runtime/lab", nil, "the lab must not depend on what it tests"},
	{"runtime/agent", []string{"reconcile", "runtime", "schema", "translate"}, "the agent wires everything"},
	{"cmd/lbgit", []string{"reconcile", "runtime", "schema", "translate"}, "the command line is the outermost shell"},
	{"examples", []string{"runtime/lab"}, "examples are run from outside"},
}

type file struct {
	dir, name string
	ast       *ast.File
}

func source(t *testing.T) []file {
	var out []file
	fset := token.NewFileSet()
	err := filepath.WalkDir("..", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && d.Name() != "..") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		f, err := parser.ParseFile(fset, p, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel("..", p)
		out = append(out, file{filepath.ToSlash(filepath.Dir(rel)), filepath.Base(p), f})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 100 {
		t.Fatalf("only %d files found: the test looks in the wrong place", len(out))
	}
	return out
}

func (f *file) test() bool { return strings.HasSuffix(f.name, "_test.go") }

func (f *file) imports() []string {
	var out []string
	for _, i := range f.ast.Imports {
		out = append(out, strings.Trim(i.Path.Value, `"`))
	}
	return out
}

func TestPurePackages(t *testing.T) {
	for _, f := range source(t) {
		if f.test() || !slices.Contains(pure, f.dir) {
			continue
		}
		for _, i := range f.imports() {
			if slices.Contains(pureMay, i) {
				continue
			}
			for _, bad := range forbidden {
				if i == bad || strings.HasPrefix(i, bad+"/") {
					t.Errorf("%s/%s imports %s: %s is pure", f.dir, f.name, i, f.dir)
				}
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s/%s starts a goroutine: %s is pure", f.dir, f.name, f.dir)
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After", "NewTimer", "NewTicker", "Tick", "AfterFunc"}, n.Sel.Name) {
					t.Errorf("%s/%s reads a clock (time.%s): %s is pure", f.dir, f.name, n.Sel.Name, f.dir)
				}
			}
			return true
		})
	}
}

func TestImportArrows(t *testing.T) {
	for _, f := range source(t) {
		if f.test() || strings.HasSuffix(f.dir, "labtest") {
			continue
		}
		rule := slices.IndexFunc(arrows, func(a struct {
			from string
			to   []string
			why  string
		}) bool {
			return f.dir == a.from || strings.HasPrefix(f.dir, a.from+"/")
		})
		for _, i := range f.imports() {
			to, ok := strings.CutPrefix(i, module)
			if !ok {
				continue
			}
			if rule < 0 {
				t.Errorf("%s has no rule: add its arrows", f.dir)
				break
			}
			r := arrows[rule]
			below := func(p string) bool { return to == p || strings.HasPrefix(to, p+"/") }
			if !below(r.from) && !slices.ContainsFunc(r.to, below) {
				t.Errorf("%s/%s imports %s: %s", f.dir, f.name, to, r.why)
			}
			if below("runtime/lab") || below("runtime/fake") {
				if f.dir != "runtime/lab" && !strings.HasPrefix(f.dir, "examples") {
					t.Errorf("%s/%s imports %s, which is for tests", f.dir, f.name, to)
				}
			}
		}
	}
}

// TestOnePackageComment holds every folder to exactly one package comment.
func TestOnePackageComment(t *testing.T) {
	comments, files := map[string]int{}, map[string]int{}
	for _, f := range source(t) {
		if f.test() {
			continue
		}
		files[f.dir]++
		if f.ast.Doc != nil {
			comments[f.dir]++
		}
	}
	for dir := range files {
		if comments[dir] != 1 {
			t.Errorf("%s has %d package comments, want 1", dir, comments[dir])
		}
	}
}

// TestTopLevel holds the root to its fixed folders.
func TestTopLevel(t *testing.T) {
	want := []string{"CHANGELOG.md", "LICENSE", "Makefile", "README.md", "cmd", "docs", "examples", "go.mod", "go.sum", "reconcile", "runtime", "schema", "translate"}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(want, e.Name()) && e.Name() != "bin" {
			t.Errorf("%s does not belong at the top", e.Name())
		}
	}
}

// TestSecretsAreRevealedAtTheWireOnly finds every use of Reveal.
func TestSecretsAreRevealedAtTheWireOnly(t *testing.T) {
	may := []string{"schema", "runtime/agent", "runtime/notify", "translate/block", "translate/keepalived"}
	for _, f := range source(t) {
		if f.test() {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Reveal" && !slices.Contains(may, f.dir) {
				t.Errorf("%s reveals a secret", path.Join(f.dir, f.name))
			}
			return true
		})
	}
}
