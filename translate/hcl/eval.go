package hcl

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/lbgit/lbgit/schema/diag"
)

// evaluator evaluates expressions of one file.
type evaluator struct {
	diag.List
	scope *Scope
	src   *source
	ctx   *hcl.EvalContext
	refs  map[string]bool
	// known are the locals that exist while not all have a value yet.
	known map[string]*local
	// outer are the names that `dynamic` blocks around the expression bind.
	outer []string
	// outside is set once an expression calls env() or file().
	outside bool
}

// value evaluates; ok is false when that failed and has been reported.
func (e *evaluator) value(expr hclsyntax.Expression) (v cty.Value, ok bool) {
	if !e.resolvable(expr) {
		return cty.DynamicVal, false
	}
	defer func() {
		if r := recover(); r != nil {
			if r != errBudget {
				panic(r)
			}
			e.Errorf(e.src.rng(expr.Range()), "evaluating the expression takes too long")
			v, ok = cty.DynamicVal, false
		}
	}()
	if e.scope.funcs.meter(expr) {
		e.outside = true
	}
	v, found := expr.Value(e.ctx)
	e.List = append(e.List, e.src.diags(found)...)
	return v, !found.HasErrors() && v.IsWhollyKnown()
}

// resolvable reports names that do not exist, with the nearest that does.
func (e *evaluator) resolvable(expr hclsyntax.Expression) bool {
	ok := true
	for _, t := range expr.Variables() {
		root := t.RootName()
		ref := reference(t)
		if e.refs != nil && ref != "" {
			e.refs[ref] = true
		}
		name := ""
		if len(t) > 1 {
			if a, is := t[1].(hcl.TraverseAttr); is {
				name = a.Name
			}
		}
		var have []string
		switch {
		case slices.Contains(e.outer, root):
			continue
		case root == "node":
			have = []string{"name"}
		case root == "var":
			have = keysOf(e.scope.vars)
		case root == "local" && e.known != nil:
			have = keysOf(e.known)
		case root == "local":
			have = keysOf(e.scope.locals)
		default:
			ok = false
			e.missing(t, root, append([]string{"node", "var", "local"}, e.outer...))
			continue
		}
		if e.ctx.Variables == nil && e.ctx.Parent() == nil {
			e.Errorf(e.src.rng(t.SourceRange()), "a variable's default cannot refer to anything")
			ok = false
			continue
		}
		if name != "" && !slices.Contains(have, name) {
			ok = false
			e.missing(t, root+"."+name, prefixed(root+".", have))
		}
	}
	return ok
}

func (e *evaluator) missing(t hcl.Traversal, name string, have []string) {
	d := e.Errorf(e.src.rng(t.SourceRange()), "there is no %s", name).As("unknown")
	if near := diag.Nearest(name, have); near != "" {
		d.Because("did you mean %s?", near)
		return
	}
	d.Because("text is written in quotes; expressions know node.name, var.NAME and local.NAME")
}

func keysOf[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func prefixed(p string, names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = p + n
	}
	return out
}

// references lists what an expression refers to: "node", "var.x", "local.x",
// or "var.*" where the name is computed.
func references(expr hclsyntax.Expression) []string {
	var out []string
	for _, t := range expr.Variables() {
		if r := reference(t); r != "" && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

func reference(t hcl.Traversal) string {
	switch root := t.RootName(); root {
	case "node":
		return root
	case "var", "local":
		if len(t) > 1 {
			if a, ok := t[1].(hcl.TraverseAttr); ok {
				return root + "." + a.Name
			}
		}
		return root + ".*"
	}
	return ""
}
