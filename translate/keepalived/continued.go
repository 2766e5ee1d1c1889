package keepalived

import (
	"strings"
)

// continued takes the comment off a line and joins the lines of a definition:
// each but the last ends with a backslash, be it before or in a comment
// (facts 4, 16).
func continued(f *frame, raw string) string {
	text := strings.TrimSpace(decomment(raw))
	body := text
	for strings.HasPrefix(body, "@") {
		_, body, _ = strings.Cut(body, " ")
		body = strings.TrimSpace(body)
	}
	if _, _, definition := cutDefinition(body); !definition {
		return text
	}
	text, more := continues(raw)
	lines := []string{text}
	for more && f.more() {
		raw, _ = f.next()
		text, more = continues(raw)
		lines = append(lines, text)
	}
	return strings.Join(lines, "\n")
}

func continues(raw string) (text string, more bool) {
	text = strings.TrimSpace(decomment(raw))
	text, more = strings.CutSuffix(text, `\`)
	return strings.TrimSpace(text), more || strings.HasSuffix(strings.TrimSpace(raw), `\`)
}
