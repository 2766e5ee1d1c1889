package yaml

import (
	"bytes"
	"sort"
	"unicode/utf8"

	"github.com/lbgit/lbgit/schema/diag"
)

// source names places in a file. yaml.v3 counts columns in characters,
// package diag in bytes.
type source struct {
	name  string
	text  []byte
	ascii bool
	lines []int
}

func newSource(name string, text []byte) *source {
	s := &source{name: name, text: text, ascii: true}
	for _, c := range text {
		if c >= 0x80 {
			s.ascii = false
			break
		}
	}
	return s
}

func (s *source) starts() []int {
	if s.lines == nil {
		s.lines = []int{0}
		for i := 0; ; {
			n := bytes.IndexByte(s.text[i:], '\n')
			if n < 0 {
				break
			}
			i += n + 1
			s.lines = append(s.lines, i)
		}
	}
	return s.lines
}

func (s *source) at(offset int) diag.Range {
	starts := s.starts()
	line := sort.SearchInts(starts, offset+1)
	return diag.Range{File: s.name, Line: uint32(line), Col: uint32(offset-starts[line-1]) + 1}
}

// line is a line as a whole: its first word to its end.
func (s *source) line(n int) diag.Range {
	starts := s.starts()
	n = min(max(n, 1), len(starts))
	text := s.text[starts[n-1]:]
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	text = bytes.TrimRight(text, " \r")
	col := len(text) - len(bytes.TrimLeft(text, " ")) + 1
	return diag.Range{File: s.name, Line: uint32(n), Col: uint32(col), EndLine: uint32(n), EndCol: uint32(max(len(text), col) + 1)}
}

// place translates a line and a column in characters.
func (s *source) place(line, col int) diag.Range {
	r := diag.Range{File: s.name, Line: uint32(max(line, 1)), Col: uint32(max(col, 1))}
	if s.ascii || line < 1 || line > len(s.starts()) {
		return r
	}
	text := s.text[s.starts()[line-1]:]
	n := 0
	for i := 1; i < col && n < len(text); i++ {
		_, w := utf8.DecodeRune(text[n:])
		n += w
	}
	r.Col = uint32(n) + 1
	return r
}
