package keepalived

import "testing"

// TestSyntax: each means of the language itself, with the router_id that comes
// out of it (facts 1.1 to 1.22).
func TestSyntax(t *testing.T) {
	id := func(s string) string { return "global_defs {\nrouter_id " + s + "\n}\n" }
	tests := []struct{ name, text, want, rules string }{
		{"# comment", "# x\n" + id("a # b"), "a", ""},
		{"! comment", "! x\n" + id("a ! b"), "a", ""},
		{"{ }", "global_defs\n{ router_id a }", "a", ""},
		{`"..."`, id(`"a b"`), "a b", ""},
		{"include", "include one", "one", ""},
		{"includer", "includer none\n", "", "error:include"},
		{"includem", "includem no*\n", "", "error:include"},
		{"includew", "includew {one,no*}\n", "one", "error:include"},
		{"includeb", "includeb {one,none}\n", "one", "error:include"},
		{"includea", "includea {one,none}\n", "one", "error:include"},
		{"@ID", "global_defs {\n@lb1 router_id a\n@lb2 router_id b\n}", "a", ""},
		{"@^ID", "global_defs {\n@^lb1 router_id a\n@^lb2 router_id b\n}", "b", ""},
		{"$NAME=", "$A=x\n$B=${A}y\n" + id("$B"), "xy", ""},
		{"$NAME undefined", id("$B"), "$B", "warning:undefined-parameter"},
		{"$NAME=\\", "$A=\\\nglobal_defs { \\\nrouter_id a \\\n}\n\n$A\n", "a", ""},
		{"~SEQ", "global_defs {\n~SEQ(N, 2) router_id a${N}\n}", "a2", ""},
		{"~SEQx", "global_defs {\n~SEQx(N, 9, 10) router_id a${N}\n}", "aa", ""},
		{"~LST", "global_defs {\n~LST({A,B}, {1,2}, {3,4}) router_id ${A}${B}\n}", "34", ""},
		{"${_PWD}", id("${_PWD}"), "/etc", ""},
		{"${_INSTANCE}", id("${_INSTANCE}"), "lb1", ""},
		{"${_RANDOM}", id("${_RANDOM 1 2}"), "0", "error:unsupported"},
		{"${_ENV}", id("${_ENV HOME}"), "/root", ""},
		{"${_HASH}", id("a${_HASH}b"), "a#b", ""},
		{"${_BANG}", id("a${_BANG}b"), "a!b", ""},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			src := tree{"etc/k": tc.text, "etc/one": id("one")}
			r := Load(src, "etc/k", Options{Node: "lb1", Root: "/", Env: func(string) (string, bool) { return "/root", true }}, nil)
			if got := r.Config.Settings.RouterID; got != tc.want {
				t.Errorf("router_id %q, want %q", got, tc.want)
			}
			if got := rules(r.Diags); got != tc.rules {
				t.Errorf("findings %q, want %q:\n%s", got, tc.rules, r.Diags.Text())
			}
		})
	}
}
