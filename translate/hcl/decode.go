package hcl

import (
	"math/big"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/lbgit/lbgit/schema/diag"
	"github.com/lbgit/lbgit/translate/block"
)

// Decoded is what a file says in a scope.
type Decoded struct {
	Body block.Body
	// Refs are the values that the file refers to, for Scope.Key. Outside is
	// set when it called env() or file(), whose values no key covers.
	Refs    []string
	Outside bool
}

// Decode reads one file for itself.
func Decode(name string, text []byte, env Env) (Decoded, diag.List) {
	f, l := Parse(name, text)
	s, more := NewScope([]*File{f}, env)
	l = append(l, more...)
	d, more := f.Decode(s)
	return d, append(l, more...)
}

// Decode evaluates the file's attributes and makes its tree.
func (f *File) Decode(s *Scope) (Decoded, diag.List) {
	d := decoder{evaluator{scope: s, src: f.src, ctx: s.root, refs: map[string]bool{}}}
	body := d.body(f.body)
	return Decoded{Body: body, Refs: keysOf(d.refs), Outside: d.outside}, d.List
}

type decoder struct{ evaluator }

func (d *decoder) body(in *hclsyntax.Body) block.Body {
	out := block.Body{Src: d.src.rng(in.SrcRange)}
	if n := len(in.Attributes); n > 0 {
		out.Attrs = make([]block.Attr, 0, n)
	}
	for _, a := range sorted(in.Attributes) {
		if v, ok := d.attr(a.Expr); ok {
			out.Attrs = append(out.Attrs, block.Attr{Name: a.Name, Value: v, Src: d.src.rng(a.NameRange)})
		}
	}
	if n := len(in.Blocks); n > 0 {
		out.Blocks = make([]block.Block, 0, n)
	}
	for _, b := range in.Blocks {
		if b.Type == "dynamic" {
			out.Blocks = append(out.Blocks, d.dynamic(b)...)
			continue
		}
		out.Blocks = append(out.Blocks, d.block(b))
	}
	return out
}

func (d *decoder) block(b *hclsyntax.Block) block.Block {
	out := block.Block{Type: b.Type, Src: d.src.rng(b.TypeRange)}
	for i, text := range b.Labels {
		at := d.src.rng(b.LabelRanges[i])
		out.Labels = append(out.Labels, block.Label{Text: text, Src: at})
		out.Src.EndLine, out.Src.EndCol = at.EndLine, at.EndCol
	}
	out.Body = d.body(b.Body)
	out.Body.Src.Line, out.Body.Src.Col = out.Src.Line, out.Src.Col
	return out
}

// attr is value for an attribute: one whose value is null counts as left out.
func (d *decoder) attr(expr hclsyntax.Expression) (block.Value, bool) {
	v, ok := d.tree(expr)
	return v, ok && v.Kind != block.Null
}

// tree takes literals, lists and objects as they are written, so that each
// element keeps its own place and each number its text; the rest is evaluated.
func (d *decoder) tree(expr hclsyntax.Expression) (block.Value, bool) {
	switch e := expr.(type) {
	case *hclsyntax.ParenthesesExpr:
		return d.tree(e.Expression)
	case *hclsyntax.TemplateExpr:
		if len(e.Parts) == 1 {
			if lit, ok := e.Parts[0].(*hclsyntax.LiteralValueExpr); ok && lit.Val.Type() == cty.String {
				return block.Value{Kind: block.String, Text: lit.Val.AsString(), Src: d.src.rng(e.SrcRange)}, true
			}
		}
	case *hclsyntax.LiteralValueExpr:
		if e.Val.Type() == cty.Number && e.Val.IsKnown() && !e.Val.IsNull() {
			return block.Value{Kind: block.Number, Text: d.text(e.SrcRange.Start.Byte, e.SrcRange.End.Byte), Src: d.src.rng(e.SrcRange)}, true
		}
		return d.from(e.Val, d.src.rng(e.SrcRange), false), true
	case *hclsyntax.TupleConsExpr:
		out := block.Value{Kind: block.List, Src: d.src.rng(e.SrcRange), Items: make([]block.Value, 0, len(e.Exprs))}
		all := true
		for _, in := range e.Exprs {
			v, ok := d.tree(in)
			all = all && ok
			out.Items = append(out.Items, v)
		}
		return out, all
	case *hclsyntax.ObjectConsExpr:
		return d.object(e)
	}
	v, ok := d.value(expr)
	if !ok {
		return block.Value{}, false
	}
	return d.from(v, d.src.rng(expr.Range()), false), true
}

func (d *decoder) text(from, to int) string {
	if from < 0 || to > len(d.src.Text) || from > to {
		return ""
	}
	return string(d.src.Text[from:to])
}

func (d *decoder) object(e *hclsyntax.ObjectConsExpr) (block.Value, bool) {
	out := block.Value{Kind: block.Object, Src: d.src.rng(e.SrcRange)}
	all := true
	for _, item := range e.Items {
		at := d.src.rng(item.KeyExpr.Range())
		k, ok := d.value(item.KeyExpr)
		if !ok {
			all = false
			continue
		}
		key := d.from(k, at, false)
		if key.Kind != block.String && key.Kind != block.Number || key.Secret {
			d.Errorf(at, "a key of an object must be text")
			all = false
			continue
		}
		v, ok := d.tree(item.ValueExpr)
		if all = all && ok; ok && v.Kind != block.Null {
			out.Fields = append(out.Fields, block.Attr{Name: key.Text, Value: v, Src: at})
		}
	}
	return out, all
}

// from translates an evaluated value. All of it is at one place.
func (d *decoder) from(v cty.Value, at diag.Range, secret bool) block.Value {
	v, marks := v.Unmark()
	if _, marked := marks[secretMark]; marked {
		secret = true
	}
	out := block.Value{Src: at, Secret: secret}
	if v.IsNull() || !v.IsKnown() {
		return out
	}
	switch t := v.Type(); {
	case t == cty.String:
		out.Kind, out.Text = block.String, v.AsString()
	case t == cty.Bool:
		out.Kind, out.Text = block.Bool, "false"
		if v.True() {
			out.Text = "true"
		}
	case t == cty.Number:
		out.Kind, out.Text = block.Number, number(v.AsBigFloat())
	case t.IsObjectType() || t.IsMapType():
		out.Kind = block.Object
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			if in := d.from(e, at, secret); in.Kind != block.Null {
				out.Fields = append(out.Fields, block.Attr{Name: k.AsString(), Value: in, Src: at})
			}
		}
	case v.CanIterateElements():
		out.Kind = block.List
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			out.Items = append(out.Items, d.from(e, at, secret))
		}
	}
	return out
}

// number writes a number; one too large to write out keeps its exponent.
func number(f *big.Float) string {
	if e := f.MantExp(nil); e > 256 || e < -256 {
		return f.Text('g', 20)
	}
	return f.Text('f', -1)
}
