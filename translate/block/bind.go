package block

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/lbgit/lbgit/schema/diag"
)

// Bind writes a tree into the struct that into points at, by `conf` tags. It
// reports everything that does not fit and binds the rest.
func Bind(body Body, into any) diag.List {
	var b binder
	v := reflect.ValueOf(into).Elem()
	b.body(planOf(v.Type()), &body, v, nil)
	return b.List
}

// BindOne makes the value that one block stands for in a struct type, such as
// a *Pool for a `pool` block of a Config. It is nil when root has no such
// block; then the diagnostics say so.
func BindOne(root any, blk *Block) (any, diag.List) {
	var b binder
	p := planOf(reflect.TypeOf(root).Elem())
	f := p.fields[blk.Type]
	if f == nil || !f.block {
		b.unknownBlock(p, blk)
		return nil, b.List
	}
	v := planOf(f.elem).fresh()
	b.block(planOf(f.elem), blk, v.Elem())
	return v.Interface(), b.List
}

// Put stores a value that BindOne made for a block of this type: repeated
// blocks are appended, others take their place.
func Put(root any, typ string, obj any) {
	v := reflect.ValueOf(root).Elem()
	f := planOf(v.Type()).fields[typ]
	f.store(v.FieldByIndex(f.index), reflect.ValueOf(obj))
}

func (f *field) store(dst, ptr reflect.Value) {
	elem := ptr
	target := f.typ
	if f.list {
		target = f.typ.Elem()
	}
	if target.Kind() != reflect.Pointer {
		elem = ptr.Elem()
	}
	if f.list {
		dst.Set(reflect.Append(dst, elem))
		return
	}
	dst.Set(elem)
}

type binder struct{ diag.List }

// block binds the labels, the place and the body of a block.
func (b *binder) block(p *plan, blk *Block, v reflect.Value) {
	if p.src != nil {
		v.FieldByIndex(p.src).Set(reflect.ValueOf(blk.Src))
	}
	labels := blk.Labels
	switch {
	case p.label == nil && len(labels) > 0:
		b.Errorf(labels[0].Src, "%s takes no label", blk.Type).Because("write %s { ... }", blk.Type)
	case len(labels) > 1:
		b.Errorf(labels[1].Src, "%s takes one label, its %s", blk.Type, p.label.name)
	case len(labels) == 1:
		l := labels[0]
		b.attr(p.label, &Value{Kind: String, Text: l.Text, Src: l.Src}, v)
	case p.label != nil && !p.label.optional && blk.Body.Attr(p.label.name) == nil:
		b.Errorf(blk.Src, "%s needs a label, its %s", blk.Type, p.label.name).
			Because("write %s \"...\" { ... }; in YAML, %s: {...: {...}}", blk.Type, blk.Type)
	}
	b.body(p, &blk.Body, v, blk)
}

// seen marks the fields of a struct that were given.
type seen [2]uint64

func (s *seen) add(f *field) (again bool) {
	w, m := f.bit/64, uint64(1)<<(f.bit%64)
	again = s[w]&m != 0
	s[w] |= m
	return again
}

// body binds attributes and nested blocks. blk is the block that the body is
// of, nil for a file or an object.
func (b *binder) body(p *plan, body *Body, v reflect.Value, blk *Block) {
	var done seen
	if blk != nil && len(blk.Labels) > 0 && p.label != nil {
		done.add(p.label)
	}
	for i := range body.Attrs {
		a := &body.Attrs[i]
		f := p.fields[a.Name]
		switch {
		case f == nil && a.Name == NodesAttr && blk != nil:
			// Any block may be limited to nodes; Select has seen to it.
		case f == nil:
			b.unknownAttr(p, a)
		case f.block:
			b.Errorf(a.Src, "%q is a block, not an attribute", a.Name).
				Because("write %s { ... } without the equals sign", a.Name)
		case done.add(f):
			b.again(p, f, body, a, blk)
		default:
			b.attr(f, &a.Value, v)
		}
	}
	first := map[string]diag.Range(nil)
	for i := range body.Blocks {
		in := &body.Blocks[i]
		f := p.fields[in.Type]
		switch {
		case f == nil:
			b.unknownBlock(p, in)
			continue
		case !f.block:
			b.Errorf(in.Src, "%q is an attribute, not a block", in.Type).Because("write %s = ...", in.Type)
			continue
		case !f.list && done.add(f):
			b.Errorf(in.Src, "%q is given twice", in.Type).And(first[in.Type]).Because("the first is at %s", first[in.Type])
			continue
		case !f.list:
			if first == nil {
				first = map[string]diag.Range{}
			}
			first[in.Type] = in.Src
		}
		ep := planOf(f.elem)
		ptr := ep.fresh()
		b.block(ep, in, ptr.Elem())
		f.store(v.FieldByIndex(f.index), ptr)
	}
}

// again reports an attribute that was given before, here or as the label.
func (b *binder) again(p *plan, f *field, body *Body, a *Attr, blk *Block) {
	at := body.Attr(a.Name).Src
	if f == p.label && blk != nil && len(blk.Labels) > 0 {
		at = blk.Labels[0].Src
	}
	b.Errorf(a.Src, "%q is given twice", a.Name).And(at).Because("the first is at %s", at)
}

func (b *binder) attr(f *field, val *Value, v reflect.Value) {
	if val.Kind == Null {
		b.Errorf(val.Src, "%s has no value", f.name).Because("give it one, or leave the line out for the default")
		return
	}
	f.set(b, f.name, val, v.FieldByIndex(f.index))
}

func (b *binder) unknownAttr(p *plan, a *Attr) {
	b.unknown(a.Src, fmt.Sprintf("there is no attribute %q here", a.Name), a.Name, p)
}

func (b *binder) unknownBlock(p *plan, blk *Block) {
	b.unknown(blk.Src, fmt.Sprintf("there is no block %q here", blk.Type), blk.Type, p)
}

func (b *binder) unknown(at diag.Range, what, name string, p *plan) {
	names := p.names()
	list := "there are " + strings.Join(names, ", ")
	if near := diag.Nearest(name, names); near != "" {
		b.Errorf(at, "%s; did you mean %q?", what, near).As("unknown").Because("%s", list)
		return
	}
	b.Errorf(at, "%s", what).As("unknown").Because("%s", list)
}
