package keepalived

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lbgit/lbgit/schema/diag"
)

func TestInclude(t *testing.T) {
	vs := func(ip string) string {
		return "virtual_server " + ip + " 80 {\nprotocol TCP\nlb_kind NAT\nreal_server 10.0.0.2 80 { }\n}\n"
	}
	tests := []struct {
		name  string
		files tree
		names string
		read  string
		rules string
	}{
		{"ok: relative to the including file", tree{"etc/k.conf": "include d/a.conf\n", "etc/d/a.conf": "include b.conf\n", "etc/d/b.conf": vs("10.0.0.1")},
			"10.0.0.1:80/tcp", "etc/k.conf etc/d/a.conf etc/d/b.conf", ""},
		{"ok: absolute, slash cut", tree{"etc/k.conf": "include /opt/x.conf\n", "opt/x.conf": vs("10.0.0.1")}, "10.0.0.1:80/tcp", "etc/k.conf opt/x.conf", ""},
		{"ok: glob and braces", tree{"etc/k.conf": "include d/{b,a}*.conf\n", "etc/d/a1.conf": vs("10.0.0.1"), "etc/d/b1.conf": vs("10.0.0.2")},
			"10.0.0.2:80/tcp 10.0.0.1:80/tcp", "etc/k.conf etc/d/b1.conf etc/d/a1.conf", ""},
		{"ok: inside a block", tree{"etc/k.conf": "virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_kind NAT\ninclude rs\n}\n", "etc/rs": "real_server 10.0.0.2 80 { }\n"},
			"10.0.0.1:80/tcp", "etc/k.conf etc/rs", ""},
		{"ok: wildcard without match", tree{"etc/k.conf": "include d/*.conf\n"}, "", "etc/k.conf", ""},
		{"bad: missing file is a warning", tree{"etc/k.conf": "include a.conf\n"}, "", "etc/k.conf", "warning:include"},
		{"bad: includem without match", tree{"etc/k.conf": "includem *.x\n"}, "", "etc/k.conf", "error:include"},
		{"bad: loop", tree{"etc/k.conf": "include a\n", "etc/a": "include b\n", "etc/b": "include a\n"}, "", "etc/k.conf etc/a etc/b", "error:include"},
		{"bad: leaves the tree", tree{"etc/k.conf": "include ../../x\n"}, "", "etc/k.conf", "error:include"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			r := Load(tc.files, "etc/k.conf", Options{}, nil)
			var names []string
			for _, v := range r.Config.VirtualServers {
				names = append(names, v.Name)
			}
			if got := strings.Join(names, " "); got != tc.names {
				t.Errorf("virtual servers %q, want %q", got, tc.names)
			}
			if got := strings.Join(r.Read, " "); got != tc.read {
				t.Errorf("read %q, want %q", got, tc.read)
			}
			if got := rules(r.Diags); got != tc.rules {
				t.Errorf("findings %q, want %q:\n%s", got, tc.rules, r.Diags.Text())
			}
		})
	}
}

func TestIncludeLoopShowsTheChain(t *testing.T) {
	r := Load(tree{"k.conf": "include a\n", "a": "include b\n", "b": "include a\n"}, "k.conf", Options{}, nil)
	if len(r.Diags) != 1 || !strings.Contains(r.Diags[0].Summary, "a -> b -> a") {
		t.Error(r.Diags.Text())
	}
}

