package hcl

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/lbgit/lbgit/schema/diag"
)

// Env is what expressions may know of the world.
type Env struct {
	Node string
	Vars map[string]string
	// Getenv gives environment variables to env(); nil refuses it.
	Getenv func(string) (string, bool)
	// ReadFile reads a file of the source for file(); nil refuses it.
	ReadFile func(string) ([]byte, error)
}

// maxLocals bounds the locals of a source, which refer to one another.
const maxLocals = 10000

// Scope holds the values that the expressions of a source can use.
type Scope struct {
	env    Env
	vars   map[string]cty.Value
	locals map[string]cty.Value
	funcs  *functions
	root   *hcl.EvalContext
	diags  diag.List
	ranges map[string]diag.Range
}

// NewScope evaluates the variables and locals of all files of a source.
func NewScope(files []*File, env Env) (*Scope, diag.List) {
	s := &Scope{env: env, vars: map[string]cty.Value{}, locals: map[string]cty.Value{}, ranges: map[string]diag.Range{}}
	s.funcs = newFunctions(env)
	for _, f := range files {
		for _, b := range f.vars {
			s.variable(f.src, b)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(env.Vars)) {
		if _, ok := s.vars[name]; !ok && len(files) > 0 {
			s.diags.Warnf(diag.Range{}, "a value is given for the variable %q, which no file declares", name).
				Because("declare it: variable %q {}", name)
		}
	}
	s.evalLocals(files)
	s.root = s.funcs.context(map[string]cty.Value{
		"node":  cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(env.Node)}),
		"var":   objectOf(s.vars),
		"local": objectOf(s.locals),
	})
	return s, s.diags
}

func objectOf(m map[string]cty.Value) cty.Value {
	if len(m) == 0 {
		return cty.EmptyObjectVal
	}
	return cty.ObjectVal(m)
}

func (s *Scope) twice(kind, name string, at diag.Range) bool {
	key := kind + " " + name
	if first, dup := s.ranges[key]; dup {
		s.diags.Errorf(at, "%s %q is declared twice", kind, name).And(first).Because("the first declaration is at %s", first)
		return true
	}
	s.ranges[key] = at
	return false
}

// variable evaluates a `variable` block: its default, or the value from
// outside, brought to the type of the default.
func (s *Scope) variable(src *source, b *hclsyntax.Block) {
	name := b.Labels[0]
	at := src.rng(b.LabelRanges[0])
	if s.twice("variable", name, at) {
		return
	}
	val, secret := cty.NilVal, false
	e := evaluator{scope: s, src: src, ctx: s.funcs.context(nil)}
	for _, a := range sorted(b.Body.Attributes) {
		switch a.Name {
		case "default":
			val, _ = e.value(a.Expr)
		case "secret":
			v, ok := e.value(a.Expr)
			if ok && v.Type() == cty.Bool && !v.IsNull() && v.IsKnown() && !v.IsMarked() {
				secret = v.True()
			} else {
				e.Errorf(src.rng(a.Expr.Range()), "secret wants true or false")
			}
		case "description":
		default:
			e.Errorf(src.rng(a.NameRange), "there is no attribute %q here", a.Name).Because("a variable has default, secret, description")
		}
	}
	for _, in := range b.Body.Blocks {
		e.Errorf(src.rng(in.TypeRange), "there is no block %q here", in.Type)
	}
	s.diags = append(s.diags, e.List...)
	if text, given := s.env.Vars[name]; given {
		given, err := outside(text, val)
		if err != nil {
			s.diags.Errorf(at, "the value given for variable %q: %v", name, err)
		}
		val = given
	}
	if val == cty.NilVal {
		s.diags.Errorf(at, "variable %q has no value", name).
			Because("give it one with --var %s=..., or a default", name)
		val = cty.DynamicVal
	}
	if secret {
		val = val.Mark(secretMark)
	}
	s.vars[name] = val
}

