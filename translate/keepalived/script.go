package keepalived

import (
	"strings"

	"github.com/lbgit/lbgit/schema"
)

// command reads what a notification runs: one word, or a quoted command with
// its arguments, then an optional user and group (P27, fact 15.6). The text that
// is kept is to be split into words by the rules of fact 1.6.
func (d *decoder) command(s *Stmt, to *schema.Command) {
	if !d.need(s, 1) {
		return
	}
	words := quotedWords(s.Rest)
	if to.IsSet() { // the first one wins (P10)
		d.Warnf(s.at(), "a second %s is ignored", s.Keyword()).As("repeated")
		return
	}
	to.Command = d.str(words[0])
	if len(words) > 1 {
		to.User = d.str(words[1])
	}
	if len(words) > 2 {
		to.Group = d.str(strings.TrimPrefix(words[2], ":"))
	}
	if len(words) > 3 {
		d.Warnf(s.at(), "%s: %q is ignored", s.Keyword(), strings.Join(words[3:], " ")).As("extra-words").
			Because("words after the command are a user and a group; put a command with arguments into quotes")
	}
}

// program reads a command that no user can follow: all words are its own.
func (d *decoder) program(s *Stmt, to *string) {
	if !d.need(s, 1) {
		return
	}
	words := quotedWords(s.Rest)
	if len(words) == 1 {
		*to = d.str(words[0])
		return
	}
	*to = d.str(s.Rest)
	d.Warnf(s.at(), "%s: a command with arguments belongs into quotes", s.Keyword()).As("unquoted-command")
}

// quotedWords splits at blanks with ' and " grouping and pieces that touch
// joined (fact 1.6). A backslash takes the meaning off a quote; other escapes
// stay for whoever splits the command itself.
func quotedWords(t string) []string {
	var out []string
	var b strings.Builder
	open, q := false, byte(0)
	for i := 0; i < len(t); i++ {
		c := t[i]
		switch {
		case c == '\\' && i+1 < len(t):
			if i++; t[i] != '"' && t[i] != '\'' && t[i] != '\\' {
				b.WriteByte(c)
			}
			b.WriteByte(t[i])
			open = true
		case q != 0 && c == q:
			q = 0
		case q != 0:
			b.WriteByte(c)
		case c == '"' || c == '\'':
			q, open = c, true
		case class[c] == blank:
			if open {
				out = append(out, b.String())
				b.Reset()
				open = false
			}
		default:
			b.WriteByte(c)
			open = true
		}
	}
	if open || len(out) == 0 {
		out = append(out, b.String())
	}
	return out
}

// notify gives the notifications of an object, made when first needed.
func notify(n **schema.Notify) *schema.Notify {
	if *n == nil {
		*n = &schema.Notify{}
	}
	return *n
}

// account reads USER [[:]GROUP].
func (d *decoder) account(s *Stmt) (user, group string) {
	if !d.need(s, 1) {
		return "", ""
	}
	return d.str(s.arg(1)), d.str(strings.TrimPrefix(s.arg(2), ":"))
}
