package block

import (
	"reflect"
	"strings"
	"sync"

	"github.com/lbgit/lbgit/schema/diag"
)

// plan is what the binder knows of one struct type. It is made once per type.
type plan struct {
	typ    reflect.Type
	fields map[string]*field
	order  []*field
	// label is the field of the block's label; short that of a bare string in
	// a list; src the index path of the field that takes the place.
	label, short *field
	src          []int
	// zero is a value with its defaults set.
	zero reflect.Value
}

type field struct {
	name  string
	index []int
	typ   reflect.Type
	// block is set for nested blocks, list for those that may repeat; elem is
	// the struct type of one.
	block, list bool
	elem        reflect.Type
	optional    bool
	set         setter
	bit         uint
}

type defaulter interface{ SetDefaults() }

var (
	plans   sync.Map // reflect.Type -> *plan
	srcType = reflect.TypeFor[diag.Range]()
)

func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p := &plan{typ: t, fields: map[string]*field{}}
	p.walk(t, nil)
	v := reflect.New(t)
	if d, ok := v.Interface().(defaulter); ok {
		d.SetDefaults()
	}
	p.zero = v.Elem()
	got, _ := plans.LoadOrStore(t, p)
	return got.(*plan)
}

func (p *plan) walk(t reflect.Type, prefix []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(append([]int{}, prefix...), i)
		name, opts, _ := strings.Cut(f.Tag.Get("conf"), ",")
		has := func(o string) bool {
			for s := range strings.SplitSeq(opts, ",") {
				if s == o {
					return true
				}
			}
			return false
		}
		switch {
		case f.Type == srcType && f.Name == "Src":
			p.src = index
		case has("inline"):
			p.walk(f.Type, index)
		case name != "" && name != "-":
			p.add(&field{name: name, index: index, typ: f.Type, block: has("block"), optional: has("optional")}, has("label"), has("short"))
		}
	}
}

func (p *plan) add(f *field, label, short bool) {
	f.bit = uint(len(p.order))
	f.elem = f.typ
	if f.block {
		if f.elem.Kind() == reflect.Slice {
			f.list, f.elem = true, f.elem.Elem()
		}
		if f.elem.Kind() == reflect.Pointer {
			f.elem = f.elem.Elem()
		}
	} else {
		f.set = setterOf(f.typ)
	}
	p.fields[f.name] = f
	p.order = append(p.order, f)
	if label {
		p.label = f
	}
	if short {
		p.short = f
	}
}

// names gives the names of what the type has, as a user may write them.
func (p *plan) names() []string {
	out := make([]string, 0, len(p.order))
	for _, f := range p.order {
		out = append(out, f.name)
	}
	return out
}

// fresh makes a new value with its defaults.
func (p *plan) fresh() reflect.Value {
	v := reflect.New(p.typ)
	if d, ok := v.Interface().(defaulter); ok {
		d.SetDefaults()
	}
	return v
}
