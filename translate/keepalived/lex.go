package keepalived

import (
	"strings"

	"github.com/lbgit/lbgit/schema/diag"
)

// maxBlock bounds how deep blocks may stand in each other; keepalived's own
// grammar needs 5.
const maxBlock = 64

// The classes of bytes; everything else is part of a word.
const (
	ordinary = iota
	blank
	quote
	openBrace
	closeBrace
	comment
	escape
	dollar
)

var class = [256]uint8{
	' ': blank, '\t': blank, '\r': blank, '\v': blank, '\f': blank, '\n': blank,
	'"': quote, '{': openBrace, '}': closeBrace, '#': comment, '!': comment,
	'\\': escape, '$': dollar,
}

// builder turns lines into statements. Its slices are an arena: statements
// point into them and are good until reset.
type builder struct {
	diags    *diag.List
	words    []Word
	stmts    []Stmt
	stack    []Stmt // statements of the open blocks, outermost first
	marks    []int  // where in stack each open block's statements begin
	over     int    // depth beyond maxBlock, skipped
	plain    bool   // the text has no comments left (it was expanded)
	comments bool
	lead     []Comment
}

func newBuilder(l *diag.List) *builder { return &builder{diags: l} }

func (b *builder) reset() {
	b.words, b.stmts, b.stack, b.marks, b.over = b.words[:0], b.stmts[:0], b.stack[:0], b.marks[:0], 0
}

// depth is the number of open blocks.
func (b *builder) depth() int { return len(b.marks) + b.over }

// line adds the statements of one line. Braces may stand anywhere (fact 5a);
// words are split as in fact 5, comments as in facts 1 and 2.
func (b *builder) line(file string, n uint32, text string) {
	first := len(b.words)
	rest, inline := -1, false
	flush := func(end int) {
		if len(b.words) > first {
			s := Stmt{Words: b.words[first:len(b.words):len(b.words)], File: file, Line: n, End: n, Inline: inline}
			if rest >= 0 {
				s.Rest = strings.TrimRight(text[rest:end], " \t\r")
			}
			b.push(s)
			inline = true
		}
		first, rest = len(b.words), -1
	}
	word := func(w string, at int, quoted bool) {
		if rest < 0 && len(b.words) == first+1 {
			rest = at
		}
		if b.over == 0 {
			b.words = append(b.words, Word{Text: w, Col: uint32(at) + 1, Quoted: quoted})
		}
	}
	i := 0
	for i < len(text) {
		switch class[text[i]] {
		case blank:
			i++
		case openBrace:
			flush(i)
			b.open(file, n, i)
			i++
		case closeBrace:
			flush(i)
			b.close(file, n, i)
			i++
		case comment:
			if !b.plain {
				flush(i)
				b.note(n, text[i:], inline)
				return
			}
			j := b.wordEnd(text, i)
			word(text[i:j], i, false)
			i = j
		case quote:
			end := quoteEnd(text[i+1:])
			if end < 0 { // reported, and used (fact 2)
				b.diags.Warnf(diag.Range{File: file, Line: n, Col: uint32(i) + 1}, "a quote is opened and not closed on its line").
					As("quote").Because("the rest of the line is taken as one word; add the missing \"")
				word(text[i+1:], i, true)
				i = len(text)
				break
			}
			word(text[i+1:i+1+end], i, true)
			i += end + 2
		default:
			j := b.wordEnd(text, i)
			w := text[i:j]
			if !b.plain && strings.IndexByte(w, '\\') >= 0 {
				w = unescape(w)
			}
			word(w, i, false)
			i = j
		}
	}
	flush(len(text))
}

// quoteEnd finds the closing quote, or -1. One behind a backslash belongs to
// a command's own quoting (fact 1.6), if another one follows.
func quoteEnd(text string) int {
	first := strings.IndexByte(text, '"')
	end := first
	for end > 0 && text[end-1] == '\\' {
		next := strings.IndexByte(text[end+1:], '"')
		if next < 0 {
			return first
		}
		end += 1 + next
	}
	return end
}

