package probe

import (
	"fmt"
	"strconv"
	"strings"
)

// StatusRange is a range of HTTP status codes, both ends included, 100..999.
type StatusRange struct{ Min, Max uint16 }

// ParseStatus reads "204" or "200-299". The error says what is wrong.
func ParseStatus(s string) (StatusRange, error) {
	first, last, isRange := strings.Cut(strings.TrimSpace(s), "-")
	if !isRange {
		last = first
	}
	lo, err := parseCode(first)
	if err != nil {
		return StatusRange{}, err
	}
	hi, err := parseCode(last)
	if err != nil {
		return StatusRange{}, err
	}
	if hi < lo {
		return StatusRange{}, fmt.Errorf("status range %q ends before it begins", s)
	}
	return StatusRange{lo, hi}, nil
}

func parseCode(s string) (uint16, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 16)
	if err != nil || n < 100 || n > 999 {
		return 0, fmt.Errorf("status code %q is not within 100 to 999", s)
	}
	return uint16(n), nil
}

// String returns the text that ParseStatus reads.
func (r StatusRange) String() string {
	if r.Min == r.Max {
		return strconv.Itoa(int(r.Min))
	}
	return fmt.Sprintf("%d-%d", r.Min, r.Max)
}

// accepts says whether a code is wanted (P23).
func (u *URL) accepts(code int) bool {
	if len(u.Status) == 0 {
		return code >= 200 && code <= 299
	}
	for _, r := range u.Status {
		if code >= int(r.Min) && code <= int(r.Max) {
			return true
		}
	}
	return false
}
