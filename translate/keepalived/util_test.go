package keepalived

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lbgit/lbgit/schema"
	"github.com/lbgit/lbgit/schema/diag"
)

// tree is a source in memory.
type tree map[string]string

func (t tree) ReadFile(name string) ([]byte, error) {
	if s, ok := t[name]; ok {
		return []byte(s), nil
	}
	return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
}

func (t tree) Glob(pattern string) ([]string, error) {
	m := fstest.MapFS{}
	for n, s := range t {
		m[n] = &fstest.MapFile{Data: []byte(s)}
	}
	return fs.Glob(m, pattern)
}

const entryFile = "keepalived.conf"

// dump writes a configuration for reading and for comparison: the non-zero
// fields, one a line.
func dump(c *schema.Config) string {
	b, err := json.Marshal(c)
	if err != nil {
		return err.Error()
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err.Error()
	}
	var out strings.Builder
	write(&out, "", v)
	return out.String()
}

func write(b *strings.Builder, at string, v any) {
	switch x := v.(type) {
	case map[string]any:
		for _, k := range keysOf(x) {
			if k == "Src" {
				if m, ok := x[k].(map[string]any); ok && m["line"] != 0.0 {
					fmt.Fprintf(b, "%s.Src = %s:%v:%v\n", at, path.Base(fmt.Sprint(m["file"])), m["line"], m["column"])
				}
				continue
			}
			write(b, at+"."+k, x[k])
		}
	case []any:
		for i, e := range x {
			write(b, fmt.Sprintf("%s[%d]", at, i), e)
		}
	case nil:
	case string:
		if x != "" {
			fmt.Fprintf(b, "%s = %q\n", at, x)
		}
	case float64:
		if x != 0 {
			fmt.Fprintf(b, "%s = %v\n", at, x)
		}
	case bool:
		if x {
			fmt.Fprintf(b, "%s = true\n", at)
		}
	}
}

func keysOf(m map[string]any) []string {
	set := make(map[string]bool, len(m))
	for k := range m {
		set[k] = true
	}
	return sortedKeys(set)
}

func rules(l diag.List) string {
	var out []string
	for _, d := range l {
		out = append(out, d.Severity.String()+":"+d.Rule)
	}
	return strings.Join(out, " ")
}

func readTestdata(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
