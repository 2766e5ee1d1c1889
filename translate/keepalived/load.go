package keepalived

import (
	"slices"
	"strings"
	"unsafe"

	"github.com/lbgit/lbgit/schema"
	"github.com/lbgit/lbgit/schema/diag"
)

// Source is where files come from. Paths are as in fs.FS: slash separated,
// and absolute include paths arrive with the leading slash cut.
type Source interface {
	ReadFile(path string) ([]byte, error)
	Glob(pattern string) ([]string, error)
}

// Options say what a file's meaning depends on beside its text.
type Options struct {
	// Node is the config id that @id lines compare with.
	Node string
	// Env looks environment variables up for ${_ENV NAME}; may be nil.
	Env func(string) (string, bool)
}

// Result is what a load gave.
type Result struct {
	Config *schema.Config
	Diags  diag.List
	// Read are the files that were read, for a watcher.
	Read []string
	// Nodes are the config ids that conditions name, sorted. A node that is
	// not among them is as good as any other.
	Nodes []string
}

// Load reads a configuration with everything that it includes. With a cache,
// what did not change since the cache's last load is the same object again.
func Load(src Source, path string, o Options, cache *Cache) Result {
	l := &loader{src: src, o: o, cache: cache, defs: map[string]definition{}, nodes: map[string]bool{}, texts: map[string]string{}}
	l.intern = make(map[string]string)
	l.b = newBuilder(&l.List)
	l.absolute = strings.HasPrefix(path, "/")
	cache.begin()
	l.file(strings.Clone(path), diag.Range{}, 0)
	l.b.finish()
	l.flush()
	cfg := l.assemble()
	l.snippets()
	cache.end(cfg)
	return Result{Config: cfg, Diags: l.Sort(), Read: l.read, Nodes: sortedKeys(l.nodes)}
}

// view makes a string of bytes that nobody changes while Load runs, without a
// copy of what may be 10 MB. Nothing that outlives Load may point into it:
// the mapping keeps strings through decoder.str only.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// loader reads files into chunks: the top-level statements that end where no
// block is open.
type loader struct {
	decoder
	src      Source
	o        Options
	cache    *Cache
	b        *builder
	defs     map[string]definition
	nodes    map[string]bool
	read     []string
	chain    []string
	texts    map[string]string // every file's text, for snippets
	lines    int
	nesting  int
	steps    int // parameters put into the line so far
	tooLong  bool
	absolute bool
	chunk    chunk

	later []Stmt // everything but plain virtual servers, in order
	vss   []service
}

// chunk is the text being read since no block was open.
type chunk struct {
	f     *frame
	start int
	end   int
	line  uint32
	plain bool // lines of one file, with nothing to expand
	diags int  // findings before it
}

// service is a virtual server block, or what it became.
type service struct {
	made []*schema.VirtualServer
	stmt *Stmt // a group's, still to be made
	used *entry
}

// frame reads the lines of one file.
func (l *loader) frame(f *frame) {
	l.texts[f.file] = f.text
	for {
		first, ok := f.skipBlank()
		if !ok {
			return
		}
		if l.ready(first) && l.reuse(f) {
			continue
		}
		start := f.pos
		line, n := f.next()
		if bad, why := f.unusable(line); bad {
			l.chunk.plain = false
			l.Warnf(diag.Range{File: f.file, Line: n}, "%s", why).As("line-ignored")
			continue
		}
		special := first == '@' || first == '$' || first == '~' || f.special && needsExpansion(line)
		if first == 'i' {
			if checks, pattern, ok := includeLine(line); ok {
				l.chunk.plain = false
				l.include(f, diag.Range{File: f.file, Line: n, Col: 1}, checks, pattern)
				continue
			}
		}
		if special {
			l.chunk.plain = false
			l.logical(f.file, n, continued(f, line))
			continue
		}
		if len(l.b.stack) == 0 && l.b.depth() == 0 {
			l.chunk = chunk{f: f, start: start, line: n, plain: true, diags: len(l.List)}
		}
		l.chunk.plain = l.chunk.plain && l.chunk.f == f
		l.chunk.end = f.pos
		l.b.line(f.file, n, line)
	}
}

// needsExpansion tells whether a line has something for the macro layer.
func needsExpansion(line string) bool {
	if strings.IndexByte(line, '$') >= 0 {
		return true
	}
	i := strings.IndexByte(line, '~')
	return i >= 0 && (strings.HasPrefix(line[i:], "~SEQ") || strings.HasPrefix(line[i:], "~LST"))
}

// continued takes the comment off a line and joins the lines of a definition:
// each but the last ends with a backslash, be it before or in a comment
// (facts 4, 16).
func continued(f *frame, raw string) string {
	text := strings.TrimSpace(decomment(raw))
	body := text
	for strings.HasPrefix(body, "@") {
		_, body, _ = strings.Cut(body, " ")
		body = strings.TrimSpace(body)
	}
	if _, _, definition := cutDefinition(body); !definition {
		return text
	}
	text, more := continues(raw)
	lines := []string{text}
	for more && f.more() {
		raw, _ = f.next()
		text, more = continues(raw)
		lines = append(lines, text)
	}
	return strings.Join(lines, "\n")
}

func continues(raw string) (text string, more bool) {
	text = strings.TrimSpace(decomment(raw))
	text, more = strings.CutSuffix(text, `\`)
	return strings.TrimSpace(text), more || strings.HasSuffix(strings.TrimSpace(raw), `\`)
}

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

func sortedKeys(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
