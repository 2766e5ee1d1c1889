package bfd_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestRFCTable holds testdata/rfc5880.tsv to the tests that exist, and every
// test that names a section to the table.
func TestRFCTable(t *testing.T) {
	have := map[string]bool{}
	for prefix, dir := range map[string]string{"": ".", "engine:": "engine"} {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if !strings.HasSuffix(f.Name(), "_test.go") {
				continue
			}
			text, err := os.ReadFile(dir + "/" + f.Name())
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(text, -1) {
				have[prefix+string(m[1])] = true
			}
		}
	}
	table, err := os.ReadFile("testdata/rfc5880.tsv")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for n, line := range strings.Split(strings.TrimSpace(string(table)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(line, "\t")
		if len(cells) != 3 || cells[2] == "" {
			t.Errorf("line %d has no three cells: %q", n+1, line)
			continue
		}
		if reason, ok := strings.CutPrefix(cells[2], "reason: "); ok {
			for _, m := range regexp.MustCompile(`Test\w+`).FindAllString(reason, -1) {
				if !have[m] {
					t.Errorf("line %d names %s, which does not exist", n+1, m)
				}
			}
			continue
		}
		for name := range strings.FieldsSeq(cells[2]) {
			if named[name] = true; !have[name] {
				t.Errorf("line %d names %s, which does not exist", n+1, name)
			}
		}
	}
	for name := range have {
		if strings.HasPrefix(name, "TestRFC5880_6") && !named[name] {
			t.Errorf("%s is not in the table", name)
		}
	}
	if len(named) < 30 {
		t.Errorf("only %d tests are named", len(named))
	}
}
