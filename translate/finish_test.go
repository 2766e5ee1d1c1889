package translate

import (
	"bytes"
	"testing"
)

// TestInText: lines of a text of several lines are never shown.
func TestInText(t *testing.T) {
	tests := []struct {
		text string
		want []bool
	}{
		{"a = 1\nb = <<EOT\nhunter2\nEOT\nc = 1\n", []bool{false, false, true, false, false}},
		{"b = <<-EOT\n  hunter2 ${x}\n  more\n  EOT\nc = <<X\ny\nX\n", []bool{false, true, true, false, false, true, false}},
		{"a:\n  p: |\n    hunter2\n\n    more\n  q: >-\n    x\nb: 1\n", []bool{false, false, true, true, true, false, true, false}},
		{"b = <<EOT\nnever closed\n", []bool{false, true}},
	}
	for _, tt := range tests {
		lines := bytes.SplitAfter([]byte(tt.text), []byte("\n"))
		for n, want := range tt.want {
			if got := inText(lines, n); got != want {
				t.Errorf("%q line %d: %t", tt.text, n+1, got)
			}
		}
	}
}
