package yaml

import (
	"strings"

	yaml "gopkg.in/yaml.v3"

	"github.com/lbgit/lbgit/schema/diag"
	"github.com/lbgit/lbgit/translate/block"
)

// body reads a map as the inside of a block. shape is nil where there are
// only attributes.
func (d *decoder) body(n *yaml.Node, shape *block.Shape, depth int) block.Body {
	n, leave, ok := d.follow(n, depth)
	if !ok {
		return block.Body{}
	}
	defer leave()
	out := block.Body{Src: d.at(n)}
	if isNull(n) {
		return out
	}
	if n.Kind != yaml.MappingNode {
		d.Errorf(d.at(n), "a map is wanted here, of names with values, not %s", kindOf(n))
		return out
	}
	for _, e := range d.entries(n, depth) {
		if bs := shape.Blocks[e.key.Value]; bs != nil {
			out.Blocks = append(out.Blocks, d.blocks(e, bs, depth+1)...)
			continue
		}
		if v, ok := d.value(e.val, depth+1); ok {
			out.Attrs = append(out.Attrs, block.Attr{Name: e.key.Value, Value: v, Src: d.at(e.key)})
		}
	}
	out.Src.EndLine = max(out.Src.Line, d.last(n))
	return out
}

// blocks reads what stands under the name of a block: one body, a list of
// bodies, or a map from labels to bodies.
func (d *decoder) blocks(e entry, bs *block.BlockShape, depth int) (out []block.Block) {
	n, leave, ok := d.follow(e.val, depth)
	if !ok {
		return nil
	}
	defer leave()
	typ := e.key.Value
	switch {
	case n.Kind == yaml.SequenceNode && bs.Repeated:
		for _, item := range n.Content {
			out = append(out, d.item(typ, item, bs, depth+1))
		}
		return out
	case bs.Label == "":
		b := block.Block{Type: typ, Src: d.at(e.key), Body: d.body(n, bs.Body, depth+1)}
		b.Body.Src.Line = b.Src.Line
		return append(out, b)
	case isNull(n):
		return nil
	case n.Kind != yaml.MappingNode:
		d.Errorf(d.at(n), "%s wants a map from its %s to its body, or a list, not %s", typ, bs.Label, kindOf(n))
		return nil
	}
	for _, in := range d.entries(n, depth) {
		at := d.at(in.key)
		b := block.Block{Type: typ, Src: at, Body: d.body(in.val, bs.Body, depth+1)}
		b.Labels = []block.Label{{Text: in.key.Value, Src: at}}
		b.Body.Src.Line = at.Line
		out = append(out, b)
	}
	return out
}

// item reads one block of a list: its label is among its attributes, where
// Shape.Settle finds it. A bare text is a block that says nothing but its label.
func (d *decoder) item(typ string, item *yaml.Node, bs *block.BlockShape, depth int) block.Block {
	at := d.at(item)
	if item.Kind == yaml.ScalarNode && !isNull(item) && bs.Label != "" {
		return block.Block{Type: typ, Src: at, Labels: []block.Label{{Text: item.Value, Src: at}}, Body: block.Body{Src: at}}
	}
	b := block.Block{Type: typ, Src: at, Body: d.body(item, bs.Body, depth)}
	b.Body.Src.Line = at.Line
	return b
}

func (d *decoder) value(n *yaml.Node, depth int) (block.Value, bool) {
	n, leave, ok := d.follow(n, depth)
	if !ok {
		return block.Value{}, false
	}
	defer leave()
	v := block.Value{Src: d.at(n), Text: n.Value}
	switch n.Kind {
	case yaml.SequenceNode:
		v.Kind = block.List
		for _, c := range n.Content {
			in, ok := d.value(c, depth+1)
			if !ok {
				return v, false
			}
			v.Items = append(v.Items, in)
		}
		return v, true
	case yaml.MappingNode:
		v.Kind = block.Object
		for _, e := range d.entries(n, depth) {
			in, ok := d.value(e.val, depth+1)
			if !ok {
				return v, false
			}
			v.Fields = append(v.Fields, block.Attr{Name: e.key.Value, Value: in, Src: d.at(e.key)})
		}
		return v, true
	}
	switch tag := n.ShortTag(); tag {
	case "!!str", "!!timestamp", "!!merge":
		v.Kind = block.String
	case "!!int", "!!float":
		v.Kind = block.Number
	case "!!bool":
		v.Kind, v.Text = block.Bool, strings.ToLower(n.Value)
	case "!!null":
		v.Kind = block.Null
	default:
		d.Errorf(d.at(n), "the tag %s means nothing here", tag)
		return v, false
	}
	return v, true
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a map"
	}
	return "a single value"
}

// last is the last line that a node reaches, for the extent of a block.
func (d *decoder) last(n *yaml.Node) uint32 {
	for len(n.Content) > 0 {
		n = n.Content[len(n.Content)-1]
	}
	return uint32(n.Line + strings.Count(n.Value, "\n"))
}

// at is the place of a node; for text on one line it has an end, too.
func (d *decoder) at(n *yaml.Node) diag.Range {
	r := d.src.place(n.Line, n.Column)
	if n.Kind == yaml.ScalarNode && !strings.Contains(n.Value, "\n") {
		width := len(n.Value)
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			width += 2
		}
		if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
			r.EndLine, r.EndCol = r.Line, r.Col+uint32(width)
		}
	}
	return r
}
