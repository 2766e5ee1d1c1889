package yaml

import (
	"bytes"
	"unicode/utf8"

	"github.com/lbgit/lbgit/schema/diag"
	"github.com/lbgit/lbgit/translate/block"
)

// source names places in a file. yaml.v3 counts columns in characters,
// package diag in bytes.
type source struct {
	block.Lines
	ascii bool
}

func newSource(name string, text []byte) *source {
	s := &source{Lines: block.Lines{Name: name, Text: text}, ascii: true}
	for _, c := range text {
		if c >= 0x80 {
			s.ascii = false
			break
		}
	}
	return s
}

// line is a line as a whole: its first word to its end.
func (s *source) line(n int) diag.Range {
	starts := s.Starts()
	n = min(max(n, 1), len(starts))
	text := s.Text[starts[n-1]:]
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	text = bytes.TrimRight(text, " \r")
	col := len(text) - len(bytes.TrimLeft(text, " ")) + 1
	return diag.Range{File: s.Name, Line: uint32(n), Col: uint32(col), EndLine: uint32(n), EndCol: uint32(max(len(text), col) + 1)}
}

// place translates a line and a column in characters.
func (s *source) place(line, col int) diag.Range {
	r := diag.Range{File: s.Name, Line: uint32(max(line, 1)), Col: uint32(max(col, 1))}
	if s.ascii || line < 1 || line > len(s.Starts()) {
		return r
	}
	text := s.Text[s.Starts()[line-1]:]
	n := 0
	for i := 1; i < col && n < len(text); i++ {
		_, w := utf8.DecodeRune(text[n:])
		n += w
	}
	r.Col = uint32(n) + 1
	return r
}
