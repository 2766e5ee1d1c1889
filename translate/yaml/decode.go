package yaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	yaml "gopkg.in/yaml.v3"

	"github.com/lbgit/lbgit/schema/diag"
	"github.com/lbgit/lbgit/translate/block"
)

// Bounds of one file.
const (
	MaxSize = 64 << 20
	// maxDepth bounds nesting, aliases included: an alias may hold itself.
	maxDepth = 200
	// maxAliased bounds the nodes that aliases repeat.
	maxAliased = 1 << 20
)

// Decode reads a file. Several documents count as one.
func Decode(name string, text []byte, shape *block.Shape) (body block.Body, l diag.List) {
	d := decoder{src: newSource(name, text)}
	body.Src = diag.Range{File: name, Line: 1, Col: 1}
	switch i := bytes.IndexByte(text, 0); {
	case len(text) > MaxSize:
		l.Errorf(diag.Range{File: name}, "the file has %d MiB; at most %d are read", len(text)>>20, MaxSize>>20)
		return body, l
	case i >= 0:
		l.Errorf(d.src.At(i), "the file holds a NUL byte; this is not text")
		return body, l
	}
	for n, doc := range d.documents(text) {
		if doc.Kind == yaml.DocumentNode && len(doc.Content) == 1 {
			part := d.file(doc.Content[0], shape)
			if n == 0 {
				part.Src = body.Src
				body = part
				continue
			}
			merged, more := block.Combine(body, part)
			d.List = append(d.List, more...)
			body = merged
		}
	}
	return body, d.List
}

// documents reads the stream. The reader has been known to panic on input
// that nobody would write; that must not end the daemon.
func (d *decoder) documents(text []byte) (docs []*yaml.Node) {
	defer func() {
		if r := recover(); r != nil {
			d.Errorf(diag.Range{File: d.src.Name}, "the YAML reader cannot cope with this file: %v", r)
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return docs
		}
		if err != nil {
			d.syntax(err)
			return docs
		}
		docs = append(docs, &doc)
	}
}

var lineOf = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)

// syntax translates the reader's error, which has a line in its text at best.
func (d *decoder) syntax(err error) {
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	at := diag.Range{File: d.src.Name, Line: 1, Col: 1}
	if m := lineOf.FindStringSubmatch(msg); m != nil {
		n, _ := strconv.Atoi(m[1])
		at = d.src.line(n)
		msg = msg[len(m[0]):]
	}
	d.Errorf(at, "YAML syntax: %s", msg)
	if strings.Contains(msg, "cannot start any token") {
		d.List[len(d.List)-1].Because("indent with spaces, not tabs; quote text that begins with a sign")
	}
}

type decoder struct {
	diag.List
	src     *source
	aliased int
	inAlias int
	alias   *yaml.Node // the outermost alias that is being followed
	spent   bool
}

func (d *decoder) file(n *yaml.Node, shape *block.Shape) block.Body {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		return block.Body{}
	}
	return d.body(n, shape, 0)
}

// entry is one key of a map with its value.
type entry struct{ key, val *yaml.Node }

// entries lists a map's keys, those of merged maps after its own. A key that
// is written twice is an error; one that merges bring again is overridden.
func (d *decoder) entries(n *yaml.Node, depth int) (out []entry) {
	seen := make(map[string]*yaml.Node, len(n.Content)/2)
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Kind == yaml.AliasNode:
			k = k.Alias
			fallthrough
		default:
			if k.Kind != yaml.ScalarNode {
				d.Errorf(d.at(k), "a key must be plain text")
				continue
			}
			if k.ShortTag() == "!!merge" {
				merges = append(merges, v)
				continue
			}
			if first := seen[k.Value]; first != nil {
				d.Errorf(d.at(k), "%q is given twice", k.Value).And(d.at(first)).Because("the first is at %s", d.at(first))
				continue
			}
			seen[k.Value] = k
			out = append(out, entry{k, v})
		}
	}
	for _, m := range merges {
		m, leave, ok := d.follow(m, depth)
		if !ok {
			continue
		}
		from := []*yaml.Node{m}
		if m.Kind == yaml.SequenceNode {
			from = m.Content
		}
		for _, f := range from {
			f, leaveIn, ok := d.follow(f, depth+1)
			if !ok {
				continue
			}
			if f.Kind != yaml.MappingNode {
				d.Errorf(d.at(f), "<< merges maps only")
			} else {
				for _, e := range d.entries(f, depth+1) {
					if seen[e.key.Value] == nil {
						seen[e.key.Value] = e.key
						out = append(out, e)
					}
				}
			}
			leaveIn()
		}
		leave()
	}
	return out
}

// follow resolves an alias and keeps the account of what aliases cost. The
// caller calls leave when it is done with the node.
func (d *decoder) follow(n *yaml.Node, depth int) (to *yaml.Node, leave func(), ok bool) {
	leave = func() {}
	if depth > maxDepth {
		d.fail(n, fmt.Sprintf("maps and lists are nested more than %d deep", maxDepth))
		return n, leave, false
	}
	if n.Kind == yaml.AliasNode {
		if d.inAlias == 0 {
			d.alias = n
		}
		n = n.Alias
		d.inAlias++
		leave = func() { d.inAlias-- }
	}
	if d.inAlias > 0 {
		if d.aliased += 1 + len(n.Content); d.aliased > maxAliased {
			d.fail(d.alias, "aliases repeat too much")
			leave()
			return n, func() {}, false
		}
	}
	return n, leave, !d.spent
}

// fail reports once that a bound was passed; the rest is not looked at.
func (d *decoder) fail(n *yaml.Node, msg string) {
	if !d.spent {
		d.Errorf(d.at(n), "%s", msg)
	}
	d.spent = true
}
