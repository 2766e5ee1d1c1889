package yaml

import (
	"testing"

	"github.com/lbgit/lbgit/translate/block"
)

var shape = &block.Shape{Blocks: map[string]*block.BlockShape{
	"pool": {Label: "name", Repeated: true, Body: &block.Shape{Blocks: map[string]*block.BlockShape{
		"check": {Label: "type", Repeated: true, Body: &block.Shape{}},
	}}},
	"settings": {Body: &block.Shape{}},
}}

func TestFormat(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"comments and spaces", "# head\n\nsettings:\n      # inner\n      a:   1   # after\n      b: [1,2]\n# of the pool\npool:\n   x: {}\n", "# head\n\nsettings:\n  # inner\n  a: 1 # after\n  b: [1, 2]\n\n# of the pool\npool:\n  x: {}\n"},
		{"quotes stay", "a: '017'\nb: \"1.10\"\nc: 017\n", "a: '017'\n\nb: \"1.10\"\n\nc: 017\n"},
		{"documents", "a: 1\n---\nb: 2\n", "a: 1\n---\nb: 2\n"},
		{"empty", "\n\n", ""},
		{"anchors", "a: &x {b: 1}\nc: *x\n", "a: &x {b: 1}\n\nc: *x\n"},
		{"text of several lines", "a: |\n   x\n\n   y\nb: 1\n", "a: |\n  x\n\n  y\n\nb: 1\n"},
	}
	for _, tt := range tests {
		got, err := Format("a.yaml", []byte(tt.in))
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %v\n%q, want\n%q", tt.name, err, got, tt.want)
		}
		again, err := Format("a.yaml", got)
		if err != nil || string(again) != tt.want {
			t.Errorf("%s, again: %v %q", tt.name, err, again)
		}
	}
	if _, err := Format("a.yaml", []byte("a: [")); err == nil {
		t.Error("a broken file was formatted")
	}
}

func TestComments(t *testing.T) {
	b := block.Body{Blocks: []block.Block{{Type: "pool", Labels: []block.Label{{Text: "x"}}, Comments: []string{"one", "two"}}}}
	want := "pool:\n  # one\n  # two\n  x: {}\n"
	if got := string(Encode(b, shape)); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestPlaces checks lines and columns, in bytes, of names and values.
func TestPlaces(t *testing.T) {
	body, l := Decode("a.yaml", []byte("pool:\n  \"é\":\n    é: [1, 'zwei']\n    check: [tcp, {type: http}]\n"), shape)
	if len(l) > 0 {
		t.Fatal(l.Text())
	}
	p := body.Blocks[0]
	a := p.Body.Attrs[0]
	for what, got := range map[string]string{
		"a.yaml:2:3":  p.Src.String(),
		"a.yaml:3:5":  a.Src.String(),
		"a.yaml:3:9":  a.Value.Src.String(),
		"a.yaml:3:10": a.Value.Items[0].Src.String(),
		"a.yaml:3:13": a.Value.Items[1].Src.String(),
		"a.yaml:4:13": p.Body.Blocks[0].Src.String(),
		"a.yaml:4:18": p.Body.Blocks[1].Src.String(),
	} {
		if got != what {
			t.Errorf("%s, want %s", got, what)
		}
	}
}
