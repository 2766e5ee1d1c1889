package yaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	yaml "gopkg.in/yaml.v3"

	"github.com/lbgit/lbgit/translate/block"
)

// Encode writes a tree in the canonical form: what Format leaves as it is.
// The shape tells how the label of a block is called.
func Encode(body block.Body, shape *block.Shape) []byte {
	n := bodyNode(body, shape)
	if len(n.Content) == 0 {
		return nil
	}
	text, err := layout([]*yaml.Node{n})
	if err != nil {
		// The nodes are our own; only text that is not UTF-8 could do this.
		panic("yaml: " + err.Error())
	}
	return text
}

func bodyNode(body block.Body, shape *block.Shape) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, a := range body.Attrs {
		put(n, a.Name, valueNode(a.Value, false))
	}
	done := map[string]bool{}
	for _, b := range body.Blocks {
		if !done[b.Type] {
			done[b.Type] = true
			put(n, b.Type, blocksNode(body.Blocks, b.Type, shape.Blocks[b.Type]))
		}
	}
	return n
}

// str is a node of text. yaml.v3 quotes what would read as something else, but
// for the sign of a merge; and its block style for text of several lines loses
// line breaks at the edges, so such text is quoted, too.
func str(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	if text == "<<" || strings.ContainsAny(text, "\n\t\r\u0085\u2028\u2029") || strings.TrimSpace(text) != text {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

func put(n *yaml.Node, key string, val *yaml.Node) *yaml.Node {
	k := str(key)
	n.Content = append(n.Content, k, val)
	return k
}

// blocksNode writes all blocks of a type: as a map from label to body, or as a
// list where labels are missing or repeat.
func blocksNode(all []block.Block, typ string, bs *block.BlockShape) *yaml.Node {
	var mine []block.Block
	labels := map[string]bool{}
	asMap := bs.Label != ""
	for _, b := range all {
		if b.Type != typ {
			continue
		}
		mine = append(mine, b)
		if asMap = asMap && len(b.Labels) == 1 && !labels[b.Labels[0].Text]; asMap {
			labels[b.Labels[0].Text] = true
		}
	}
	switch {
	case asMap:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, b := range mine {
			k := put(n, b.Labels[0].Text, bodyNode(b.Body, bs.Body))
			k.HeadComment = comment(b.Comments)
		}
		return n
	case !bs.Repeated && len(mine) == 1:
		return bodyNode(mine[0].Body, bs.Body)
	}
	n := &yaml.Node{Kind: yaml.SequenceNode}
	for _, b := range mine {
		in := bodyNode(b.Body, bs.Body)
		if len(b.Labels) == 1 {
			label := &yaml.Node{Kind: yaml.MappingNode}
			put(label, bs.Label, valueNode(block.Value{Kind: block.String, Text: b.Labels[0].Text}, false))
			in.Content = append(label.Content, in.Content...)
		}
		in.HeadComment = comment(b.Comments)
		n.Content = append(n.Content, in)
	}
	return n
}

func comment(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return "# " + strings.ReplaceAll(strings.Join(lines, "\n"), "\n", "\n# ")
}

func valueNode(v block.Value, flow bool) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: v.Text}
	switch v.Kind {
	case block.String:
		n = str(v.Text)
	case block.List:
		n = &yaml.Node{Kind: yaml.SequenceNode}
		width := 0
		objects := false
		for _, in := range v.Items {
			width += len(in.Text) + 2
			objects = objects || in.Kind > block.Bool
		}
		if flow || !objects && width <= 80 {
			n.Style = yaml.FlowStyle
		}
		for _, in := range v.Items {
			n.Content = append(n.Content, valueNode(in, flow))
		}
	case block.Object:
		n = &yaml.Node{Kind: yaml.MappingNode}
		for _, f := range v.Fields {
			put(n, f.Name, valueNode(f.Value, flow))
		}
	case block.Null:
		n.Tag, n.Value = "!!null", "null"
	}
	return n
}

// layout writes documents with two spaces of indentation and a free line
// before every key of the outermost map but the first.
func layout(docs []*yaml.Node) ([]byte, error) {
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	for _, d := range docs {
		if err := enc.Encode(d); err != nil {
			return nil, err
		}
	}
	if err := enc.Close(); err != nil {
		return nil, err
	}
	return spaced(out.Bytes()), nil
}

func spaced(text []byte) []byte {
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	var out []string
	for i, line := range lines {
		starts := line != "" && !strings.ContainsRune(" #-.}]", rune(line[0]))
		if !starts || i == 0 {
			out = append(out, line)
			continue
		}
		// The comment right above belongs to the key.
		at := len(out)
		for at > 0 && strings.HasPrefix(out[at-1], "#") {
			at--
		}
		if at > 0 && out[at-1] != "" && !strings.HasPrefix(out[at-1], "---") {
			out = append(out[:at], append([]string{""}, out[at:]...)...)
		}
		out = append(out, line)
	}
	return []byte(strings.Join(out, "\n") + "\n")
}

// Format brings a file into the canonical layout and keeps its comments. It
// refuses rather than change what the file says.
func Format(name string, text []byte) ([]byte, error) {
	any := &block.Shape{}
	before, l := Decode(name, text, any)
	if l.HasErrors() {
		return nil, l.Err()
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, nil
	}
	for range 4 {
		docs, err := nodes(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out, err := layout(docs)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if bytes.Equal(out, text) {
			break
		}
		text = out
	}
	after, l := Decode(name, text, any)
	if l.HasErrors() || !before.Equal(&after) {
		return nil, fmt.Errorf("%s: this file cannot be laid out without changing what it says; a comment may stand in an odd place", name)
	}
	return text, nil
}

func nodes(text []byte) (docs []*yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the YAML reader cannot cope with this file: %v", r)
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var n yaml.Node
		if err := dec.Decode(&n); errors.Is(err, io.EOF) {
			return docs, nil
		} else if err != nil {
			return nil, err
		}
		if n.Kind != 0 {
			docs = append(docs, &n)
		}
	}
}
