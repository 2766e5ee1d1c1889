package block

import (
	"slices"
	"strings"

	"github.com/lbgit/lbgit/schema/diag"
)

// Body is what stands between the braces of a block, or a whole file.
type Body struct {
	Attrs  []Attr
	Blocks []Block
	// Src is the whole extent of the body.
	Src diag.Range
}

// Attr is a name with a value. Src is the place of the name.
type Attr struct {
	Name  string
	Value Value
	Src   diag.Range
}

// Block is a nested block. Src is its header: the type and the labels.
type Block struct {
	Type     string
	Labels   []Label
	Body     Body
	Src      diag.Range
	Comments []string
}

// Label is one label of a block.
type Label struct {
	Text string
	Src  diag.Range
}

// Kind is the kind of a value.
type Kind uint8

// The kinds of values. Null is a value that was written and says nothing.
const (
	Null Kind = iota
	String
	Number
	Bool
	List
	Object
)

var kindNames = [...]string{"nothing", "a string", "a number", "a bool", "a list", "an object"}

func (k Kind) String() string { return kindNames[k] }

// Value is a value as it was written. Numbers keep their exact text, so that
// 1.10 and 017 survive where a string is wanted.
type Value struct {
	Kind Kind
	// Secret marks text that no message may show.
	Secret bool
	// Text is the string, the number as written, or "true" or "false".
	Text   string
	Items  []Value
	Fields []Attr
	Src    diag.Range
}

// Show gives the value for a message; secrets stay hidden, long text is cut.
func (v *Value) Show() string {
	switch {
	case v.Secret:
		return "(secret)"
	case v.Kind == List || v.Kind == Object || v.Kind == Null:
		return v.Kind.String()
	case len(v.Text) > 60:
		return v.Text[:60] + "..."
	}
	return v.Text
}

// Attr finds an attribute by its name, or gives nil.
func (b *Body) Attr(name string) *Attr {
	for i := range b.Attrs {
		if b.Attrs[i].Name == name {
			return &b.Attrs[i]
		}
	}
	return nil
}

// Title is the block's header as HCL writes it, for messages.
func (b *Block) Title() string {
	var s strings.Builder
	s.WriteString(b.Type)
	for _, l := range b.Labels {
		s.WriteString(" \"" + l.Text + "\"")
	}
	return s.String()
}

// Same tells whether two blocks name the same thing: type and labels.
func (b *Block) Same(o *Block) bool {
	return b.Type == o.Type && slices.EqualFunc(b.Labels, o.Labels, func(x, y Label) bool { return x.Text == y.Text })
}

// Strings gives the value as a list of texts; one string counts as a list of
// one. ok is false for anything else.
func (v *Value) Strings() (out []string, ok bool) {
	switch v.Kind {
	case String, Number:
		return []string{v.Text}, true
	case List:
		for i := range v.Items {
			if k := v.Items[i].Kind; k != String && k != Number {
				return nil, false
			}
			out = append(out, v.Items[i].Text)
		}
		return out, true
	}
	return nil, false
}

// Equal tells whether two bodies say the same, wherever they stand.
func (b *Body) Equal(o *Body) bool {
	return slices.EqualFunc(b.Attrs, o.Attrs, attrEqual) && slices.EqualFunc(b.Blocks, o.Blocks, func(x, y Block) bool {
		return x.Same(&y) && x.Body.Equal(&y.Body)
	})
}

func attrEqual(a, b Attr) bool { return a.Name == b.Name && a.Value.Equal(&b.Value) }

// Equal tells whether two values are the same, wherever they stand.
func (v *Value) Equal(o *Value) bool {
	return v.Kind == o.Kind && v.Secret == o.Secret && v.Text == o.Text &&
		slices.EqualFunc(v.Items, o.Items, func(x, y Value) bool { return x.Equal(&y) }) &&
		slices.EqualFunc(v.Fields, o.Fields, attrEqual)
}
