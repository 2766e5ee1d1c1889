package block

import (
	"slices"

	"github.com/lbgit/lbgit/schema/diag"
)

// Merge lays an override over a base: attributes replace (lists as a whole),
// blocks of the same type and labels merge, other blocks are added. Neither
// body is changed; the result shares what did not change.
func Merge(base, override Body) (Body, diag.List) {
	var m merger
	return m.merge(base, override), m.List
}

// Combine puts two parts of one thing together, such as the settings of two
// files. There is no precedence between parts: an attribute that both give is
// an error that shows both places.
func Combine(a, b Body) (Body, diag.List) {
	m := merger{strict: true}
	return m.merge(a, b), m.List
}

type merger struct {
	diag.List
	strict bool
}

func (m *merger) merge(base, over Body) Body {
	out := Body{Attrs: base.Attrs, Blocks: base.Blocks, Src: base.Src}
	if len(over.Attrs) > 0 {
		out.Attrs = m.attrs(base.Attrs, over.Attrs)
	}
	if len(over.Blocks) > 0 {
		out.Blocks = m.blocks(base.Blocks, over.Blocks)
	}
	return out
}

func (m *merger) attrs(base, over []Attr) []Attr {
	out := slices.Clone(base)
	for _, a := range over {
		i := slices.IndexFunc(out, func(b Attr) bool { return b.Name == a.Name })
		switch {
		case i < 0:
			out = append(out, a)
		case m.strict || i >= len(base):
			m.twice(a, out[i])
		default:
			out[i] = a
		}
	}
	return out
}

func (m *merger) twice(a, first Attr) {
	m.Errorf(a.Src, "%q is given twice", a.Name).And(first.Src).
		Because("the first is at %s; there is no precedence between files, so one of them has to go", first.Src)
}

func (m *merger) blocks(base, over []Block) []Block {
	out := slices.Clone(base)
	for i := range over {
		o := &over[i]
		at, n := -1, 0
		for j := range base {
			if base[j].Same(o) {
				if n++; n == 1 {
					at = j
				}
			}
		}
		switch {
		case n == 0:
			out = append(out, *o)
		case n > 1 && !m.strict:
			m.Errorf(o.Src, "%s stands %d times in what this overrides", o.Title(), n).And(base[at].Src).
				Because("an override cannot tell which of them is meant; the first is at %s", base[at].Src)
		default:
			merged := out[at]
			merged.Body = m.merge(merged.Body, o.Body)
			out[at] = merged
		}
	}
	return out
}
