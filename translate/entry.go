package translate

import (
	"crypto/sha256"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/lbgit/lbgit/schema/diag"
	"github.com/lbgit/lbgit/translate/block"
	"github.com/lbgit/lbgit/translate/hcl"
	"github.com/lbgit/lbgit/translate/yaml"
)

// entry is a decoded file. It is never changed but for the syntax tree, which
// is dropped; the blocks of its body are known by their addresses.
type entry struct {
	sum    [sha256.Size]byte
	hcl    *hcl.File
	syntax diag.List // found while parsing
	body   *block.Body
	diags  diag.List // found while decoding
	// refs and key tell which values the body depends on; outside says that
	// they cannot be told.
	refs    []string
	key     string
	outside bool
}

// input is a file of the source being loaded.
type input struct {
	name string
	text []byte
	*entry
}

// parse takes the entry of the last load when the text is the same.
func (in *input) parse(last *entry) {
	sum := sha256.Sum256(in.text)
	if last != nil && last.sum == sum {
		in.entry = last
		return
	}
	in.entry = &entry{sum: sum}
	if FormatOf(in.name) == HCL {
		in.hcl, in.syntax = hcl.Parse(in.name, in.text)
		return
	}
	body, found := yaml.Decode(in.name, in.text, shape)
	in.settle(body, found)
}

func (in *input) settle(body block.Body, found diag.List) {
	shape.Settle(&body)
	if len(body.Attrs)+len(body.Blocks) == 0 && len(strings.TrimSpace(string(in.text))) == 0 {
		found.Warnf(diag.Range{File: in.name, Line: 1, Col: 1}, "the file is empty")
	}
	in.body, in.diags = &body, found
}

// decode evaluates an HCL file, unless nothing that it refers to changed.
func (in *input) decode(scope *hcl.Scope) {
	if in.hcl == nil {
		return
	}
	if in.body != nil && !in.outside && scope.Key(in.refs) == in.key {
		return
	}
	if in.hcl.Dropped() {
		in.hcl, _ = hcl.Parse(in.name, in.text)
	}
	d, found := in.hcl.Decode(scope)
	in.hcl.Drop()
	last := in.entry
	next := *last
	in.entry = &next
	in.settle(d.Body, found)
	in.refs, in.key, in.outside = d.Refs, scope.Key(d.Refs), d.Outside
	// The same tree again keeps its address, and so do the objects made of it.
	if last.body != nil && len(found) == 0 && last.body.Equal(in.body) {
		in.body = last.body
	}
}

// each runs f for every input, on as many goroutines as there are processors.
func each(inputs []*input, f func(*input)) {
	workers := min(runtime.GOMAXPROCS(0), len(inputs))
	if workers < 2 {
		for _, in := range inputs {
			f(in)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(inputs) {
					return
				}
				f(inputs[i])
			}
		})
	}
	wg.Wait()
}
