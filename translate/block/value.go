package block

import (
	"encoding"
	"math/big"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/lbgit/lbgit/schema"
)

// setter writes a value into a field of one type.
type setter func(b *binder, name string, v *Value, dst reflect.Value)

var (
	durationType = reflect.TypeFor[time.Duration]()
	addrType     = reflect.TypeFor[netip.Addr]()
	triType      = reflect.TypeFor[schema.Tri]()
	secretType   = reflect.TypeFor[schema.Secret]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func setterOf(t reflect.Type) setter {
	switch {
	case t == durationType:
		return setDuration
	case t == addrType:
		return setAddr
	case t == triType:
		return setTri
	case t == secretType:
		return setSecret
	case reflect.PointerTo(t).Implements(textType):
		return setText
	}
	switch t.Kind() {
	case reflect.String:
		return setString
	case reflect.Bool:
		return setBool
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Int,
		reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uint:
		return setInt
	case reflect.Struct:
		return setStruct
	case reflect.Slice:
		return setSlice(t.Elem())
	case reflect.Pointer:
		elem := setterOf(t.Elem())
		return func(b *binder, name string, v *Value, dst reflect.Value) {
			p := reflect.New(t.Elem())
			elem(b, name, v, p.Elem())
			dst.Set(p)
		}
	}
	panic("block: no binding for " + t.String())
}

// wants reports a value of the wrong kind. The value itself is not shown: its
// kind says enough, and it may be a secret.
func (b *binder) wants(name string, v *Value, what string) {
	b.Errorf(v.Src, "%s wants %s, not %s", name, what, v.Kind).As("type")
}

// plain refuses secrets where they would be shown in plans and status.
func (b *binder) plain(name string, v *Value) bool {
	if v.Secret {
		b.Errorf(v.Src, "%s cannot take a secret; it is shown in plans and status", name).As("secret")
	}
	return !v.Secret
}

func setString(b *binder, name string, v *Value, dst reflect.Value) {
	switch v.Kind {
	case String, Number:
		if b.plain(name, v) {
			dst.SetString(v.Text)
		}
	case Bool:
		b.Errorf(v.Src, "%s wants a string, not a bool", name).As("type").Because("put it in quotes: %q", v.Text)
	default:
		b.wants(name, v, "a string")
	}
}

func setSecret(b *binder, name string, v *Value, dst reflect.Value) {
	if v.Kind != String && v.Kind != Number {
		b.wants(name, v, "a string")
		return
	}
	dst.Set(reflect.ValueOf(schema.SecretOf(v.Text)))
}

func boolOf(v *Value) (val, ok bool) {
	if v.Kind != Bool && v.Kind != String || v.Text != "true" && v.Text != "false" {
		return false, false
	}
	return v.Text == "true", true
}

func setBool(b *binder, name string, v *Value, dst reflect.Value) {
	val, ok := boolOf(v)
	if !ok {
		b.wants(name, v, "true or false")
		return
	}
	if b.plain(name, v) {
		dst.SetBool(val)
	}
}

func setTri(b *binder, name string, v *Value, dst reflect.Value) {
	val, ok := boolOf(v)
	if !ok {
		b.wants(name, v, "true or false")
		return
	}
	dst.Set(reflect.ValueOf(schema.TriOf(val)))
}

func setDuration(b *binder, name string, v *Value, dst reflect.Value) {
	const example = `a duration such as "2s" or "500ms"`
	switch {
	case v.Kind == Number && strings.Trim(v.Text, "0.") == "":
		dst.SetInt(0)
		return
	case v.Kind == Number:
		b.Errorf(v.Src, "%s wants %s, not a number", name, example).As("type").
			Because("say the unit: %q for seconds, %q for milliseconds", v.Text+"s", v.Text+"ms")
		return
	case v.Kind != String:
		b.wants(name, v, example)
		return
	}
	d, err := time.ParseDuration(v.Text)
	switch {
	case err != nil:
		b.Errorf(v.Src, "%s: %q is not %s", name, v.Show(), example).As("type")
	case d < 0:
		b.Errorf(v.Src, "%s is %s; a duration cannot be negative", name, d).As("range")
	default:
		dst.SetInt(int64(d))
	}
}

func setAddr(b *binder, name string, v *Value, dst reflect.Value) {
	if v.Kind != String && v.Kind != Number {
		b.wants(name, v, `an IP address such as "192.0.2.1"`)
		return
	}
	a, err := netip.ParseAddr(v.Text)
	if err != nil {
		b.Errorf(v.Src, "%s: %q is not an IP address such as %q", name, v.Show(), "192.0.2.1").As("type")
		return
	}
	if b.plain(name, v) {
		dst.Set(reflect.ValueOf(a))
	}
}

func setText(b *binder, name string, v *Value, dst reflect.Value) {
	if v.Kind != String && v.Kind != Number {
		b.wants(name, v, "a string")
		return
	}
	if !b.plain(name, v) {
		return
	}
	if err := dst.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(v.Text)); err != nil {
		b.Errorf(v.Src, "%s: %v", name, err).As("type")
	}
}

