package block

import "reflect"

// Shape says which names of a body are blocks, and how they are labelled. A
// language that cannot tell a block from an object, such as YAML, needs it.
type Shape struct {
	Blocks map[string]*BlockShape
}

// BlockShape is the shape of one kind of block.
type BlockShape struct {
	// Label is the name of the labelling field, empty without one.
	Label    string
	Repeated bool
	Body     *Shape
}

// ShapeOf gives the shape of a struct type.
func ShapeOf(t reflect.Type) *Shape {
	s := &Shape{Blocks: map[string]*BlockShape{}}
	for _, f := range planOf(t).order {
		if !f.block {
			continue
		}
		b := &BlockShape{Repeated: f.list, Body: ShapeOf(f.elem)}
		if l := planOf(f.elem).label; l != nil {
			b.Label = l.name
		}
		s.Blocks[f.name] = b
	}
	return s
}

// Settle brings both ways of giving a label into one: a block without a label
// whose body has the labelling attribute gets it as its label. Overrides find
// their block by its label, so this comes before Merge.
func (s *Shape) Settle(body *Body) {
	for i := range body.Blocks {
		b := &body.Blocks[i]
		bs := s.Blocks[b.Type]
		if bs == nil {
			continue
		}
		if bs.Label != "" && len(b.Labels) == 0 {
			for j, a := range b.Body.Attrs {
				if k := a.Value.Kind; a.Name == bs.Label && (k == String || k == Number) && !a.Value.Secret {
					b.Labels = []Label{{Text: a.Value.Text, Src: a.Value.Src}}
					b.Body.Attrs = append(b.Body.Attrs[:j:j], b.Body.Attrs[j+1:]...)
					break
				}
			}
		}
		bs.Body.Settle(&b.Body)
	}
}
