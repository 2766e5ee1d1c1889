package keepalived

import (
	_ "embed"
	"sort"
	"strings"
	"sync"

	"github.com/lbgit/lbgit/schema/diag"
)

// keywords.tsv has a line for every keyword that keepalived knows: block,
// keyword, and how common it is (seed, common, rare, build-option).
//
//go:embed keywords.tsv
var keywordText string

// keywordTable is read when a keyword is met that the mapping does not know,
// which most files never do.
var keywordTable = sync.OnceValue(func() map[string]map[string]string {
	t := make(map[string]map[string]string)
	for line := range strings.Lines(keywordText) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(f) != 3 {
			continue
		}
		if t[f[0]] == nil {
			t[f[0]] = make(map[string]string)
		}
		t[f[0]][f[1]] = f[2]
	}
	return t
})

// known tells whether keepalived has the keyword in that kind of block.
func known(block, keyword string) bool {
	_, ok := keywordTable()[block][keyword]
	return ok
}

// nearest gives the keyword of the block that word may have been meant for.
func nearest(block, word string) string {
	var list []string
	for k := range keywordTable()[block] {
		if !strings.ContainsAny(k, "<> ") {
			list = append(list, k)
		}
	}
	sort.Strings(list)
	return diag.Nearest(word, list)
}

// elsewhere names a block that has the keyword, for one that stands in the
// wrong place.
func elsewhere(keyword string) string {
	var list []string
	for b, kws := range keywordTable() {
		if _, ok := kws[keyword]; ok && !strings.HasSuffix(b, "-entry") {
			list = append(list, b)
		}
	}
	sort.Strings(list)
	return strings.Join(list, ", ")
}

const manyFindings = 2000

// unknown reports a statement that no mapping took: known to keepalived and
// not supported here, or known to nobody. Its block is skipped with it.
func (d *decoder) unknown(block string, s *Stmt) {
	kw := s.Keyword()
	skipped := ""
	if s.HasBlock {
		skipped = "; its block is skipped"
	}
	switch {
	case kw == "":
		d.Warnf(s.at(), "a { without a keyword before it; the block is skipped").As("unknown")
	case d.idleKeyword(block, s):
	case known(block, kw):
		d.Warnf(s.at(), "%s in %s is not supported yet%s", kw, block, skipped).As("unsupported").
			Because("it has no effect here")
	default:
		w := d.Warnf(s.at(), "unknown keyword %q in %s%s", kw, block, skipped).As("unknown")
		if len(d.List) > manyFindings {
			break // nobody reads so many suggestions, and they take time
		}
		if near := nearest(block, kw); near != "" {
			w.Because("did you mean %q? keepalived ignores it, too", near)
		} else if there := elsewhere(kw); there != "" {
			w.Because("keepalived ignores it here; it belongs into %s", there)
		} else {
			w.Because("keepalived ignores it, too")
		}
	}
}

// refuse reports a keyword that must not be dropped: what it asks for decides
// whether a server or a peer may be trusted.
func (d *decoder) refuse(block string, s *Stmt, why string) {
	d.Errorf(s.at(), "%s in %s is not supported yet", s.Keyword(), block).As("unsupported").Because("%s", why)
}
