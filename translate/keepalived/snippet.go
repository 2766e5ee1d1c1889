package keepalived

import (
	"strings"

	"github.com/lbgit/lbgit/schema/diag"
)

type diagnostic = diag.Diagnostic

// fillSnippets puts the source lines into findings about a stretch of text
// that begins with the given line.
func fillSnippets(l diag.List, text, file string, line uint32) {
	if len(l) == 0 {
		return
	}
	lines := strings.Split(text, "\n")
	for i := range l {
		r := l[i].Subject
		if l[i].Snippet == "" && r.File == file && r.Line >= line && int(r.Line-line) < len(lines) {
			l[i].Snippet = snippet(lines[r.Line-line])
		}
	}
}

// snippets does it for all findings that have none yet.
func (l *loader) snippets() {
	todo := make(map[string]bool)
	for i := range l.List {
		if d := &l.List[i]; d.Snippet == "" && d.Subject.Line > 0 {
			todo[d.Subject.File] = true
		}
	}
	for file := range todo {
		fillSnippets(l.List, l.texts[file], file, 1)
	}
}

// secretWords begin what must not be shown.
var secretWords = []string{"auth_pas", "auth_hmac", "password"}

// snippet keeps a line for showing: its own copy, without what would garble a
// terminal or show a password.
func snippet(line string) string {
	line = strings.TrimRight(line, " \t\r")
	if len(line) > 200 {
		line = line[:200]
	}
	for _, w := range secretWords {
		if i := strings.Index(line, w); i >= 0 {
			return strings.Clone(line[:i]) + w + "... (secret)"
		}
	}
	if f := strings.TrimSpace(line); strings.HasPrefix(f, "key ") || strings.HasPrefix(f, "key\t") {
		return "key (secret)"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return '?'
		}
		return r
	}, strings.Clone(line))
}