// setInt takes numbers and texts that are one, as variables come as text.
func setInt(b *binder, name string, v *Value, dst reflect.Value) {
	if v.Kind != Number && v.Kind != String {
		b.wants(name, v, "a number")
		return
	}
	if !b.plain(name, v) {
		return
	}
	text := v.Text
	if digits := strings.TrimLeft(text, "+-"); len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		b.Errorf(v.Src, "%s: %s begins with 0, which some languages read as octal", name, v.Show()).As("type").
			Because("leave the zero out, or write 0o17 for octal")
		return
	}
	n, ok := new(big.Int).SetString(text, 0)
	if !ok {
		// 1e3 and 10.0 are integers, too; the bound keeps 1e999999999 small.
		f, _, err := big.ParseFloat(text, 10, 128, big.ToNearestEven)
		if err != nil || len(text) > 40 || !f.IsInt() || f.MantExp(nil) > 70 {
			b.Errorf(v.Src, "%s: %q is not a whole number", name, v.Show()).As("type")
			return
		}
		n, _ = f.Int(nil)
	}
	switch {
	case dst.CanInt() && n.IsInt64() && !dst.OverflowInt(n.Int64()):
		dst.SetInt(n.Int64())
	case dst.CanUint() && n.IsUint64() && !dst.OverflowUint(n.Uint64()):
		dst.SetUint(n.Uint64())
	default:
		lo, hi := bounds(dst.Type())
		b.Errorf(v.Src, "%s is %s; it is %d to %d", name, v.Show(), lo, hi).As("range")
	}
}

// bounds gives the range of an integer type.
func bounds(t reflect.Type) (lo int64, hi uint64) {
	bits := t.Bits()
	switch t.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return -1 << (bits - 1), 1<<(bits-1) - 1
	}
	return 0, 1<<bits - 1
}

func setSlice(elem reflect.Type) setter {
	set := setterOf(elem)
	return func(b *binder, name string, v *Value, dst reflect.Value) {
		items := v.Items
		if v.Kind != List {
			items = []Value{*v}
		}
		out := reflect.MakeSlice(dst.Type(), len(items), len(items))
		for i := range items {
			if items[i].Kind == Null {
				b.Errorf(items[i].Src, "item %s of %s has no value", strconv.Itoa(i+1), name)
				continue
			}
			set(b, name, &items[i], out.Index(i))
		}
		if len(items) > 0 {
			dst.Set(out)
		}
	}
}

// setStruct binds a value that is a struct: an object, or a bare string that
// stands for the field marked "short".
func setStruct(b *binder, name string, v *Value, dst reflect.Value) {
	p := planOf(dst.Type())
	dst.Set(p.zero)
	if p.src != nil {
		dst.FieldByIndex(p.src).Set(reflect.ValueOf(v.Src))
	}
	switch {
	case v.Kind == Object:
		b.body(p, &Body{Attrs: v.Fields, Src: v.Src}, dst, nil)
		if p.label != nil && !p.label.optional && (&Body{Attrs: v.Fields}).Attr(p.label.name) == nil {
			b.Errorf(v.Src, "an object of %s needs %q", name, p.label.name)
		}
	case p.short != nil && (v.Kind == String || v.Kind == Number):
		p.short.set(b, name, v, dst.FieldByIndex(p.short.index))
	case p.short != nil:
		b.wants(name, v, "a string or an object")
	default:
		b.wants(name, v, "an object")
	}
}
