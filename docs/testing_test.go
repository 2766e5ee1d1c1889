package docs

import (
	"go/ast"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestTestingNamesTests: a test that docs/testing.md names is there.
func TestTestingNamesTests(t *testing.T) {
	page, err := os.ReadFile("testing.md")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, f := range source(t) {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && f.test() {
				have[fn.Name.Name] = true
			}
		}
	}
	names := regexp.MustCompile("`(Test|Fuzz)[A-Za-z0-9]+`").FindAllString(string(page), -1)
	if len(names) < 30 {
		t.Fatalf("only %d names found: the test looks for the wrong thing", len(names))
	}
	for _, n := range names {
		if n = strings.Trim(n, "`"); n != "TestX" && !have[n] {
			t.Errorf("there is no test %s", n)
		}
	}
}
