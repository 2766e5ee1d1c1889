package translate

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/lbgit/lbgit/schema/diag"
)

// finish puts all findings in order, with their source lines. Findings about
// the meaning of a block that did not bind are consequences and left out.
func (s *source) finish(meaning diag.List) diag.List {
	out := s.diags
	for _, d := range meaning {
		if !s.within(d.Subject) {
			out = append(out, d)
		}
	}
	out = out.Sort()
	lines := map[string][][]byte{}
	for i := range out {
		d := &out[i]
		if d.Snippet != "" || d.Subject.Line == 0 {
			continue
		}
		text, ok := s.texts[d.Subject.File]
		if !ok {
			continue
		}
		if lines[d.Subject.File] == nil {
			lines[d.Subject.File] = bytes.SplitAfter(text, []byte("\n"))
		}
		if n := int(d.Subject.Line); n <= len(lines[d.Subject.File]) {
			d.Snippet = snippet(lines[d.Subject.File][n-1])
		}
	}
	return out
}

func (s *source) within(r diag.Range) bool {
	for _, b := range s.broken {
		if b.File == r.File && b.Line <= r.Line && r.Line <= max(b.EndLine, b.Line) {
			return true
		}
	}
	return false
}

// maxSnippet bounds the source line of a finding.
const maxSnippet = 200

// snippet cleans a source line for a terminal. A line that may hold a
// password is not shown.
func snippet(line []byte) string {
	text := strings.TrimRight(string(line), "\r\n")
	low := strings.ToLower(text)
	if strings.Contains(low, "pass") || strings.Contains(low, "secret") {
		return ""
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "?")
	}
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return '?'
		}
		return r
	}, text)
	if len(text) > maxSnippet {
		cut := maxSnippet
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut]
	}
	return text
}
