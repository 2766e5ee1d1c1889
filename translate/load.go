package translate

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"sync"

	"github.com/lbgit/lbgit/schema"
	"github.com/lbgit/lbgit/schema/diag"
	"github.com/lbgit/lbgit/translate/block"
	"github.com/lbgit/lbgit/translate/hcl"
)

// Env is what a source's meaning depends on beside its text.
type Env struct {
	// Node is whose view is wanted.
	Node string
	// Root is what the names in the tree have in front of them on this machine:
	// "/" for local files, nothing for a repository.
	Root string
	// Vars are values for `variable` blocks.
	Vars map[string]string
	// Getenv gives environment variables to expressions; nil refuses them.
	Getenv func(string) (string, bool)
	// Tables gives the node's names of routing tables; nil where there is no
	// node, as for a check of the text alone.
	Tables func() map[string]uint32
}

// Result is what a load gave. When Diags has errors, Config holds what could
// be read and is not to be applied.
type Result struct {
	Config *schema.Config
	Diags  diag.List
	// Read are all files that were read, sorted, for a watcher; Files is
	// their number.
	Read  []string
	Files int
}

// Loader keeps decoded files and bound objects between loads. The zero value
// is ready. One Loader is for one source; it may be used by several goroutines.
type Loader struct {
	mu      sync.Mutex
	entries map[string]*entry
	bound   map[*block.Block]*bound
	conf    confCache
}

// Load reads a source once.
func Load(tree fs.FS, path string, env Env) (*schema.Config, diag.List) {
	r := new(Loader).Load(tree, path, env)
	return r.Config, r.Diags
}

// Nodes names the nodes that a source declares, sorted.
func Nodes(tree fs.FS, path string, env Env) ([]string, diag.List) {
	return new(Loader).Nodes(tree, path, env)
}

// Nodes names the nodes that a source declares, sorted.
func (l *Loader) Nodes(tree fs.FS, path string, env Env) ([]string, diag.List) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.open(tree, path, env)
	t := s.nodes()
	cfg := &schema.Config{Declared: t.names()}
	s.keepalived(cfg)
	return cfg.Declared, s.finish(nil)
}

// Load reads a source for the node that env names.
func (l *Loader) Load(tree fs.FS, path string, env Env) Result {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.open(tree, path, env)
	readable := !s.diags.HasErrors()
	table := s.nodes()
	// An unknown node is one error; what its view lacks is none of its own.
	if !table.admits(env.Node, &s.diags) {
		readable = false
	}
	cfg := s.bind(table)
	s.keepalived(cfg)
	cfg.Node = env.Node
	if env.Tables != nil {
		cfg.Tables = env.Tables()
	}
	var meaning diag.List
	if readable {
		meaning = append(cfg.Validate(), cfg.Inactive()...)
	}
	read := slices.Sorted(maps.Keys(s.read))
	return Result{Config: cfg, Diags: s.finish(meaning), Read: slices.Compact(read), Files: len(read)}
}

// source is one load under way.
type source struct {
	loader *Loader
	tree   fs.FS
	env    Env
	listing
	diags  diag.List
	inputs []*input
	// broken are the blocks that did not bind: what Validate would say of
	// them is a consequence.
	broken []diag.Range

	mu   sync.Mutex
	read map[string]bool
	// texts are for snippets; decoding needs them no longer.
	texts map[string][]byte
}

func (l *Loader) open(tree fs.FS, root string, env Env) *source {
	s := &source{loader: l, tree: tree, env: env, read: map[string]bool{}, texts: map[string][]byte{}}
	s.listing, s.diags = list(tree, root)
	s.decode()
	return s
}

// file is the function file() of expressions: relative to the source.
func (s *source) file(name string) ([]byte, error) {
	name = path.Join(s.dir, name)
	s.mu.Lock()
	s.read[name] = true
	s.mu.Unlock()
	return read(s.tree, name, 1<<20)
}

// decode fills the inputs with their trees: from the loader where text and
// values are what they were, else by decoding.
func (s *source) decode() {
	var files []*hcl.File
	for _, name := range s.files {
		s.read[name] = true
		text, err := read(s.tree, name, maxFile)
		if err != nil {
			s.diags.Errorf(diag.Range{File: name}, "%s cannot be read: %v", name, err)
			continue
		}
		s.texts[name] = text
		s.inputs = append(s.inputs, &input{name: name, text: text})
	}
	each(s.inputs, func(in *input) { in.parse(s.loader.entries[in.name]) })
	for _, in := range s.inputs {
		if in.hcl != nil {
			files = append(files, in.hcl)
		}
	}
	scope, found := hcl.NewScope(files, hcl.Env{Node: s.env.Node, Vars: s.env.Vars, Getenv: s.env.Getenv, ReadFile: s.file})
	s.diags = append(s.diags, found...)
	each(s.inputs, func(in *input) { in.decode(scope) })
	kept := make(map[string]*entry, len(s.inputs))
	for _, in := range s.inputs {
		s.diags = append(s.diags, in.syntax...)
		s.diags = append(s.diags, in.diags...)
		kept[in.name] = in.entry
	}
	s.loader.entries = kept
}
