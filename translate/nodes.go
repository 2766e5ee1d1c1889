package translate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lbgit/lbgit/schema/diag"
	"github.com/lbgit/lbgit/translate/block"
)

// table is what the `node` blocks of a source say.
type table struct {
	nodes map[string]*node
	// groups are the members of each group, sorted.
	groups map[string][]string
	// print changes when the answer of any `nodes` attribute could.
	print string
}

type node struct {
	src diag.Range
	// overrides are the blocks of the node's own `node` blocks.
	overrides []*block.Block
}

// nodes reads the `node` blocks of all files. A node may have several; they
// add up.
func (s *source) nodes() *table {
	t := &table{nodes: map[string]*node{}, groups: map[string][]string{}}
	groupAt := map[string]diag.Range{}
	for _, in := range s.inputs {
		for i := range in.body.Blocks {
			b := &in.body.Blocks[i]
			if b.Type != nodeBlock {
				continue
			}
			if len(b.Labels) != 1 || b.Labels[0].Text == "" {
				s.diags.Errorf(b.Src, "node takes one label, the name of the node")
				continue
			}
			name := b.Labels[0].Text
			n := t.nodes[name]
			if n == nil {
				n = &node{src: b.Src}
				t.nodes[name] = n
			}
			for j := range b.Body.Blocks {
				n.overrides = append(n.overrides, &b.Body.Blocks[j])
			}
			for _, a := range b.Body.Attrs {
				groups, ok := a.Value.Strings()
				switch {
				case a.Name != "groups":
					s.diags.Errorf(a.Src, "there is no attribute %q here", a.Name).As("unknown").
						Because("a node has groups, and blocks that override those of the source")
				case !ok:
					s.diags.Errorf(a.Value.Src, "groups wants a list of strings")
				}
				for _, g := range groups {
					if a.Name == "groups" && !slices.Contains(t.groups[g], name) {
						t.groups[g] = append(t.groups[g], name)
						groupAt[g] = a.Value.Src
					}
				}
			}
		}
	}
	for g, members := range t.groups {
		slices.Sort(members)
		if n := t.nodes[g]; n != nil {
			s.diags.Errorf(groupAt[g], "%q is a group and a node", g).And(n.src).Because("the node is at %s; give one of them another name", n.src)
		}
	}
	t.print = fmt.Sprint(s.env.Node, t.names(), t.groups)
	return t
}

func (t *table) names() []string { return slices.Sorted(maps.Keys(t.nodes)) }

// admits tells whether the source has a view for this node.
func (t *table) admits(name string, l *diag.List) bool {
	if len(t.nodes) == 0 || t.nodes[name] != nil {
		return true
	}
	names := t.names()
	first := t.nodes[names[0]].src
	if name == "" {
		l.Errorf(first, "this source names nodes; say which one is meant").As("node").
			Because("it names %s; use --node", strings.Join(names, ", "))
		return false
	}
	l.Errorf(first, "node %q is not named by this source; it names %s; use --node", name, strings.Join(names, ", ")).As("node").
		Because("a node without anything of its own is named with node %q {}", name)
	return false
}

// keep answers for one `nodes` attribute whether the block is for this node.
// The attribute that stays names nodes only, so that the model knows no groups.
func (t *table) keep(me string, l *diag.List) func(*block.Block, *block.Attr) (*block.Attr, bool) {
	return func(b *block.Block, a *block.Attr) (*block.Attr, bool) {
		names, ok := a.Value.Strings()
		if !ok {
			l.Errorf(a.Value.Src, "nodes wants a list of names of nodes or groups")
			return nil, true
		}
		var all []string
		for i, n := range names {
			at := a.Value.Src
			if a.Value.Kind == block.List {
				at = a.Value.Items[i].Src
			}
			switch members := t.groups[n]; {
			case t.nodes[n] != nil:
				all = append(all, n)
			case members != nil:
				all = append(all, members...)
			default:
				t.unknown(n, at, l)
			}
		}
		slices.Sort(all)
		all = slices.Compact(all)
		stay := block.Attr{Name: a.Name, Src: a.Src, Value: block.Value{Kind: block.List, Src: a.Value.Src}}
		for _, n := range all {
			stay.Value.Items = append(stay.Value.Items, block.Value{Kind: block.String, Text: n, Src: a.Value.Src})
		}
		return &stay, slices.Contains(all, me)
	}
}

func (t *table) unknown(name string, at diag.Range, l *diag.List) {
	have := append(t.names(), slices.Sorted(maps.Keys(t.groups))...)
	d := l.Errorf(at, "there is no node or group %q", name).As("node")
	switch near := diag.Nearest(name, have); {
	case near != "":
		d.Because("did you mean %q?", near)
	case len(have) == 0:
		d.Because("name the nodes of this source: node %q {}", name)
	default:
		d.Because("there are %s", strings.Join(have, ", "))
	}
}
