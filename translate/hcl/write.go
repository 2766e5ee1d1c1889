package hcl

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/lbgit/lbgit/translate/block"
)

// Encode writes a tree in the canonical form: what Format leaves as it is.
func Encode(body block.Body) []byte {
	var w writer
	w.body(body, 0)
	return canonical(w.Bytes())
}

type writer struct{ bytes.Buffer }

func (w *writer) indent(depth int) { w.WriteString(strings.Repeat("  ", depth)) }

func (w *writer) body(b block.Body, depth int) {
	for _, a := range b.Attrs {
		w.indent(depth)
		w.WriteString(a.Name + " = ")
		w.value(a.Value, depth)
		w.WriteByte('\n')
	}
	for i, in := range b.Blocks {
		// Blocks of several lines stand apart; one-liners of a kind together.
		if i > 0 && !(short(in) && short(b.Blocks[i-1]) && in.Type == b.Blocks[i-1].Type) || i == 0 && len(b.Attrs) > 0 {
			w.WriteByte('\n')
		}
		w.block(in, depth)
	}
}

// short tells whether a block fits on one line.
func short(b block.Block) bool {
	return len(b.Body.Blocks) == 0 && len(b.Comments) == 0 && len(b.Labels) > 0 &&
		(len(b.Body.Attrs) == 0 || len(b.Body.Attrs) == 1 && b.Body.Attrs[0].Value.Kind < block.List)
}

func (w *writer) block(b block.Block, depth int) {
	for _, c := range b.Comments {
		for line := range strings.SplitSeq(c, "\n") {
			w.indent(depth)
			w.WriteString(strings.TrimRight("# "+line, " \r") + "\n")
		}
	}
	w.indent(depth)
	w.WriteString(b.Type)
	for _, l := range b.Labels {
		w.WriteString(" " + quote(l.Text))
	}
	switch {
	case len(b.Body.Attrs)+len(b.Body.Blocks) == 0:
		w.WriteString(" {}\n")
	case short(b):
		w.WriteString(" { " + b.Body.Attrs[0].Name + " = ")
		w.value(b.Body.Attrs[0].Value, depth)
		w.WriteString(" }\n")
	default:
		w.WriteString(" {\n")
		w.body(b.Body, depth+1)
		w.indent(depth)
		w.WriteString("}\n")
	}
}

func (w *writer) value(v block.Value, depth int) {
	switch v.Kind {
	case block.String:
		w.WriteString(quote(v.Text))
	case block.Number, block.Bool:
		w.WriteString(v.Text)
	case block.List:
		w.list(v.Items, depth)
	case block.Object:
		w.WriteString("{ ")
		for i, f := range v.Fields {
			if i > 0 {
				w.WriteString(", ")
			}
			if hclsyntax.ValidIdentifier(f.Name) {
				w.WriteString(f.Name)
			} else {
				w.WriteString(quote(f.Name))
			}
			w.WriteString(" = ")
			w.value(f.Value, depth)
		}
		w.WriteString(" }")
	default:
		w.WriteString("null")
	}
}

// list stays on one line while that is readable.
func (w *writer) list(items []block.Value, depth int) {
	var one writer
	objects := false
	for i, v := range items {
		if i > 0 {
			one.WriteString(", ")
		}
		one.value(v, depth)
		objects = objects || v.Kind == block.Object
	}
	if one.Len() <= 80 && !(objects && len(items) > 1) {
		w.WriteString("[" + one.String() + "]")
		return
	}
	w.WriteString("[\n")
	for _, v := range items {
		w.indent(depth + 1)
		w.value(v, depth+1)
		w.WriteString(",\n")
	}
	w.indent(depth)
	w.WriteByte(']')
}

// quote writes text so that no template starts in it.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case (r == '$' || r == '%') && i+1 < len(s) && s[i+1] == '{':
			b.WriteRune(r)
			b.WriteRune(r)
		case r < ' ' || r == 0x7f || r == utf8.RuneError || r == 0x2028 || r == 0x2029:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Format brings a file into the canonical layout and keeps its comments. What
// does not parse is not touched.
func Format(name string, text []byte) ([]byte, error) {
	if _, l := Parse(name, text); l.HasErrors() {
		return nil, l.Err()
	}
	return canonical(text), nil
}

// canonical repeats the layout until it is stable: aligning one thing can
// make room to align another.
func canonical(text []byte) []byte {
	for range 4 {
		out := hclwrite.Format(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
		out = bytes.TrimLeft(out, "\n")
		if out = bytes.TrimRight(out, "\n \t\r"); len(out) > 0 {
			out = append(bytes.Clone(out), '\n')
		}
		if bytes.Equal(out, text) {
			break
		}
		text = out
	}
	return text
}
