package track

import (
	"errors"
	"math"
	"strconv"
)

// errNoNumber says that a file has something else than a number in it.
var errNoNumber = errors.New("it does not begin with a number")

// number reads what a tracked file says: blanks, a sign, and digits with a
// prefix as in C, 0x for hexadecimal and 0 for octal; what follows is no part
// of it (keepalived vrrp fact 10.1). An empty file says 0; a number that is too
// large is the largest there is.
func number(text []byte) (int32, error) {
	i := 0
	for i < len(text) && (text[i] == ' ' || text[i] >= '\t' && text[i] <= '\r') {
		i++
	}
	if i == len(text) {
		return 0, nil
	}
	start := i
	if text[i] == '-' || text[i] == '+' {
		i++
	}
	negative := text[start] == '-'
	base, digits := 10, i
	switch {
	case i+2 < len(text) && text[i] == '0' && text[i+1]|0x20 == 'x' && isDigit(text[i+2], 16):
		base, digits = 16, i+2
	case i < len(text) && text[i] == '0':
		base = 8
	}
	end := digits
	for end < len(text) && isDigit(text[end], base) {
		end++
	}
	if end == digits {
		return 0, errNoNumber
	}
	n, err := strconv.ParseUint(string(text[digits:end]), base, 64)
	if err != nil {
		n = math.MaxUint64
	}
	if negative {
		return int32(-int64(min(n, -math.MinInt32))), nil
	}
	return int32(min(n, math.MaxInt32)), nil
}

func isDigit(c byte, base int) bool {
	d := 99
	switch {
	case c >= '0' && c <= '9':
		d = int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		d = int(c|0x20-'a') + 10
	}
	return d < base
}
