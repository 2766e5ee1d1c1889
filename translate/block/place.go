package block

import (
	"bytes"
	"sort"

	"github.com/lbgit/lbgit/schema/diag"
)

// Lines finds places in a file's text by their offset. The table of lines is
// made when it is first asked for: most files have nothing to tell.
type Lines struct {
	Name   string
	Text   []byte
	starts []int
}

// Starts are the offsets at which lines begin.
func (l *Lines) Starts() []int {
	if l.starts == nil {
		l.starts = []int{0}
		for i := 0; ; {
			n := bytes.IndexByte(l.Text[i:], '\n')
			if n < 0 {
				break
			}
			i += n + 1
			l.starts = append(l.starts, i)
		}
	}
	return l.starts
}

// Forget drops the table; it is made again when it is asked for.
func (l *Lines) Forget() { l.starts = nil }

// At is the place of one byte.
func (l *Lines) At(offset int) diag.Range {
	starts := l.Starts()
	line := sort.SearchInts(starts, offset+1)
	return diag.Range{File: l.Name, Line: uint32(line), Col: uint32(offset-starts[line-1]) + 1}
}
