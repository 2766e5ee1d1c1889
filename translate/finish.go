package translate

import (
	"bytes"
	"regexp"
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
		if n := int(d.Subject.Line); n <= len(lines[d.Subject.File]) && !inText(lines[d.Subject.File], n-1) {
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

// heredoc opens a text of several lines: <<NAME or <<-NAME in HCL, | or > at
// the end of a line in YAML.
var heredoc = regexp.MustCompile(`(?:<<-?([A-Za-z_]\w*)|[:\-] *[|>][-+0-9]*)\s*$`)

// inText tells whether line n belongs to such a text, which may be a password
// whatever the line itself says.
func inText(lines [][]byte, n int) bool {
	for i := 0; i < n; i++ {
		m := heredoc.FindSubmatch(lines[i])
		if m == nil {
			continue
		}
		indent := indentOf(lines[i])
		for i++; i < len(lines); i++ {
			line := bytes.TrimSpace(lines[i])
			if m[1] != nil && bytes.Equal(line, m[1]) || m[1] == nil && len(line) > 0 && indentOf(lines[i]) <= indent {
				break
			}
			if i == n {
				return true
			}
		}
		if m[1] == nil {
			i-- // the line that ends a YAML text may open the next
		}
	}
	return false
}

func indentOf(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " \t")) }

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
