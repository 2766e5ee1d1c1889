package translate

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

func FuzzHCL(f *testing.F)  { fuzz(f, "a.hcl") }
func FuzzYAML(f *testing.F) { fuzz(f, "a.yaml") }

// fuzz loads and formats anything. Nothing may panic or take long, a place
// must lie within the file, and what formats must keep its meaning and stay.
func fuzz(f *testing.F, name string) {
	cases, _ := filepath.Glob("testdata/load/*.txtar")
	for _, c := range append(cases, "testdata/bad.txtar") {
		data, err := os.ReadFile(c)
		if err != nil {
			f.Fatal(err)
		}
		for _, in := range txtar.Parse(data).Files {
			if strings.HasSuffix(in.Name, filepath.Ext(name)) {
				f.Add(in.Data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		start := time.Now()
		cfg, l := Load(fstest.MapFS{name: {Data: text}}, name, Env{Node: "lb1"})
		if d := time.Since(start); d > 10*time.Second {
			t.Fatalf("took %s", d)
		}
		lines := 1
		for _, b := range []string{"\n", "\r", "\u0085", "\u2028", "\u2029"} {
			lines += bytes.Count(text, []byte(b)) // YAML counts them all
		}
		for _, d := range l {
			if int(d.Subject.Line) > lines {
				t.Errorf("%s is beyond the end of the file", d)
			}
		}
		out, err := Format(name, text)
		if err != nil {
			return
		}
		again, err := Format(name, out)
		if err != nil {
			t.Fatalf("what Format wrote does not format: %v\n%s", err, out)
		}
		if !bytes.Equal(out, again) {
			t.Fatalf("Format is not idempotent:\n%s\n%s", out, again)
		}
		cfg2, l2 := Load(fstest.MapFS{name: {Data: out}}, name, Env{Node: "lb1"})
		if !l.HasErrors() && (l2.HasErrors() || diffConfig(cfg, cfg2) != "") {
			t.Fatalf("Format changed the meaning: %s", diffConfig(cfg, cfg2))
		}
	})
}