// wordEnd gives the end of the unquoted word at i; it is after i. The braces
// of ${NAME} are part of the word: an undefined one stays as text (fact 14).
func (b *builder) wordEnd(text string, i int) int {
	for j := i; j < len(text); j++ {
		switch class[text[j]] {
		case blank, quote, openBrace, closeBrace:
			return max(j, i+1)
		case comment:
			if !b.plain {
				return max(j, i+1)
			}
		case escape:
			j++
		case dollar:
			if j+1 < len(text) && text[j+1] == '{' {
				if k := strings.IndexByte(text[j:], '}'); k > 0 {
					j += k
				}
			}
		}
	}
	return len(text)
}

// unescape makes \# and \! the characters themselves; other pairs stay
// (fact 2).
func unescape(w string) string {
	w = strings.ReplaceAll(w, `\#`, "#")
	return strings.ReplaceAll(w, `\!`, "!")
}

func (b *builder) push(s Stmt) {
	if b.over > 0 {
		return
	}
	if b.comments && len(b.lead) > 0 {
		s.Notes = &Notes{Lead: b.lead}
		b.lead = nil
	}
	b.stack = append(b.stack, s)
}

func (b *builder) note(n uint32, text string, trailing bool) {
	if !b.comments {
		return
	}
	text = strings.TrimRight(text, " \t\r")
	if top := len(b.stack); trailing && top > 0 {
		s := &b.stack[top-1]
		if s.Notes == nil {
			s.Notes = &Notes{}
		}
		s.Notes.Trail = text
		return
	}
	b.lead = append(b.lead, Comment{Text: text, Line: n})
}

// open begins the block of the last statement, which may stand on an earlier
// line (fact 5a).
func (b *builder) open(file string, n uint32, col int) {
	at := diag.Range{File: file, Line: n, Col: uint32(col) + 1}
	if b.over > 0 || len(b.marks) >= maxBlock {
		if b.over == 0 {
			b.diags.Errorf(at, "blocks stand in each other more than %d deep", maxBlock).As("depth")
		}
		b.over++
		return
	}
	top := len(b.stack)
	if top == b.bottom() || b.stack[top-1].HasBlock {
		// keepalived reports it and goes on with the lines inside (fact 1.8);
		// here the block is one statement without a name.
		b.stack = append(b.stack, Stmt{File: file, Line: n, End: n})
		top++
	}
	b.stack[top-1].HasBlock = true
	b.marks = append(b.marks, top)
}

// bottom is where the statements of the innermost open block begin.
func (b *builder) bottom() int {
	if n := len(b.marks); n > 0 {
		return b.marks[n-1]
	}
	return 0
}

func (b *builder) close(file string, n uint32, col int) {
	if b.over > 0 {
		b.over--
		return
	}
	if len(b.marks) == 0 {
		b.diags.Errorf(diag.Range{File: file, Line: n, Col: uint32(col) + 1}, "} closes no block").
			As("braces").Because("no block is open here; take it out, or look for a { that is missing above")
		return
	}
	b.pop(n)
}

func (b *builder) pop(n uint32) {
	mark := b.bottom()
	from := len(b.stmts)
	b.stmts = append(b.stmts, b.stack[mark:]...)
	s := &b.stack[mark-1]
	s.Block, s.End = b.stmts[from:len(b.stmts):len(b.stmts)], n
	if b.comments && len(b.lead) > 0 {
		if s.Notes == nil {
			s.Notes = &Notes{}
		}
		s.Notes.Close, b.lead = b.lead, nil
	}
	b.stack = b.stack[:mark]
	b.marks = b.marks[:len(b.marks)-1]
}

// finish closes what is still open at the end of the text and says so.
func (b *builder) finish() {
	b.over = 0
	for len(b.marks) > 0 {
		s := &b.stack[b.bottom()-1]
		b.diags.Errorf(s.at(), "the block %q is never closed", s.text()).
			As("braces").Because("a } is missing between here and the end of the file")
		b.pop(s.Line)
	}
}

// take gives the statements of the outermost level.
func (b *builder) take() []Stmt { return b.stack }
