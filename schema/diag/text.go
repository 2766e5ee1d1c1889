package diag

import (
	"fmt"
	"strings"
)

// Text writes the list for people: the place, the source line with a mark
// under the word that is meant, the reason and the way out.
func (l List) Text() string {
	var b strings.Builder
	for _, d := range l {
		b.WriteString(d.String())
		b.WriteByte('\n')
		if d.Snippet != "" && d.Subject.Line > 0 {
			num := fmt.Sprintf("%5d", d.Subject.Line)
			line := strings.ReplaceAll(d.Snippet, "\t", " ")
			fmt.Fprintf(&b, "%s | %s\n", num, line)
			if mark := underline(d.Subject, len(line)); mark != "" {
				fmt.Fprintf(&b, "%s | %s\n", strings.Repeat(" ", len(num)), mark)
			}
		}
		for _, s := range strings.Split(d.Detail, "\n") {
			if s != "" {
				fmt.Fprintf(&b, "      %s\n", s)
			}
		}
		if d.Other != nil {
			fmt.Fprintf(&b, "      see also %s\n", d.Other)
		}
	}
	return b.String()
}

func underline(r Range, width int) string {
	if r.Col == 0 || int(r.Col) > width {
		return ""
	}
	n := 1
	if r.EndLine == r.Line && r.EndCol > r.Col {
		n = int(r.EndCol - r.Col)
	}
	n = min(n, width-int(r.Col)+1)
	return strings.Repeat(" ", int(r.Col)-1) + strings.Repeat("^", n)
}

// Nearest gives the candidate that is closest to word by edit distance, for
// "did you mean"; empty when none is close enough to be a slip of the pen.
func Nearest(word string, candidates []string) string {
	best, dist := "", len(word)/3+2
	for _, c := range candidates {
		if d := distance(word, c, dist); d < dist {
			best, dist = c, d
		}
	}
	return best
}

// distance is Levenshtein's, given up at limit.
func distance(a, b string, limit int) int {
	if n := len(a) - len(b); n >= limit || -n >= limit {
		return limit
	}
	prev := make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(prev[j]+cost, prev[j+1]+1, row[j]+1)
		}
		prev, row = row, prev
	}
	return prev[len(b)]
}
