package translate

import (
	"io/fs"
	"path"
	"slices"

	"github.com/lbgit/lbgit/schema"
	"github.com/lbgit/lbgit/schema/diag"
	"github.com/lbgit/lbgit/translate/block"
	"github.com/lbgit/lbgit/translate/keepalived"
)

// confCache keeps what was decoded of a keepalived configuration.
type confCache = keepalived.Cache

// confFiles gives a keepalived configuration its files from the source.
type confFiles struct{ *source }

func (c confFiles) ReadFile(name string) ([]byte, error) {
	text, err := read(c.tree, path.Clean(name), maxFile)
	if err == nil {
		c.texts[path.Clean(name)] = text
	}
	return text, err
}

func (c confFiles) Glob(pattern string) ([]string, error) { return fs.Glob(c.tree, pattern) }

// keepalived puts a keepalived configuration beside what the other languages
// say.
func (s *source) keepalived(cfg *schema.Config) {
	if s.entry == "" {
		return
	}
	r := keepalived.Load(confFiles{s}, s.entry, keepalived.Options{Node: s.env.Node, Root: s.env.Root, Env: s.env.Getenv}, &s.loader.conf)
	s.diags = append(s.diags, r.Diags...)
	s.read[s.entry] = true
	for _, f := range r.Read {
		s.read[f] = true
	}
	k := r.Config
	if k == nil {
		return
	}
	cfg.Declared = append(cfg.Declared, r.Nodes...)
	slices.Sort(cfg.Declared)
	cfg.Declared = slices.Compact(cfg.Declared)
	s.settings(cfg, k)
	cfg.Pools = append(cfg.Pools, k.Pools...)
	cfg.VirtualServers = append(cfg.VirtualServers, k.VirtualServers...)
	cfg.Instances = append(cfg.Instances, k.Instances...)
	cfg.SyncGroups = append(cfg.SyncGroups, k.SyncGroups...)
	cfg.GARPGroups = append(cfg.GARPGroups, k.GARPGroups...)
	cfg.Scripts = append(cfg.Scripts, k.Scripts...)
	cfg.Files = append(cfg.Files, k.Files...)
	cfg.Processes = append(cfg.Processes, k.Processes...)
	cfg.BFD = append(cfg.BFD, k.BFD...)
	cfg.Addresses = append(cfg.Addresses, k.Addresses...)
	cfg.Routes = append(cfg.Routes, k.Routes...)
	cfg.Rules = append(cfg.Rules, k.Rules...)
}

// settings unites the settings of both: what only one of them gives counts,
// what both give is an error.
func (s *source) settings(cfg, k *schema.Config) {
	mine, theirs := block.Unbind(&cfg.Settings), block.Unbind(&k.Settings)
	said := func(b block.Body) bool { return len(b.Attrs)+len(b.Blocks) > 0 }
	switch {
	case !said(mine):
		cfg.Settings = k.Settings
	case said(theirs):
		place(&mine, cfg.Settings.Src)
		place(&theirs, k.Settings.Src)
		both, found := block.Combine(mine, theirs)
		s.diags = append(s.diags, found...)
		var sum schema.Settings
		sum.SetDefaults()
		s.diags = append(s.diags, block.Bind(both, &sum)...)
		sum.Src = cfg.Settings.Src
		cfg.Settings = sum
	}
}

func place(b *block.Body, at diag.Range) {
	for i := range b.Attrs {
		b.Attrs[i].Src = at
	}
	for i := range b.Blocks {
		b.Blocks[i].Src = at
		place(&b.Blocks[i].Body, at)
	}
}
