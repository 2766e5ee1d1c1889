package block

// NodesAttr is the attribute that limits a block to some nodes.
const NodesAttr = "nodes"

// Limits tells whether the block, or one within it, is limited to some nodes,
// so that its view depends on which node looks.
func (b *Block) Limits() bool {
	if b.Body.Attr(NodesAttr) != nil {
		return true
	}
	for i := range b.Body.Blocks {
		if b.Body.Blocks[i].Limits() {
			return true
		}
	}
	return false
}

// Select gives the block without the blocks that keep refuses, or nil when it
// refuses the block itself. keep is asked about every `nodes` attribute and
// gives the attribute that shall stand in its place, or nil to leave it out.
func Select(b *Block, keep func(*Block, *Attr) (*Attr, bool)) *Block {
	if !b.Limits() {
		return b
	}
	out := *b
	if a := b.Body.Attr(NodesAttr); a != nil {
		stay, ok := keep(b, a)
		if !ok {
			return nil
		}
		out.Body.Attrs = make([]Attr, 0, len(b.Body.Attrs))
		for i := range b.Body.Attrs {
			at := &b.Body.Attrs[i]
			if at.Name == NodesAttr {
				at = stay
			}
			if at != nil {
				out.Body.Attrs = append(out.Body.Attrs, *at)
			}
		}
	}
	out.Body.Blocks = nil
	for i := range b.Body.Blocks {
		if in := Select(&b.Body.Blocks[i], keep); in != nil {
			out.Body.Blocks = append(out.Body.Blocks, *in)
		}
	}
	return &out
}
