package keepalived

import (
	"hash/maphash"
	"reflect"
	"strings"

	"github.com/lbgit/lbgit/schema"
)

// Cache keeps what the last load made, so that the next one need not make it
// again. The zero value is ready; nil works and keeps nothing. One load at a
// time may use it.
//
// A virtual server block that has the same text at the same line of the same
// file is not even split into words: its hash is enough. One that comes out
// of definitions is known by the hash of its words and their lines. What
// depends on the rest of the file is made anew each time, and replaced by the
// object of the last load when the two are equal.
type Cache struct {
	seeds [2]maphash.Seed
	texts map[string]map[uint32]*entry // file, first line
	words map[sum]*entry
	last  *schema.Config

	newTexts map[string]map[uint32]*entry
	newWords map[sum]*entry
}

type sum [2]uint64

// entry is one chunk of virtual servers.
type entry struct {
	hash  sum
	size  int
	lines uint32
	ended bool // the text ends with a line end
	made  []*schema.VirtualServer
	diags []diagnostic
}

func (c *Cache) begin() {
	if c == nil {
		return
	}
	if c.texts == nil {
		c.seeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}
	}
	c.newTexts, c.newWords = make(map[string]map[uint32]*entry), make(map[sum]*entry)
}

func (c *Cache) end(cfg *schema.Config) {
	if c == nil {
		return
	}
	c.texts, c.words, c.last = c.newTexts, c.newWords, cfg
	c.newTexts, c.newWords = nil, nil
}

func (c *Cache) sum(text string) sum {
	return sum{maphash.String(c.seeds[0], text), maphash.String(c.seeds[1], text)}
}

// byText finds the chunk that begins at the frame's position.
func (c *Cache) byText(f *frame) *entry {
	if c == nil || f.fixed {
		return nil
	}
	e := c.texts[f.file][f.at]
	if e == nil || f.pos+e.size > len(f.text) || !e.ended && f.pos+e.size != len(f.text) {
		return nil
	}
	if c.sum(f.text[f.pos:f.pos+e.size]) != e.hash {
		return nil
	}
	c.put(f.file, f.at, e)
	return e
}

func (c *Cache) put(file string, line uint32, e *entry) {
	m := c.newTexts[file]
	if m == nil {
		m = make(map[uint32]*entry, len(c.texts[file]))
		c.newTexts[file] = m
	}
	m[line] = e
}

func (c *Cache) keepText(e *entry, k chunk) {
	if c == nil {
		return
	}
	text := k.f.text[k.start:k.end]
	e.hash, e.size, e.lines = c.sum(text), len(text), uint32(strings.Count(text, "\n"))
	e.ended = strings.HasSuffix(text, "\n")
	c.put(k.f.file, k.line, e)
}

// byWords finds a chunk by what it was expanded to.
func (c *Cache) byWords(stmts []Stmt) *entry {
	if c == nil {
		return nil
	}
	e := c.words[c.hashWords(stmts)]
	if e != nil {
		c.newWords[e.hash] = e
	}
	return e
}

func (c *Cache) keepWords(e *entry, stmts []Stmt) {
	if c == nil {
		return
	}
	e.hash = c.hashWords(stmts)
	c.newWords[e.hash] = e
}

func (c *Cache) hashWords(stmts []Stmt) sum {
	var h [2]maphash.Hash
	for i := range h {
		h[i].SetSeed(c.seeds[i])
		hashStmts(&h[i], stmts)
	}
	return sum{h[0].Sum64(), h[1].Sum64()}
}

func hashStmts(h *maphash.Hash, stmts []Stmt) {
	number := func(n int) {
		h.WriteByte(byte(n))
		h.WriteByte(byte(n >> 8))
		h.WriteByte(byte(n >> 16))
		h.WriteByte(byte(n >> 24))
	}
	number(len(stmts))
	for i := range stmts {
		s := &stmts[i]
		h.WriteString(s.File)
		number(int(s.Line))
		number(int(s.End))
		number(len(s.Words))
		for _, w := range s.Words {
			number(len(w.Text))
			number(int(w.Col))
			h.WriteString(w.Text)
			if w.Quoted {
				h.WriteByte('"')
			}
		}
		h.WriteString(s.Rest)
		if s.HasBlock {
			h.WriteByte('{')
			hashStmts(h, s.Block)
		}
	}
}

// kept gives the object of the last load in place of an equal new one.
func kept[T any](old []*T, made []*T) []*T {
	for i, m := range made {
		// Most stand where they stood; a search covers the others.
		if i < len(old) && reflect.DeepEqual(old[i], m) {
			made[i] = old[i]
			continue
		}
		if len(old) > 2000 {
			continue
		}
		for _, o := range old {
			if reflect.DeepEqual(o, m) {
				made[i] = o
				break
			}
		}
	}
	return made
}
