package block

import (
	"encoding"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/lbgit/lbgit/schema"
	"github.com/lbgit/lbgit/schema/diag"
)

// Unbind is the way back: the tree of a struct (or of a pointer to one), with
// the fields in their order and only what differs from the defaults. Secrets
// come out as they are, marked, because what is written must load again.
func Unbind(from any) Body {
	v := reflect.ValueOf(from)
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	return unbind(planOf(v.Type()), v, false)
}

func unbind(p *plan, v reflect.Value, withLabel bool) Body {
	var out Body
	for _, f := range p.order {
		val := v.FieldByIndex(f.index)
		switch {
		case f.block:
			out.Blocks = append(out.Blocks, f.blocks(val)...)
		case f == p.label && !withLabel:
		default:
			if x, ok := valueOf(f.name, val, p.zero.FieldByIndex(f.index)); ok {
				out.Attrs = append(out.Attrs, Attr{Name: f.name, Value: x})
			}
		}
	}
	return out
}

func (f *field) blocks(v reflect.Value) []Block {
	p := planOf(f.elem)
	one := func(e reflect.Value) Block {
		if e.Kind() == reflect.Pointer {
			e = e.Elem()
		}
		b := Block{Type: f.name, Body: unbind(p, e, false)}
		if p.src != nil {
			b.Src = e.FieldByIndex(p.src).Interface().(diag.Range)
		}
		if p.label != nil {
			if text := textOf(e.FieldByIndex(p.label.index)); text != "" {
				b.Labels = []Label{{Text: text}}
			}
		}
		return b
	}
	if f.list {
		out := make([]Block, 0, v.Len())
		for i := range v.Len() {
			out = append(out, one(v.Index(i)))
		}
		return out
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		return []Block{one(v)}
	}
	// A block that is always there is written when it says something.
	if b := one(v); len(b.Body.Attrs)+len(b.Body.Blocks) > 0 {
		return []Block{b}
	}
	return nil
}

// valueOf gives the value of a field; ok is false when it is the default.
func valueOf(name string, v, def reflect.Value) (Value, bool) {
	switch {
	case v.Kind() == reflect.Slice:
		return listOf(name, v)
	case v.Kind() == reflect.Pointer:
		if v.IsNil() {
			return Value{}, false
		}
		return scalar(v.Elem()), true
	case v.Equal(def):
		return Value{}, false
	}
	return element(v), true
}

func listOf(name string, v reflect.Value) (Value, bool) {
	if v.Len() == 0 {
		return Value{}, false
	}
	out := Value{Kind: List, Items: make([]Value, v.Len())}
	for i := range v.Len() {
		out.Items[i] = element(v.Index(i))
	}
	// `address` and `to` read better with one bare value; names in the plural
	// and `status` stay lists.
	plural := strings.HasSuffix(name, "s") && name != "address"
	if !plural && v.Len() == 1 && out.Items[0].Kind != Object {
		return out.Items[0], true
	}
	return out, true
}

// element writes a struct as its short form where that says it all.
func element(v reflect.Value) Value {
	if v.Kind() != reflect.Struct || reflect.PointerTo(v.Type()).Implements(textType) {
		return scalar(v)
	}
	p := planOf(v.Type())
	fields := unbind(p, v, true).Attrs
	if p.short != nil && len(fields) == 1 && fields[0].Name == p.short.name {
		return fields[0].Value
	}
	return Value{Kind: Object, Fields: fields}
}

func scalar(v reflect.Value) Value {
	switch t := v.Type(); {
	case t == durationType:
		return Value{Kind: String, Text: durationText(time.Duration(v.Int()))}
	case t == triType:
		return Value{Kind: Bool, Text: strconv.FormatBool(v.Interface().(schema.Tri) == schema.On)}
	case t == secretType:
		return Value{Kind: String, Secret: true, Text: v.Interface().(schema.Secret).Reveal()}
	case t.Kind() == reflect.Bool:
		return Value{Kind: Bool, Text: strconv.FormatBool(v.Bool())}
	case t.Kind() == reflect.String:
		return Value{Kind: String, Text: v.String()}
	}
	text := textOf(v)
	if isNumber(text) {
		return Value{Kind: Number, Text: text}
	}
	return Value{Kind: String, Text: text}
}

// isNumber tells whether a text may be written without quotes, as `80` may.
func isNumber(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	return digits != "" && len(digits) < 16 && strings.Trim(digits, "0123456789") == "" && (digits[0] != '0' || digits == "0") && s != "-0"
}

func textOf(v reflect.Value) string {
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, _ := m.MarshalText()
		return string(text)
	}
	switch {
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10)
	}
	return v.String()
}

// durationText drops the zero units that time.Duration prints: "6m", not
// "6m0s".
func durationText(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
