package hcl

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/lbgit/lbgit/schema/diag"
)

// File is a parsed file: its declarations of variables and locals, and the
// rest, which Decode turns into a tree.
type File struct {
	src    *source
	vars   []*hclsyntax.Block
	locals []*hclsyntax.Attribute
	body   *hclsyntax.Body
}

// Parse reads the syntax of a file. The File is never nil; with errors it
// holds what could be read.
func Parse(name string, text []byte) (*File, diag.List) {
	src := newSource(name, text)
	f := &File{src: src, body: &hclsyntax.Body{}}
	if l := guard(src); l.HasErrors() {
		src.Text = nil
		return f, l
	}
	parsed, found := hclsyntax.ParseConfig(text, name, hcl.InitialPos)
	l := src.diags(found)
	body, ok := parsed.Body.(*hclsyntax.Body)
	if !ok {
		return f, l
	}
	f.body = body
	rest := make(hclsyntax.Blocks, 0, len(body.Blocks))
	for _, b := range body.Blocks {
		switch b.Type {
		case "variable":
			if len(b.Labels) != 1 {
				l.Errorf(src.rng(b.TypeRange), "variable takes one label, its name")
				continue
			}
			f.vars = append(f.vars, b)
		case "locals":
			if len(b.Labels) != 0 {
				l.Errorf(src.rng(b.LabelRanges[0]), "locals takes no label")
			}
			for _, in := range b.Body.Blocks {
				l.Errorf(src.rng(in.TypeRange), "locals holds names with values, no blocks")
			}
			f.locals = append(f.locals, sorted(b.Body.Attributes)...)
		default:
			rest = append(rest, b)
		}
	}
	body.Blocks = rest
	return f, l
}

// Drop frees the syntax tree, which is many times the size of the text. What
// a Scope needs of the file stays; Decode needs a new Parse.
func (f *File) Drop() {
	f.body = nil
	f.src.Forget()
	if len(f.vars)+len(f.locals) == 0 {
		f.src.Text = nil
	}
}

// Dropped tells whether the file has to be parsed again for Decode.
func (f *File) Dropped() bool { return f.body == nil }

// sorted gives attributes in the order of the text; the parser has a map.
func sorted(attrs hclsyntax.Attributes) []*hclsyntax.Attribute {
	out := make([]*hclsyntax.Attribute, 0, len(attrs))
	for _, a := range attrs {
		out = append(out, a)
	}
	if len(out) > 1 {
		slices.SortFunc(out, func(a, b *hclsyntax.Attribute) int {
			return cmp.Compare(a.NameRange.Start.Byte, b.NameRange.Start.Byte)
		})
	}
	return out
}
