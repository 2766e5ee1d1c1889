package hcl

import (
	"errors"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// HCL has no bound on what an expression may cost: two `for` expressions over
// lists of thousands, or text doubled a few dozen times, take the machine
// down. Every source therefore has a budget, in units of about one value or 64
// bytes of text.
const (
	maxWork  = 4 << 20
	maxValue = 1 << 18
)

var errBudget = errors.New("expression budget spent")

func (f *functions) charge(n int) bool {
	return f.spent.Add(int64(n)) <= maxWork
}

// metered is an expression that runs once per element of something. The
// embedded expression lends it the methods that only hclsyntax can have.
type metered struct {
	hclsyntax.Expression
	funcs *functions
}

// Value panics when the budget is spent: `for` goes on after errors, collecting
// one per element. evaluator.value recovers.
func (m metered) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, d := m.Expression.Value(ctx)
	if !m.funcs.charge(size(v, maxValue)) {
		panic(errBudget)
	}
	return v, d
}

// meter puts meters into the `for` and splat expressions within expr. It also
// tells whether expr looks outside of the text, with env() or file().
func (f *functions) meter(expr hclsyntax.Expression) (outside bool) {
	hclsyntax.VisitAll(expr, func(n hclsyntax.Node) hcl.Diagnostics {
		wrap := func(e *hclsyntax.Expression) {
			if _, done := (*e).(metered); !done && *e != nil {
				*e = metered{*e, f}
			}
		}
		switch n := n.(type) {
		case *hclsyntax.ForExpr:
			wrap(&n.ValExpr)
			if n.CondExpr != nil {
				wrap(&n.CondExpr)
			}
		case *hclsyntax.SplatExpr:
			wrap(&n.Each)
		case *hclsyntax.FunctionCallExpr:
			outside = outside || n.Name == "env" || n.Name == "file"
		}
		return nil
	})
	return outside
}

// size measures a value in units, giving up at limit.
func size(v cty.Value, limit int) int {
	v, _ = v.Unmark()
	if v == cty.NilVal || v.IsNull() || !v.IsKnown() {
		return 1
	}
	switch {
	case v.Type() == cty.String:
		return 1 + len(v.AsString())/64
	case !v.CanIterateElements():
		return 1
	}
	n := 1
	for it := v.ElementIterator(); n < limit && it.Next(); {
		_, e := it.Element()
		n += size(e, limit-n)
	}
	return n
}
