package diag

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

func sample() List {
	var l List
	l.Warnf(Range{File: "b.hcl", Line: 2, Col: 1}, "second file")
	d := l.Errorf(Range{File: "a.hcl", Line: 12, Col: 3, EndLine: 12, EndCol: 9}, "there is no attribute %q here", "colour").As("unknown").
		Because("there are %s\nand more", "a, b").And(Range{File: "b.hcl", Line: 1, Col: 1})
	d.Snippet = "\tcolour = 1"
	d = l.Errorf(Range{File: "a.hcl", Line: 3, Col: 2, EndLine: 9, EndCol: 1}, "over several lines")
	d.Snippet = "block {"
	d = l.Errorf(Range{File: "a.hcl", Line: 123456, Col: 90}, "beyond the end of its line")
	d.Snippet = "short"
	d = l.Errorf(Range{File: "a.hcl", Line: 4}, "a line without a column")
	d.Snippet = "text"
	l.Notef(Range{}, "nowhere, and 100% right")
	l.Errorf(Range{File: "a.hcl"}, "a file as a whole")
	l.Errorf(Range{File: "a.hcl"}, "a file as a whole")
	return l
}

func TestText(t *testing.T) {
	const golden = "testdata/text.golden"
	got := sample().Sort().Text()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestList(t *testing.T) {
	l := sample()
	if l.Count(Error) != 6 || l.Count(Warning) != 1 || l.Count(Note) != 1 || !l.HasErrors() {
		t.Error("miscounted")
	}
	if got := l.Err().Error(); got != `a.hcl:12:3: error: there is no attribute "colour" here (and 5 more)` {
		t.Error(got)
	}
	if err := l[:1].Err(); err != nil {
		t.Error(err)
	}
	if got := l[1:2].Err().Error(); got != `a.hcl:12:3: error: there is no attribute "colour" here` {
		t.Error(got)
	}
	if s := l.Sort(); len(s) != len(l)-1 || l[0].Subject.File != "b.hcl" {
		t.Errorf("%d of %d left, or the list itself was sorted", len(s), len(l))
	}
	b, err := json.Marshal(l[:1])
	if want := `[{"severity":"warning","summary":"second file","range":{"file":"b.hcl","line":2,"column":1}}]`; err != nil || string(b) != want {
		t.Errorf("got %s, %v", b, err)
	}
}

func TestRooted(t *testing.T) {
	var l List
	l.Errorf(Range{File: "etc/b.hcl", Line: 1}, "twice").And(Range{File: "etc/a.hcl", Line: 2}).Because("first at etc/a.hcl:2, then at etc/b.hcl:1")
	l.Errorf(Range{}, "nowhere").Because("a // b")
	got := l.Rooted("/")
	want := "/etc/b.hcl:1: error: twice\n      first at /etc/a.hcl:2, then at /etc/b.hcl:1\n      see also /etc/a.hcl:2\nerror: nowhere\n      a // b\n"
	if got.Text() != want {
		t.Error(got.Text())
	}
	if l[0].Subject.File != "etc/b.hcl" || l[0].Other.File != "etc/a.hcl" {
		t.Error("the list itself was changed")
	}
}

func TestNearest(t *testing.T) {
	words := []string{"scheduler", "address", "ports", "pool", "nat", "dr"}
	for word, want := range map[string]string{
		"schedular": "scheduler", "adress": "address", "port": "ports", "Pool": "pool", "address": "address",
		"xyz": "", "": "", "n": "", "persistence_timeout": "", strings.Repeat("a", 10000): "",
	} {
		if got := Nearest(word, words); got != want {
			t.Errorf("%.20q: got %q, want %q", word, got, want)
		}
	}
	if got := Nearest("x", nil); got != "" {
		t.Error(got)
	}
}