func TestBounds(t *testing.T) {
	deep := tree{}
	for i := range 40 {
		deep[fmt.Sprintf("f%d", i)] = fmt.Sprintf("include f%d\n", i+1)
	}
	tests := []struct {
		name string
		src  tree
		rule string
	}{
		{"bad: includes 40 deep", deep, "include"},
		{"bad: definition uses itself", tree{"f0": "$A=${A}${A}\nx ${A}\n"}, "too-deep"},
		{"bad: multi-line definition uses itself", tree{"f0": "$A=\\\n$A\n\n$A\n"}, "too-deep"},
		{"bad: a line grows", tree{"f0": "$A=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n$B=${A}${A}${A}${A}${A}${A}${A}${A}\n$C=${B}${B}${B}${B}${B}${B}${B}${B}\n$D=${C}${C}${C}${C}${C}${C}${C}${C}\n$E=${D}${D}${D}${D}${D}${D}${D}${D}\nx ${E}\n"}, "too-long"},
		{"bad: repetitions multiply", tree{"f0": "~SEQ(A,1,100000) ~SEQ(B,1,100000) $X=1\n"}, "too-long"},
		{"bad: endless sequence", tree{"f0": "~SEQ(A,1,-1,9) x\n"}, "repetition"},
		{"bad: blocks 100 deep", tree{"f0": strings.Repeat("a {\n", 100) + strings.Repeat("}\n", 100)}, "depth"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			r := Load(tc.src, "f0", Options{}, nil)
			if !slices.ContainsFunc(r.Diags, func(d diag.Diagnostic) bool { return d.Rule == tc.rule && d.Severity == diag.Error }) {
				t.Errorf("no error %q in:\n%.2000s", tc.rule, r.Diags.Text())
			}
		})
	}
}

func TestLines(t *testing.T) {
	tests := []struct {
		name, text, want, rules string
	}{
		{"ok: CR is stripped", "global_defs {\r\n router_id a\r\n}\r\n", "a", ""},
		{"ok: one line", "global_defs { router_id a }", "a", ""},
		{"ok: brace on the next line", "global_defs\n# note\n{\nrouter_id a}", "a", ""},
		{"ok: brace behind the word", "global_defs{\nrouter_id a\n}", "a", ""},
		{"ok: comments", "! x\nglobal_defs { # {\n router_id a!b\n} # }\n", "a", ""},
		{"ok: quoted comment", "global_defs {\n router_id \"a # b\"\n}\n", "a # b", ""},
		{"ok: escaped comment", "global_defs {\n router_id a\\#b\n}\n", "a#b", ""},
		{"ok: parameter", "$N=a\nglobal_defs {\n router_id ${N}b\n}\n", "ab", ""},
		{"ok: literal hash", "global_defs {\n router_id a${_HASH}b\n}\n", "a#b", ""},
		{"ok: a parameter comments out", "$OFF=${_HASH}\nglobal_defs {\n router_id a\n ${OFF} router_id b\n}\n", "a", ""},
		{"ok: environment", "global_defs {\n router_id ${_ENV HOME}\n}\n", "/root", ""},
		{"ok: instance", "global_defs {\n router_id ${_INSTANCE}\n}\n", "lb1", ""},
		{"bad: NUL", "global_defs {\n router_id a\n router_id b\x00\n}\n", "a", "warning:line-ignored"},
		{"bad: long line", "global_defs {\n router_id a\n router_id " + strings.Repeat("b", 1100) + "\n}\n", "a", "warning:line-ignored"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			r := Load(tree{"k": tc.text}, "k", Options{Node: "lb1", Env: func(string) (string, bool) { return "/root", true }}, nil)
			if got := r.Config.Settings.RouterID; got != tc.want {
				t.Errorf("router_id %q, want %q", got, tc.want)
			}
			if got := rules(r.Diags); got != tc.rules {
				t.Errorf("findings %q, want %q:\n%s", got, tc.rules, r.Diags.Text())
			}
		})
	}
}

func TestParse(t *testing.T) {
	text := "# head\nglobal_defs { # open\n  # about\n  router_id a # id\n  # end\n}\n@lb1 $X=1\n# tail\n"
	f, l := Parse("k", []byte(text))
	if len(l) > 0 {
		t.Fatal(l.Text())
	}
	g := f.Stmts[0]
	if g.Keyword() != "global_defs" || g.Notes.Lead[0].Text != "# head" || g.End != 6 || g.Notes.Close[0].Text != "# end" {
		t.Errorf("global_defs: %+v %+v", g, g.Notes)
	}
	r := g.Block[0]
	if r.arg(1) != "a" || r.Line != 4 || r.Words[1].Col != 13 || r.Notes.Trail != "# id" {
		t.Errorf("router_id: %+v %+v", r, r.Notes)
	}
	if f.Stmts[1].Keyword() != "@lb1" || len(f.Tail) != 1 {
		t.Errorf("%+v", f)
	}
}
