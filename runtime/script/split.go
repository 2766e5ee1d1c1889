package script

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of Split and Parse.
var (
	ErrQuote = errors.New("missing closing quote")
	ErrEmpty = errors.New("empty command")
)

// escapes are the one-letter escapes of fact vrrp 1.6.
var escapes = map[byte]byte{
	'a': '\a', 'b': '\b', 'E': 0x1b, 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v',
}

// Split cuts a command into words as keepalived does (vrrp 1.6). Blanks separate; ' and " group; pieces that touch are one
// word; "" is an empty word. A backslash works everywhere, inside both kinds of quotes too: \a \b \E \f \n \r \t \v, octal \NNN, hex
// \xHH, control \cC; before any other character it stands for that character. The error wraps ErrQuote, or tells that an
// escape is cut off or names a zero byte, which no argument can hold.
func Split(command string) ([]string, error) {
	var words []string
	var word strings.Builder
	open := false // a word has begun, if only by a quote
	quote := byte(0)

	for i := 0; i < len(command); {
		c := command[i]
		switch {
		case c == '\\':
			b, n, err := escape(command[i+1:])
			if err != nil {
				return nil, fmt.Errorf("at character %d: %w", i+1, err)
			}
			word.WriteByte(b)
			open = true
			i += 1 + n
			continue
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			quote, open = c, true
		case isBlank(c):
			if open {
				words = append(words, word.String())
				word.Reset()
				open = false
			}
		default:
			word.WriteByte(c)
			open = true
		}
		i++
	}
	if quote != 0 {
		return nil, fmt.Errorf("%w %c", ErrQuote, quote)
	}
	if open {
		words = append(words, word.String())
	}
	return words, nil
}

func isBlank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// escape reads what follows a backslash and returns the byte that it means and how many bytes it took.
func escape(s string) (b byte, n int, err error) {
	if s == "" {
		return 0, 0, errors.New("backslash at the end")
	}
	switch c := s[0]; {
	case c == 'x':
		b, n = number(s[1:], 16, 2)
		if n == 0 {
			return 0, 0, errors.New(`\x without a hex digit`)
		}
		n++
	case c == 'c':
		if len(s) < 2 {
			return 0, 0, errors.New(`\c without a letter`)
		}
		b, n = s[1]&0x1f, 2
	case c >= '0' && c <= '7':
		b, n = number(s, 8, 3)
	default:
		if e, ok := escapes[c]; ok {
			return e, 1, nil
		}
		return c, 1, nil
	}
	if b == 0 {
		return 0, 0, errors.New("escape of a zero byte")
	}
	return b, n, nil
}

// number reads up to limit digits; an octal number beyond 255 wraps, as a C character does.
func number(s string, base, limit int) (b byte, n int) {
	v := 0
	for n < len(s) && n < limit {
		d := strings.IndexByte("0123456789abcdef", s[n]|0x20)
		if d < 0 || d >= base {
			break
		}
		v = v*base + d
		n++
	}
	return byte(v), n
}

// Parse turns the command of a configuration into a Spec. A command that starts with < and an absolute path asks whether that file
// can be opened for reading (C40, vrrp 9.9), as a shell's redirection would; no shell is needed for it. Any other is split into
// words. The error wraps ErrEmpty or comes from Split.
func Parse(command string) (Spec, error) {
	trimmed := strings.TrimSpace(command)
	if file, ok := strings.CutPrefix(trimmed, "<"); ok {
		if file = strings.TrimSpace(file); strings.HasPrefix(file, "/") {
			return Spec{Open: file}, nil
		}
	}
	words, err := Split(trimmed)
	if err != nil {
		return Spec{}, err
	}
	if len(words) == 0 || words[0] == "" {
		return Spec{}, ErrEmpty
	}
	return Spec{Command: words}, nil
}
