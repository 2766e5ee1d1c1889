package hcl

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// secretMark is on every value that comes from a secret.
type mark string

const secretMark = mark("secret")

type functions struct {
	table map[string]function.Function
	spent atomic.Int64
}

func (f *functions) context(vars map[string]cty.Value) *hcl.EvalContext {
	return &hcl.EvalContext{Variables: vars, Functions: f.table}
}

func newFunctions(env Env) *functions {
	f := &functions{}
	f.table = map[string]function.Function{
		"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "coalesce": stdlib.CoalesceFunc, "concat": stdlib.ConcatFunc,
		"contains": stdlib.ContainsFunc, "distinct": stdlib.DistinctFunc, "element": stdlib.ElementFunc,
		"flatten": stdlib.FlattenFunc, "floor": stdlib.FloorFunc, "format": stdlib.FormatFunc, "join": stdlib.JoinFunc,
		"keys": stdlib.KeysFunc, "length": stdlib.LengthFunc, "lookup": stdlib.LookupFunc, "lower": stdlib.LowerFunc,
		"max": stdlib.MaxFunc, "merge": stdlib.MergeFunc, "min": stdlib.MinFunc, "range": stdlib.RangeFunc,
		"replace": stdlib.ReplaceFunc, "reverse": stdlib.ReverseListFunc, "slice": stdlib.SliceFunc, "sort": stdlib.SortFunc,
		"split": stdlib.SplitFunc, "substr": stdlib.SubstrFunc, "tonumber": stdlib.MakeToFunc(cty.Number),
		"tostring": stdlib.MakeToFunc(cty.String), "trimspace": stdlib.TrimSpaceFunc, "upper": stdlib.UpperFunc,
		"values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,
		"cidrhost": cidrHost, "cidrsubnet": cidrSubnet, "secret": secretFunc,
	}
	for name, fn := range f.table {
		f.table[name] = f.bounded(name, fn)
	}
	f.table["env"] = external("env", env.Getenv != nil, func(name string) (cty.Value, error) {
		text, ok := env.Getenv(name)
		if !ok {
			return cty.NilVal, fmt.Errorf("the environment has no variable %q", name)
		}
		return cty.StringVal(text).Mark(secretMark), nil
	})
	f.table["file"] = external("file", env.ReadFile != nil, func(name string) (cty.Value, error) {
		text, err := env.ReadFile(name)
		if err != nil {
			return cty.NilVal, err
		}
		return cty.StringVal(strings.TrimSuffix(string(text), "\n")), nil
	})
	return f
}

// wide finds a width or precision that would make text out of nothing.
var wide = regexp.MustCompile(`%[^%a-zA-Z]*[0-9*]{4,}|%[^%a-zA-Z]*\*`)

// bounded charges a function for its arguments and its result.
func (f *functions) bounded(name string, fn function.Function) function.Function {
	before := func(args []cty.Value) error {
		n := 1
		for _, a := range args {
			n += size(a, maxValue)
		}
		plain := make([]cty.Value, len(args))
		for i, a := range args {
			plain[i], _ = a.Unmark()
		}
		switch {
		case name == "format" && isText(plain, 1) && wide.MatchString(plain[0].AsString()):
			return fmt.Errorf("a width in a format has at most 3 digits")
		case name == "replace" && isText(plain, 3):
			text, old, with := plain[0].AsString(), plain[1].AsString(), plain[2].AsString()
			n += strings.Count(text, old) * len(with) / 64
		case name == "join":
			for _, a := range plain[1:] {
				if isText(plain, 1) && a.IsKnown() && !a.IsNull() && a.CanIterateElements() {
					n += a.LengthInt() * (len(plain[0].AsString()) / 64)
				}
			}
		}
		if n > maxValue || !f.charge(n) {
			return fmt.Errorf("the values given to %s are too large", name)
		}
		return nil
	}
	return function.New(&function.Spec{
		// The parameters stay: the caller converts to their types.
		Params: fn.Params(), VarParam: fn.VarParam(),
		Type: func(args []cty.Value) (cty.Type, error) {
			if err := before(args); err != nil {
				return cty.NilType, err
			}
			return fn.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, err := fn.Call(args)
			if err == nil && (size(v, maxValue) >= maxValue || !f.charge(size(v, maxValue))) {
				return cty.NilVal, fmt.Errorf("the result of %s is too large", name)
			}
			return v, err
		},
	})
}

func isText(args []cty.Value, n int) bool {
	for i := range n {
		if len(args) <= i || args[i].Type() != cty.String || args[i].IsNull() || !args[i].IsKnown() {
			return false
		}
	}
	return true
}

// external is a function that looks outside of the text.
func external(name string, allowed bool, get func(string) (cty.Value, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "name", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if !allowed {
				return cty.NilVal, fmt.Errorf("%s() is not allowed here", name)
			}
			return get(args[0].AsString())
		},
	})
}

var secretFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "text", Type: cty.String, AllowMarked: true}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return args[0].Mark(secretMark), nil
	},
})

var cidrHost = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "prefix", Type: cty.String}, {Name: "number", Type: cty.Number}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		p, err := prefix(args[0])
		if err != nil {
			return cty.NilVal, err
		}
		n, err := natural(args[1], 1)
		if err != nil {
			return cty.NilVal, err
		}
		a, err := add(p, p.Addr().BitLen(), n)
		return cty.StringVal(a.String()), err
	},
})

var cidrSubnet = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "prefix", Type: cty.String}, {Name: "newbits", Type: cty.Number}, {Name: "number", Type: cty.Number}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		p, err := prefix(args[0])
		if err != nil {
			return cty.NilVal, err
		}
		more, err := natural(args[1], 1)
		if err != nil {
			return cty.NilVal, err
		}
		n, err := natural(args[2], 2)
		if err != nil {
			return cty.NilVal, err
		}
		bits := p.Bits() + int(min(more, 200))
		if bits > p.Addr().BitLen() {
			return cty.NilVal, function.NewArgErrorf(1, "%s has no room for %d more bits", p, more)
		}
		a, err := add(p, bits, n)
		return cty.StringVal(netip.PrefixFrom(a, bits).String()), err
	},
})

func prefix(v cty.Value) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(v.AsString())
	if err != nil {
		return p, function.NewArgErrorf(0, "%q is not a prefix such as %q", v.AsString(), "10.0.0.0/24")
	}
	return p.Masked(), nil
}

func natural(v cty.Value, arg int) (uint64, error) {
	f := v.AsBigFloat()
	n, acc := f.Uint64()
	if !f.IsInt() || acc != 0 {
		return 0, function.NewArgErrorf(arg, "wants a whole number from 0 up")
	}
	return n, nil
}

// add gives the n-th address, or the n-th subnet of that many bits.
func add(p netip.Prefix, bits int, n uint64) (netip.Addr, error) {
	if room := bits - p.Bits(); room < 64 && n>>room != 0 {
		return netip.Addr{}, fmt.Errorf("%s has no number %d", p, n)
	}
	b := p.Addr().AsSlice()
	for bit := bits - 1; n > 0 && bit >= 0; bit-- {
		if n&1 != 0 {
			b[bit/8] |= 0x80 >> (bit % 8)
		}
		n >>= 1
	}
	a, _ := netip.AddrFromSlice(b)
	return a, nil
}
