package keepalived

import (
	"fmt"
	"strings"
)

// maxLine is keepalived's limit of a physical line; a longer one is reported
// and ignored (fact 3).
const maxLine = 1023

// frame is one text being read: a file, or the lines of a definition.
type frame struct {
	file string
	text string
	pos  int
	// at is the line number of pos. Lines of a definition all count as the
	// line that uses it.
	at    uint32
	fixed bool // a definition's lines: at does not move
	// special tells whether the text has a $, ~ or NUL at all, so that most
	// lines of most files need not be searched for them.
	special bool
}

func newFrame(file, text string) *frame {
	return &frame{file: file, text: text, at: 1,
		special: strings.IndexByte(text, '$') >= 0 || strings.IndexByte(text, '~') >= 0 || strings.IndexByte(text, 0) >= 0}
}

func (f *frame) more() bool { return f.pos < len(f.text) }

// next gives the physical line at pos without its end, and its number.
func (f *frame) next() (string, uint32) {
	rest, n := f.text[f.pos:], f.at
	end := strings.IndexByte(rest, '\n')
	if end < 0 {
		f.pos = len(f.text)
		end = len(rest)
	} else {
		f.pos += end + 1
		if !f.fixed {
			f.at++
		}
	}
	if end > 0 && rest[end-1] == '\r' {
		end--
	}
	return rest[:end], n
}

// unusable tells whether keepalived ignores the line as a whole.
func (f *frame) unusable(line string) (bool, string) {
	if f.special && strings.IndexByte(line, 0) >= 0 {
		return true, "line with a NUL byte, ignored as keepalived does"
	}
	if len(line) > maxLine && !f.fixed {
		return true, fmt.Sprintf("line of %d characters, ignored: keepalived reads lines of up to %d", len(line), maxLine)
	}
	return false, ""
}

// skipBlank goes past lines that are empty or hold only a comment, and tells
// the first byte of the next one.
func (f *frame) skipBlank() (byte, bool) {
	for f.pos < len(f.text) {
		i := f.pos
		for i < len(f.text) && (f.text[i] == ' ' || f.text[i] == '\t' || f.text[i] == '\r') {
			i++
		}
		if i >= len(f.text) {
			f.pos = i
			break
		}
		switch c := f.text[i]; c {
		case '\n':
			f.pos = i + 1
			if !f.fixed {
				f.at++
			}
		case '#', '!':
			f.next()
		default:
			return c, true
		}
	}
	return 0, false
}
