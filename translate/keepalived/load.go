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
	// Root is what stands before the names of files on this machine: "/", or
	// nothing where there is no such place.
	Root string
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
	src     Source
	o       Options
	cache   *Cache
	b       *builder
	defs    map[string]definition
	nodes   map[string]bool
	read    []string
	chain   []string
	texts   map[string]string // every file's text, for snippets
	lines   int
	nesting int
	steps   int // parameters put into the line so far
	tooLong bool
	chunk   chunk

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

func sortedKeys(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
