package keepalived

import (
	"strings"

	"github.com/lbgit/lbgit/schema/diag"
)

// File is the syntax tree of one file as it is written: conditions,
// definitions and includes are statements, nothing is expanded.
type File struct {
	Name  string
	Stmts []Stmt
	// Tail are the comments after the last statement.
	Tail []Comment
}

// Comment is the text of a comment with its # or !.
type Comment struct {
	Text string
	Line uint32
}

// Word is one word of a statement.
type Word struct {
	Text   string
	Col    uint32
	Quoted bool
}

// Stmt is one statement: words of one line, and a block when one follows.
type Stmt struct {
	Words []Word
	Block []Stmt
	// Rest is the text after the first word as written, for the keywords that
	// split it in their own way (fact 1.6).
	Rest string

	File string
	Line uint32
	// End is the line of the closing brace.
	End      uint32
	HasBlock bool
	// Inline tells that it began behind another statement of its line.
	Inline bool
	// Notes are its comments; only Parse keeps them.
	Notes *Notes
}

// Notes are the comments of a statement.
type Notes struct {
	Lead  []Comment // on lines of their own before it
	Trail string    // behind it on its line
	Close []Comment // before the closing brace
}

// Keyword is the first word.
func (s *Stmt) Keyword() string {
	if len(s.Words) == 0 {
		return ""
	}
	return s.Words[0].Text
}

// arg gives word i, or "".
func (s *Stmt) arg(i int) string {
	if i < len(s.Words) {
		return s.Words[i].Text
	}
	return ""
}

// at is the place of the statement's first word.
func (s *Stmt) at() diag.Range { return s.word(0) }

// word is the place of word i, or of the first when there are fewer.
func (s *Stmt) word(i int) diag.Range {
	r := diag.Range{File: s.File, Line: s.Line}
	if i >= len(s.Words) {
		i = 0
	}
	if i < len(s.Words) {
		w := s.Words[i]
		r.Col = w.Col
		if n := len(w.Text); n > 0 && !strings.ContainsAny(w.Text, "\n") {
			r.EndLine, r.EndCol = s.Line, w.Col+uint32(n)
			if w.Quoted {
				r.EndCol += 2
			}
		}
	}
	return r
}

// src is the place without its end: what objects keep.
func (s *Stmt) src() diag.Range {
	r := diag.Range{File: s.File, Line: s.Line}
	if len(s.Words) > 0 {
		r.Col = s.Words[0].Col
	}
	return r
}

// text is the whole statement on one line, for messages.
func (s *Stmt) text() string {
	var b strings.Builder
	for i, w := range s.Words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w.Text)
	}
	return b.String()
}

// Parse reads one file into its syntax tree, with comments. It expands
// nothing and reads no other file.
func Parse(file string, text []byte) (*File, diag.List) {
	var l diag.List
	b := newBuilder(&l)
	b.comments = true
	f := newFrame(file, string(text))
	for f.more() {
		line, n := f.next()
		if bad, why := f.unusable(line); bad {
			l.Warnf(diag.Range{File: file, Line: n}, "%s", why).As("line-ignored")
			continue
		}
		b.line(file, n, line)
	}
	b.finish()
	return &File{Name: file, Stmts: b.take(), Tail: b.lead}, l
}
