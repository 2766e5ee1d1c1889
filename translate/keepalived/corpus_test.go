package keepalived

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"testing"

	"github.com/lbgit/lbgit/schema/diag"
)

// TestCorpus loads other people's files: no panic, and with -v a table of
// what became of each.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("LBGIT_CORPUS")
	if dir == "" {
		t.Skip("LBGIT_CORPUS names no folder of configuration files")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	counts := map[string]int{}
	clean := 0
	for _, f := range files {
		if st, err := os.Stat(f); err != nil || st.IsDir() {
			continue
		}
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(f)
		r := Load(tree{name: string(data)}, name, Options{Node: "high"}, nil)
		if _, l := Parse(name, data); l.HasErrors() && !r.Diags.HasErrors() && len(r.Nodes) == 0 {
			t.Logf("%s: Parse has errors and Load has none", name)
		}
		c := r.Config
		errs, warns := r.Diags.Count(diag.Error), r.Diags.Count(diag.Warning)
		if errs == 0 {
			clean++
		}
		t.Logf("%-50s vs=%-3d vrrp=%-3d scripts=%-2d errors=%-3d warnings=%-3d validate=%d", name,
			len(c.VirtualServers), len(c.Instances), len(c.Scripts), errs, warns, c.Validate().Count(diag.Error))
		for _, d := range r.Diags {
			counts[fmt.Sprintf("%s %s", d.Severity, d.Rule)]++
			if os.Getenv("LBGIT_CORPUS_DIAGS") != "" {
				t.Logf("    %s [%s] %s", d, d.Rule, d.Detail)
			}
		}
		if os.Getenv("LBGIT_CORPUS_DIAGS") != "" {
			for _, d := range c.Validate() {
				t.Logf("    validate: %s", d)
			}
		}
	}
	var keys []string
	for k := range counts {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool { return counts[keys[i]] > counts[keys[j]] })
	t.Logf("%d of %d files load without errors", clean, len(files))
	for _, k := range keys {
		t.Logf("%5d %s", counts[k], k)
	}
}
