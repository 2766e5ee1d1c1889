package translate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lbgit/lbgit/schema"
	"github.com/lbgit/lbgit/schema/diag"
	"github.com/lbgit/lbgit/translate/block"
)

// bound is an object of the model with what it was made of: the blocks that
// were put together, and the table of nodes if one of them asks it.
type bound struct {
	parts  []*block.Block
	over   int // how many of the parts, from the end, are overrides
	limits bool
	print  string

	obj   any // nil when the block is not for this node
	diags diag.List
}

func (b *bound) holds(parts []*block.Block, over int, print string) bool {
	return b != nil && b.over == over && slices.Equal(b.parts, parts) && (!b.limits || b.print == print)
}

const settingsBlock = "settings"

// bind makes the model's objects from all trees, reusing those of the last
// load whose parts are the same.
func (s *source) bind(t *table) *schema.Config {
	cfg := &schema.Config{Declared: t.names()}
	cfg.Settings.SetDefaults()
	next := make(map[*block.Block]*bound, len(s.loader.bound))
	add := func(base, over []*block.Block) {
		parts := append(slices.Clip(base), over...)
		b := s.loader.bound[parts[0]]
		if !b.holds(parts, len(over), t.print) {
			b = s.make(t, parts, len(over))
		}
		next[parts[0]] = b
		if b.diags.HasErrors() {
			for _, p := range parts {
				s.broken = append(s.broken, p.Body.Src)
			}
		}
		s.diags = append(s.diags, b.diags...)
		if b.obj != nil {
			block.Put(cfg, parts[0].Type, b.obj)
		}
	}
	over := overridesOf(t.nodes[s.env.Node])
	var settings []*block.Block
	one := make([]*block.Block, 1)
	for _, in := range s.inputs {
		for i := range in.body.Attrs {
			s.stray(&in.body.Attrs[i])
		}
		for i := range in.body.Blocks {
			b := &in.body.Blocks[i]
			switch b.Type {
			case nodeBlock:
			case settingsBlock:
				settings = append(settings, b)
			default:
				if shape.Blocks[b.Type] == nil {
					s.unknown(b.Src, "block", b.Type)
					continue
				}
				one[0] = b
				add(slices.Clone(one), over.take(b, s.env.Node, t))
			}
		}
	}
	mine := over.take(&block.Block{Type: settingsBlock}, s.env.Node, t)
	if len(settings)+len(mine) > 0 {
		add(settings, mine)
	}
	for _, group := range over.rest() {
		add(group, nil)
	}
	s.loader.bound = next
	return cfg
}

// stray reports an attribute outside of any block; none belongs there.
func (s *source) stray(a *block.Attr) {
	if shape.Blocks[a.Name] == nil {
		s.unknown(a.Src, "attribute", a.Name)
		return
	}
	s.diags.Errorf(a.Src, "%q is a block, not an attribute", a.Name).
		Because("write %s { ... } without the equals sign", a.Name)
}

func (s *source) unknown(at diag.Range, what, name string) {
	names := slices.Sorted(maps.Keys(shape.Blocks))
	if FormatOf(at.File) == HCL {
		names = append(names, "locals", "variable")
	}
	msg := fmt.Sprintf("there is no %s %q here", what, name)
	if near := diag.Nearest(name, names); near != "" {
		msg += fmt.Sprintf("; did you mean %q?", near)
	}
	s.diags.Errorf(at, "%s", msg).As("unknown").Because("there are %s", strings.Join(names, ", "))
}

// make puts the parts of one object together and binds them. Parts of equal
// rank must not contradict one another; overrides win over the rest.
func (s *source) make(t *table, parts []*block.Block, over int) *bound {
	b := &bound{parts: parts, over: over, print: t.print}
	keep := t.keep(s.env.Node, &b.diags)
	join := func(parts []*block.Block) *block.Block {
		var all *block.Block
		for _, p := range parts {
			b.limits = b.limits || p.Limits()
			p = block.Select(p, keep)
			switch {
			case p == nil:
			case all == nil:
				all = p
			default:
				sum := *all
				var found diag.List
				sum.Body, found = block.Combine(all.Body, p.Body)
				b.diags = append(b.diags, found...)
				all = &sum
			}
		}
		return all
	}
	base, more := join(parts[:len(parts)-over]), join(parts[len(parts)-over:])
	switch {
	case base == nil:
		base = more
	case more != nil:
		sum := *base
		var found diag.List
		sum.Body, found = block.Merge(base.Body, more.Body)
		b.diags = append(b.diags, found...)
		base = &sum
	}
	if base == nil {
		return b
	}
	obj, found := block.BindOne(&schema.Config{}, base)
	b.obj, b.diags = obj, append(b.diags, found...)
	return b
}

// overrides are the blocks of this node's `node` blocks by what they override.
type overrides struct {
	by    map[string][]*block.Block
	order []string
	taken map[string]bool
}

func overridesOf(n *node) *overrides {
	o := &overrides{by: map[string][]*block.Block{}, taken: map[string]bool{}}
	if n == nil {
		return o
	}
	for _, b := range n.overrides {
		k := b.Title()
		if o.by[k] == nil {
			o.order = append(o.order, k)
		}
		o.by[k] = append(o.by[k], b)
	}
	return o
}

// take gives the overrides of a block, unless that block is another node's:
// then the override is a definition of its own.
func (o *overrides) take(b *block.Block, me string, t *table) []*block.Block {
	if len(o.by) == 0 {
		return nil
	}
	k := b.Title()
	if o.by[k] == nil {
		return nil
	}
	var ignored diag.List
	if a := b.Body.Attr(block.NodesAttr); a != nil {
		if _, mine := t.keep(me, &ignored)(b, a); !mine {
			return nil
		}
	}
	o.taken[k] = true
	return o.by[k]
}

// rest gives the groups of blocks that override nothing and so add.
func (o *overrides) rest() (out [][]*block.Block) {
	for _, k := range o.order {
		if !o.taken[k] {
			out = append(out, o.by[k])
		}
	}
	return out
}
