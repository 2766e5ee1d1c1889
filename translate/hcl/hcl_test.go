package hcl

import (
	"runtime/debug"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/lbgit/lbgit/translate/block"
)

func TestFormat(t *testing.T) {
	in := "# head\r\n\n\na   \"x\"   {\n  # inner\n b=1 // after\n      longer =   [1,2]\n}\n\n\n"
	want := "# head\n\n\na \"x\" {\n  # inner\n  b      = 1 // after\n  longer = [1, 2]\n}\n"
	got, err := Format("a.hcl", []byte(in))
	if err != nil || string(got) != want {
		t.Errorf("%v\n%q\n%q", err, got, want)
	}
	if _, err := Format("a.hcl", []byte("a {")); err == nil {
		t.Error("a broken file was formatted")
	}
}

func TestComments(t *testing.T) {
	b := block.Body{Blocks: []block.Block{{Type: "a", Comments: []string{"one", "two\nthree"}}, {Type: "b"}}}
	if got, want := string(Encode(b)), "# one\n# two\n# three\na {}\n\nb {}\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestFunctions evaluates one expression each.
func TestFunctions(t *testing.T) {
	env := Env{
		Node:     "lb1",
		Getenv:   func(n string) (string, bool) { return n + "!", n != "NONE" },
		ReadFile: func(n string) ([]byte, error) { return []byte("text of " + n + "\n"), nil },
	}
	tests := []struct{ expr, want string }{
		{`cidrhost("10.0.0.0/24", 5)`, "10.0.0.5"},
		{`cidrhost("2001:db8::/64", 255)`, "2001:db8::ff"},
		{`cidrhost("10.0.0.0/24", 256)`, "error"},
		{`cidrhost("10.0.0.0/24", -1)`, "error"},
		{`cidrhost("10.0.0.0", 1)`, "error"},
		{`cidrsubnet("10.0.0.0/16", 8, 3)`, "10.0.3.0/24"},
		{`cidrsubnet("10.0.0.0/16", 17, 3)`, "error"},
		{`cidrsubnet("10.0.0.0/16", 8, 256)`, "error"},
		{`join("-", ["a", "b"])`, "a-b"},
		{`format("%s:%d", "a", 80)`, "a:80"},
		{`format("%*d", 5, 1)`, "error"},
		{`lookup({ a = "x" }, "b", "y")`, "y"},
		{`length(concat([1], [2]))`, "2"},
		{`"${upper(node.name)}-${replace("a.b", ".", "_")}"`, "LB1-a_b"},
		{`true ? "a" : "b"`, "a"},
		{`env("X")`, "X!"},
		{`env("NONE")`, "error"},
		{`file("x")`, "text of x"},
		{`017`, "017"},
		{`1.10`, "1.10"},
		{`-5`, "-5"},
		{`1e-400000000`, "1e-400000000"},
		{`2 * 21`, "42"},
		{`0.1 + 0.2`, "0.3"},
		{`"$${x}"`, "${x}"},
		{`nope("x")`, "error"},
		{`node.nope`, "error"},
	}
	for _, tt := range tests {
		d, l := Decode("a.hcl", []byte("x = "+tt.expr), env)
		got := "error"
		if !l.HasErrors() {
			got = d.Body.Attrs[0].Value.Text
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q\n%s", tt.expr, got, tt.want, l.Text())
		}
	}
}

func TestSecretsAreMarked(t *testing.T) {
	text := "variable \"pw\" {\n  default = \"x\"\n  secret = true\n}\nlocals { l = \"a${var.pw}\" }\na = var.pw\nb = [local.l]\nc = upper(secret(\"x\"))\nd = env(\"X\")\ne = \"open\"\n"
	d, l := Decode("a.hcl", []byte(text), Env{Getenv: func(string) (string, bool) { return "e", true }})
	if len(l) > 0 {
		t.Fatal(l.Text())
	}
	for _, a := range d.Body.Attrs {
		v := a.Value
		if v.Kind == block.List {
			v = v.Items[0]
		}
		if v.Secret != (a.Name != "e") {
			t.Errorf("%s: secret is %t", a.Name, v.Secret)
		}
	}
	if !d.Outside {
		t.Error("env() was not noticed")
	}
}

// TestSuspicious: what the cheap look lets through, the parser survives on a
// small stack. One that does not ends this test's process, as it would end the
// daemon.
func TestSuspicious(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(24 << 20))
	opening := []string{"(", "[", "{", "{ a = ", "!", "- ", "1+", "a?b:", "a?", ".a", "[0]", "\"${", "f(", "[for a in ", "a {\n", "<<E\n${"}
	other := []string{"", "\n", "#(\n", "/*(*/", "<<E\n}\nE\n", "}", ")", "]", ",", "\"(\"", "\"}\"", "\")\\\\\"("}
	for _, p := range opening {
		for _, q := range other {
			text := []byte("x = " + strings.Repeat(p+q, 4000))
			if !guard(newSource("a.hcl", text)).HasErrors() {
				hclsyntax.ParseConfig(text, "a.hcl", hcl.InitialPos)
			}
		}
	}
}

// TestManyComments: comments that end lines end expressions, too.
func TestManyComments(t *testing.T) {
	text := "h = <<E\nE\n" + strings.Repeat("a { # one\n  b = 1 # two\n} // three\n", 3000)
	if l := guard(newSource("a.hcl", []byte(text))); l.HasErrors() {
		t.Error(l.Text())
	}
}

func TestOrdinaryFilesAreNotSuspicious(t *testing.T) {
	text := strings.Repeat("pool \"web\" {\n  # (a comment\n  real_server \"10.0.0.11:8080\" { weight = 10 }\n  check \"http\" {\n    status = [\"200-299\", 301]\n  }\n}\n", 1000)
	if suspicious([]byte(text)) {
		t.Error("a plain file is read twice")
	}
}
