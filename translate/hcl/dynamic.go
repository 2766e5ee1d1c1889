package hcl

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/lbgit/lbgit/translate/block"
)

// dynamic makes the blocks of
//
//	dynamic "real_server" {
//	  for_each = local.servers
//	  labels   = [real_server.value]
//	  content { weight = 1 }
//	}
//
// as hcl/ext/dynblock has it. It is done here because the tree is made from
// the syntax, not from a schema, and dynblock works on schemas only.
func (d *decoder) dynamic(b *hclsyntax.Block) []block.Block {
	at := d.src.rng(b.TypeRange)
	if len(b.Labels) != 1 {
		d.Errorf(at, "dynamic takes one label, the type of the blocks that it makes")
		return nil
	}
	typ, iterator := b.Labels[0], b.Labels[0]
	var each, labels hclsyntax.Expression
	for _, a := range sorted(b.Body.Attributes) {
		switch a.Name {
		case "for_each":
			each = a.Expr
		case "labels":
			labels = a.Expr
		case "iterator":
			t, ok := a.Expr.(*hclsyntax.ScopeTraversalExpr)
			if !ok || len(t.Traversal) != 1 {
				d.Errorf(d.src.rng(a.Expr.Range()), "iterator wants a name without quotes")
				return nil
			}
			iterator = t.Traversal.RootName()
		default:
			d.Errorf(d.src.rng(a.NameRange), "there is no attribute %q here", a.Name).
				Because("dynamic has for_each, iterator, labels and a block content")
		}
	}
	var content *hclsyntax.Block
	for _, in := range b.Body.Blocks {
		if in.Type != "content" || content != nil || len(in.Labels) > 0 {
			d.Errorf(d.src.rng(in.TypeRange), "dynamic has one block, content, without a label")
			return nil
		}
		content = in
	}
	if each == nil || content == nil {
		d.Errorf(at, "dynamic needs for_each and a block content")
		return nil
	}
	coll, ok := d.value(each)
	if !ok {
		return nil
	}
	coll, marks := coll.Unmark()
	if coll.IsNull() || !coll.CanIterateElements() || len(marks) > 0 {
		d.Errorf(d.src.rng(each.Range()), "for_each wants a list or an object that is not secret")
		return nil
	}
	return d.repeat(b, typ, iterator, coll, labels, content)
}

func (d *decoder) repeat(b *hclsyntax.Block, typ, iterator string, coll cty.Value, labels hclsyntax.Expression, content *hclsyntax.Block) (out []block.Block) {
	ctx, outer := d.ctx, d.outer
	defer func() { d.ctx, d.outer = ctx, outer }()
	d.outer = append(outer[:len(outer):len(outer)], iterator)
	for it := coll.ElementIterator(); it.Next(); {
		if !d.scope.funcs.charge(1 + (content.CloseBraceRange.End.Byte-content.TypeRange.Start.Byte)/16) {
			d.Errorf(d.src.rng(b.TypeRange), "evaluating the expression takes too long")
			return out
		}
		k, v := it.Element()
		if coll.Type().IsSetType() {
			k = v
		}
		d.ctx = ctx.NewChild()
		d.ctx.Variables = map[string]cty.Value{iterator: cty.ObjectVal(map[string]cty.Value{"key": k, "value": v})}
		made := block.Block{Type: typ, Src: d.src.rng(b.TypeRange)}
		at := made.Src
		at.EndLine, at.EndCol = d.src.rng(b.LabelRanges[0]).EndLine, d.src.rng(b.LabelRanges[0]).EndCol
		made.Src = at
		if labels != nil {
			lv, ok := d.tree(labels)
			texts, is := lv.Strings()
			if ok && (!is || lv.Secret) {
				d.Errorf(lv.Src, "labels wants a list of texts")
				ok = false
			}
			if !ok {
				return out
			}
			for _, text := range texts {
				made.Labels = append(made.Labels, block.Label{Text: text, Src: lv.Src})
			}
		}
		n := len(d.List)
		made.Body = d.body(content.Body)
		out = append(out, made)
		if len(d.List) > n && d.List[n:].HasErrors() {
			return out // the other rounds would say the same
		}
	}
	return out
}