// outside reads a value that came as text. A default that is a list or an
// object makes it an expression; otherwise it is text, converted to the type
// of the default.
func outside(text string, def cty.Value) (cty.Value, error) {
	str := cty.StringVal(text)
	if def == cty.NilVal || !def.IsKnown() || def.IsNull() {
		return str, nil
	}
	def, _ = def.Unmark()
	if def.Type().IsPrimitiveType() {
		v, err := convert.Convert(str, def.Type())
		if err != nil {
			return cty.DynamicVal, fmt.Errorf("it must be a %s, like its default", def.Type().FriendlyName())
		}
		return v, nil
	}
	src := newSource("", []byte(text))
	if l := guard(src); l.HasErrors() {
		return cty.DynamicVal, l.Err()
	}
	expr, d := hclsyntax.ParseExpression(src.Text, "", hcl.InitialPos)
	if !d.HasErrors() {
		var v cty.Value
		if v, d = expr.Value(nil); !d.HasErrors() {
			return v, nil
		}
	}
	return cty.DynamicVal, fmt.Errorf("it is not an expression such as [\"a\", \"b\"]")
}

type local struct {
	src   *source
	attr  *hclsyntax.Attribute
	state uint8 // 0 new, 1 under way, 2 done
}

// evalLocals evaluates locals in the order in which they need one another.
func (s *Scope) evalLocals(files []*File) {
	all := map[string]*local{}
	var order []string
	for _, f := range files {
		for _, a := range f.locals {
			if len(order) == maxLocals {
				s.diags.Errorf(f.src.rng(a.NameRange), "there are more than %d locals", maxLocals)
				return
			}
			if !s.twice("local", a.Name, f.src.rng(a.NameRange)) {
				all[a.Name] = &local{src: f.src, attr: a}
				order = append(order, a.Name)
			}
		}
	}
	for _, name := range order {
		s.local(name, all, nil)
	}
}

func (s *Scope) local(name string, all map[string]*local, trail []string) {
	l := all[name]
	trail = append(trail, name)
	switch l.state {
	case 2:
		return
	case 1:
		s.diags.Errorf(l.src.rng(l.attr.NameRange), "local %q is defined by itself", name).
			Because("%s", strings.Join(trail[slices.Index(trail, name):], " needs "))
		s.locals[name] = cty.DynamicVal
		return
	}
	l.state = 1
	deps := map[string]cty.Value{}
	for _, ref := range references(l.attr.Expr) {
		kind, dep, _ := strings.Cut(ref, ".")
		if kind != "local" {
			continue
		}
		for n := range all {
			if n != dep && dep != "*" {
				continue
			}
			s.local(n, all, trail)
			deps[n] = s.locals[n]
		}
	}
	e := evaluator{scope: s, src: l.src, known: all, ctx: s.funcs.context(map[string]cty.Value{
		"node":  cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal(s.env.Node)}),
		"var":   objectOf(s.vars),
		"local": objectOf(deps),
	})}
	v, ok := e.value(l.attr.Expr)
	if ok && size(v, maxValue+1) > maxValue {
		e.Errorf(l.src.rng(l.attr.Expr.Range()), "local %q is too large", name)
		v = cty.DynamicVal
	}
	s.diags = append(s.diags, e.List...)
	l.state = 2
	s.locals[name] = v
}

// Key is a text that changes when a value changes that one of the references
// names. References are those that Decode gives.
func (s *Scope) Key(refs []string) string {
	var b strings.Builder
	for _, r := range refs {
		kind, name, _ := strings.Cut(r, ".")
		from := map[string]cty.Value(nil)
		switch kind {
		case "node":
			fmt.Fprintf(&b, "node=%q;", s.env.Node)
			continue
		case "var":
			from = s.vars
		case "local":
			from = s.locals
		}
		for _, n := range slices.Sorted(maps.Keys(from)) {
			if n == name || name == "*" {
				v, _ := from[n].UnmarkDeep()
				fmt.Fprintf(&b, "%s=%#v;", r, v)
			}
		}
	}
	return b.String()
}
