package keepalived

import (
	"slices"
	"strings"
)

// ready ends the chunk before a line that does not belong to it. A { may
// stand alone on the line after its keyword (fact 5a).
func (l *loader) ready(first byte) bool {
	if l.b.depth() > 0 {
		return false
	}
	if n := len(l.b.stack); n > 0 {
		if first == '{' && !l.b.stack[n-1].HasBlock {
			return false
		}
		l.flush()
	}
	return true
}

// emit takes a line that came out of the macro layer.
func (l *loader) emit(file string, n uint32, text string) {
	if text = strings.TrimSpace(text); text == "" {
		return
	}
	l.ready(text[0])
	l.chunk.plain = false
	l.b.plain = true
	from := len(l.b.words)
	l.b.line(file, n, strings.Clone(text))
	l.b.plain = false
	for i := from; i < len(l.b.words); i++ {
		l.b.words[i].Col = 0 // columns of the expanded text are nowhere
	}
}

// flush maps the chunk that has been read. Virtual servers depend on nothing
// outside of their block and are made, and cached, at once; the rest waits
// for the end of the file.
func (l *loader) flush() {
	stmts := l.b.take()
	if len(stmts) == 0 {
		return
	}
	own := true
	for i := range stmts {
		s := &stmts[i]
		own = own && s.Keyword() == "virtual_server" && s.HasBlock && s.arg(1) != "group"
	}
	if own {
		l.services(stmts)
		l.b.reset()
		return
	}
	l.postpone(stmts)
	*l.b = builder{diags: l.b.diags, comments: l.b.comments} // the statements keep the arena
}

// postpone keeps statements for assemble. Blocks in a block that keepalived
// does not know count as if they stood outside of it (fact 1.8).
func (l *loader) postpone(stmts []Stmt) {
	for _, s := range stmts {
		if s.Keyword() == "virtual_server" {
			l.vss = append(l.vss, service{stmt: &s})
			continue
		}
		l.later = append(l.later, s)
		if known("root", s.Keyword()) {
			continue
		}
		for i := range s.Block {
			if c := &s.Block[i]; c.HasBlock && known("root", c.Keyword()) {
				l.Warnf(c.at(), "%s in the unknown block %q is read as if it stood outside of it, as keepalived does", c.Keyword(), s.Keyword()).
					As("unknown-block")
				l.postpone(s.Block[i : i+1])
			}
		}
	}
}

// services makes the virtual servers of a chunk, or finds them in the cache.
func (l *loader) services(stmts []Stmt) {
	mark := len(l.List)
	c := l.chunk
	if !c.plain {
		if e := l.cache.byWords(stmts); e != nil {
			l.take(e)
			return
		}
	} else {
		mark = c.diags
	}
	e := &entry{}
	for i := range stmts {
		e.made = append(e.made, l.virtualServer(&stmts[i])...)
	}
	if c.plain {
		fillSnippets(l.List[mark:], c.f.text[c.start:c.end], c.f.file, c.line)
		e.diags = slices.Clone(l.List[mark:])
		l.cache.keepText(e, c)
	} else {
		l.snippets()
		e.diags = slices.Clone(l.List[mark:])
		l.cache.keepWords(e, stmts)
	}
	l.vss = append(l.vss, service{made: e.made, used: e})
}

// take uses what the cache has.
func (l *loader) take(e *entry) {
	l.List = append(l.List, e.diags...)
	l.vss = append(l.vss, service{made: e.made, used: e})
}

// reuse skips a chunk whose text is that of the last load.
func (l *loader) reuse(f *frame) bool {
	e := l.cache.byText(f)
	if e == nil {
		return false
	}
	f.pos += e.size
	f.at += e.lines
	l.take(e)
	return true
}
