package vrrp_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// where the tests that the tables name live, seen from here.
var testPackages = map[string]string{
	"vrrp": ".", "wire": "wire", "engine": "engine", "link": "../link", "filter": "../link/filter", "linklab": "../link/labtest",
	"labtest": "../../cmd/lbgit/labtest", "schema": "../../schema", "keepalived": "../../translate/keepalived",
}

// testNames are the test functions of a folder and, as sub-tests may be any of
// them, its string literals.
type testNames struct{ funcs, literals map[string]bool }

func readTests(t *testing.T, dir string) testNames {
	t.Helper()
	n := testNames{map[string]bool{}, map[string]bool{}}
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in %s: %v", dir, err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(x ast.Node) bool {
			switch x := x.(type) {
			case *ast.FuncDecl:
				if x.Recv == nil && strings.HasPrefix(x.Name.Name, "Test") {
					n.funcs[x.Name.Name] = true
				}
			case *ast.BasicLit:
				if s, err := strconv.Unquote(x.Value); err == nil && x.Kind == token.STRING {
					n.literals[s] = true
				}
			}
			return true
		})
	}
	return n
}

// proven says why a cell of evidence is not good enough, or nothing.
func proven(packages map[string]testNames, evidence string) string {
	if reason, ok := strings.CutPrefix(evidence, "n/a: "); ok {
		if len(reason) < 10 {
			return "no reason"
		}
		return ""
	}
	for i, one := range splitEvidence(evidence) {
		pkg, name, ok := strings.Cut(one, ".")
		name, sub, hasSub := strings.Cut(name, "/")
		tests, known := packages[pkg]
		switch {
		case !ok || !known:
			return "test " + strconv.Itoa(i+1) + " names no package: " + one
		case !tests.funcs[name]:
			return "there is no test " + pkg + "." + name
		case hasSub && !tests.literals[sub]:
			return "there is no sub-test " + one
		}
	}
	return ""
}

// splitEvidence takes apart at ", PACKAGE.Test": names of sub-tests have commas.
func splitEvidence(s string) (list []string) {
	for {
		_, rest, found := strings.Cut(s, ".Test")
		i := -1
		if found {
			for at := 0; ; {
				k := strings.Index(rest[at:], ", ")
				if k < 0 {
					break
				}
				pkg, _, ok := strings.Cut(rest[at+k+2:], ".Test")
				if _, known := testPackages[pkg]; ok && known {
					i = len(s) - len(rest) + at + k
					break
				}
				at += k + 2
			}
		}
		if i < 0 {
			return append(list, s)
		}
		list, s = append(list, s[:i]), s[i+2:]
	}
}

// TestRFCTables: every line of the tables names tests that exist, or a reason;
// every test that is called after a section stands in a table.
func TestRFCTables(t *testing.T) {
	packages := map[string]testNames{}
	for name, dir := range testPackages {
		packages[name] = readTests(t, dir)
	}
	var all strings.Builder
	for _, file := range []string{"testdata/rfc9568.tsv", "testdata/rfc3768.tsv"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
		for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
			if strings.HasPrefix(line, "#") {
				continue
			}
			cells := strings.Split(line, "\t")
			if len(cells) != 4 || cells[0] == "" || cells[2] == "" {
				t.Errorf("%s:%d: want section, level, demand and evidence: %q", file, i+1, line)
				continue
			}
			switch cells[1] {
			case "MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY", "step":
			default:
				t.Errorf("%s:%d: level %q", file, i+1, cells[1])
			}
			if why := proven(packages, cells[3]); why != "" {
				t.Errorf("%s:%d: %s", file, i+1, why)
			}
		}
	}
	for pkg, tests := range packages {
		for name := range tests.funcs {
			if strings.HasPrefix(name, "TestRFC") && name != "TestRFCTables" && !strings.Contains(all.String(), pkg+"."+name) {
				t.Errorf("%s.%s shows something that no table names", pkg, name)
			}
		}
	}
	for _, bad := range []string{"", "vrrp.TestNothing", "nowhere.TestStories", "n/a: ", "wire.TestExpect/no such case", "vrrp.TestStories, vrrp.TestNothing"} {
		if proven(packages, bad) == "" {
			t.Errorf("%q was taken for a proof", bad)
		}
	}
}
