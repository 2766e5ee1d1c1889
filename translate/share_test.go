package translate

import (
	"fmt"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/lbgit/lbgit/schema"
)

func file(text string, args ...any) *fstest.MapFile {
	return &fstest.MapFile{Data: fmt.Appendf(nil, text, args...)}
}

// TestSharing loads, changes one thing, loads again, and tells which pools
// are the very same objects as before.
func TestSharing(t *testing.T) {
	pool := func(name, addr string) string {
		return fmt.Sprintf("pool %q {\n  real_server %q {}\n}\n", name, addr)
	}
	source := func() fstest.MapFS {
		return fstest.MapFS{
			"a.hcl":    file("%s", pool("a", "10.0.0.1:80")),
			"b.yaml":   file("pool: {b: {real_server: {10.0.0.2:80: }}}\n"),
			"c.hcl":    file("pool \"c\" {\n  real_server \"10.0.0.3:80\" { weight = local.weight }\n}\n"),
			"d.hcl":    file("pool \"d\" {\n  nodes = [\"edge\"]\n  real_server \"10.0.0.4:80\" {}\n}\n"),
			"e.hcl":    file("pool \"e\" {\n  check \"http\" { host = node.name }\n}\n"),
			"f.hcl":    file("pool \"f\" {\n  check \"http\" { host = file(\"host\") }\n}\n"),
			"host":     file("example.org\n"),
			"lb1.hcl":  file("node \"lb1\" {\n  groups = [\"edge\"]\n  pool \"a\" { alpha = true }\n}\n"),
			"lb2.hcl":  file("node \"lb2\" { groups = [\"edge\"] }\n"),
			"vars.hcl": file("locals {\n  weight = 5\n  other  = 1\n}\n"),
		}
	}
	tests := []struct {
		name   string
		change func(fstest.MapFS, *Env)
		fresh  string
	}{
		{"nothing", func(fstest.MapFS, *Env) {}, ""},
		{"another file", func(s fstest.MapFS, _ *Env) { s["z.hcl"] = file("%s", pool("z", "10.0.0.9:80")) }, "z"},
		{"a comment in the file", func(s fstest.MapFS, _ *Env) { s["b.yaml"] = file("# hi\npool: {b: {real_server: {10.0.0.2:80: }}}\n") }, "b"},
		{"a local", func(s fstest.MapFS, _ *Env) { s["vars.hcl"] = file("locals {\n  weight = 6\n  other  = 1\n}\n") }, "c"},
		{"a local that nobody uses", func(s fstest.MapFS, _ *Env) { s["vars.hcl"] = file("locals {\n  weight = 5\n  other  = 2\n}\n") }, ""},
		{"the overrides", func(s fstest.MapFS, _ *Env) {
			s["lb1.hcl"] = file("node \"lb1\" {\n  groups = [\"edge\"]\n  pool \"a\" { alpha = false }\n}\n")
		}, "a"},
		{"the group", func(s fstest.MapFS, _ *Env) { s["lb2.hcl"] = file("node \"lb2\" {}\n") }, "d"},
		{"the node", func(_ fstest.MapFS, e *Env) { e.Node = "lb2" }, "ade"},
		{"the file that is read", func(s fstest.MapFS, _ *Env) { s["host"] = file("example.net\n") }, "f"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var l Loader
			src, env := source(), Env{Node: "lb1"}
			before := l.Load(src, ".", env)
			if before.Diags.HasErrors() {
				t.Fatal(before.Diags.Text())
			}
			tt.change(src, &env)
			after := l.Load(src, ".", env)
			if after.Diags.HasErrors() {
				t.Fatal(after.Diags.Text())
			}
			fresh := ""
			for _, p := range after.Config.Pools {
				if !slices.Contains(before.Config.Pools, p) {
					fresh += p.Name
				}
			}
			if fresh != tt.fresh {
				t.Errorf("new objects: %q, want %q", fresh, tt.fresh)
			}
			cfg, _ := Load(src, ".", env)
			if d := diffConfig(cfg, after.Config); d != "" {
				t.Errorf("another loader sees it differently: %s", d)
			}
			if want := []string{"a.hcl", "b.yaml", "c.hcl", "d.hcl", "e.hcl", "f.hcl", "host", "lb1.hcl", "lb2.hcl", "vars.hcl"}; !slices.Equal(before.Read, want) || before.Files != len(want) {
				t.Errorf("read %q, want %q", before.Read, want)
			}
		})
	}
}

// TestSharedAcrossErrors: a broken push in between costs nothing that it did
// not touch.
func TestSharedAcrossErrors(t *testing.T) {
	var l Loader
	src := fstest.MapFS{"a.hcl": file("pool \"a\" {}\n"), "b.hcl": file("pool \"b\" {}\n")}
	first := l.Load(src, ".", Env{})
	src["b.hcl"] = file("pool \"b\" {\n")
	if r := l.Load(src, ".", Env{}); !r.Diags.HasErrors() {
		t.Fatal("the broken file was taken")
	}
	src["b.hcl"] = file("pool \"b\" {}\n")
	second := l.Load(src, ".", Env{})
	if first.Config.Pools[0] != second.Config.Pools[0] {
		t.Error("pool a was made again")
	}
}

func TestNodes(t *testing.T) {
	src := fstest.MapFS{"a.hcl": file("node \"lb2\" {}\nnode \"lb1\" {}\n"), "b.yaml": file("node: {lb3: {}}\n"), "keepalived.conf": file("@lb0 global_defs {\n@lb0 }\n")}
	got, l := Nodes(src, ".", Env{})
	if want := []string{"lb0", "lb1", "lb2", "lb3"}; !slices.Equal(got, want) || len(l) > 0 {
		t.Errorf("got %q, %s", got, l.Text())
	}
}

func TestFormatNames(t *testing.T) {
	for name, want := range map[string]string{"a.hcl": HCL, "a.YAML": YAML, "x/a.yml": YAML, "a.conf": Keepalived, "a.tf": "", "hcl": ""} {
		if got := FormatOf(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if _, err := Encode(&schema.Config{}, "toml"); err == nil {
		t.Error("toml was written")
	}
}
