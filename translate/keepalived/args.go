package keepalived

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/lbgit/lbgit/schema"
	"github.com/lbgit/lbgit/schema/diag"
)

// decoder turns statements into schema objects, with findings on the way.
type decoder struct {
	diag.List
	intern map[string]string
	scan   vsScan // the scratch of virtualServer
}

// str gives the one kept copy of a word: words point into the text of the
// file, which must not be held by what was read from it.
func (d *decoder) str(w string) string {
	if w == "" {
		return ""
	}
	if s, ok := d.intern[w]; ok {
		return s
	}
	s := strings.Clone(w)
	d.intern[s] = s
	return s
}

// need tells whether there are n words after the keyword. A missing one ends
// keepalived at once, so it is an error (fact 1.9).
func (d *decoder) need(s *Stmt, n int) bool {
	if len(s.Words) > n {
		return true
	}
	d.Errorf(s.at(), "%s needs a value", s.Keyword()).As("missing-value").
		Because("keepalived ends when it reads this line; add the value or take the line out")
	return false
}

// most warns about words that nothing reads.
func (d *decoder) most(s *Stmt, n int) {
	if len(s.Words) > n+1 {
		extra := strconv.Quote(strings.TrimSpace(s.restFrom(n + 1)))
		if s.Keyword() == "auth_pass" || s.Keyword() == "auth_type" {
			extra = "more" // it may be a password
		}
		d.Warnf(s.word(n+1), "%s after %s is ignored", extra, s.Keyword()).As("extra-words").
			Because("keepalived reads one statement per line; put it on a line of its own if it is one")
	}
}

func (s *Stmt) restFrom(i int) string {
	var b strings.Builder
	for _, w := range s.Words[i:] {
		b.WriteString(w.Text + " ")
	}
	return b.String()
}

// ignored reports a value that keepalived refuses and then does without
// (fact 1.10).
func (d *decoder) ignored(s *Stmt, i int, want string) {
	d.Warnf(s.word(i), "%s %q is not %s; ignored", s.Keyword(), s.arg(i), want).As("bad-value").
		Because("keepalived reports it and keeps its default")
}

// number reads word i as a decimal from lo to hi. Rubbish behind a number is
// reported and ignored (P4).
func (d *decoder) number(s *Stmt, i int, lo, hi int64) (int64, bool) {
	if !d.need(s, i) {
		return 0, false
	}
	return d.numberIn(s, i, lo, hi)
}

func (d *decoder) numberIn(s *Stmt, i int, lo, hi int64) (int64, bool) {
	t := s.arg(i)
	n := 0
	if n < len(t) && (t[n] == '-' || t[n] == '+') {
		n++
	}
	for n < len(t) && t[n] >= '0' && t[n] <= '9' {
		n++
	}
	v, err := strconv.ParseInt(t[:n], 10, 64)
	if err != nil || v < lo || v > hi {
		d.Warnf(s.word(i), "%s %q is not a number from %d to %d; ignored", s.Keyword(), t, lo, hi).As("bad-value").
			Because("keepalived reports it and keeps its default")
		return 0, false
	}
	if n < len(t) {
		d.Warnf(s.word(i), "%s %q is read as %d", s.Keyword(), t, v).As("bad-value")
	}
	return v, true
}

// timer reads word i as decimal seconds with up to 6 decimals (P3).
func (d *decoder) timer(s *Stmt, i int, lo, hi time.Duration) (time.Duration, bool) {
	if !d.need(s, i) {
		return 0, false
	}
	t := s.arg(i)
	v, exact, ok := seconds(t)
	if !ok || v < lo || v > hi {
		d.Warnf(s.word(i), "%s %q is not a number of seconds from %s to %s; ignored", s.Keyword(), t, lo, hi).As("bad-value").
			Because("keepalived reports it and keeps its default")
		return 0, false
	}
	if !exact {
		d.Warnf(s.word(i), "%s %q is rounded to %s", s.Keyword(), t, v).As("rounded")
	}
	return v, true
}

const (
	micro   = time.Microsecond
	forever = time.Duration(math.MaxUint32) * time.Second
)

func seconds(t string) (v time.Duration, exact, ok bool) {
	whole, frac, _ := strings.Cut(t, ".")
	if whole == "" && frac == "" {
		return 0, false, false
	}
	n := uint64(0)
	for i := range len(whole) {
		if whole[i] < '0' || whole[i] > '9' || n > math.MaxUint32 {
			return 0, false, false
		}
		n = n*10 + uint64(whole[i]-'0')
	}
	exact = true
	us, scale := uint64(0), uint64(100000)
	for i := range len(frac) {
		c := frac[i]
		switch {
		case c < '0' || c > '9':
			return 0, false, false
		case i < 6:
			us += uint64(c-'0') * scale
			scale /= 10
		case c != '0':
			exact = false
			if i == 6 && c >= '5' {
				us++
			}
		}
	}
	if n > math.MaxUint32 {
		return 0, false, false
	}
	return time.Duration(n)*time.Second + time.Duration(us)*micro, exact, true
}

// flag reads an optional truth value; none means true (P2, fact 1.7).
func (d *decoder) flag(s *Stmt) (v, ok bool) {
	if len(s.Words) < 2 {
		return true, true
	}
	switch s.Words[1].Text {
	case "true", "on", "yes":
		return true, true
	case "false", "off", "no":
		return false, true
	}
	d.ignored(s, 1, "one of true, on, yes, false, off, no")
	return false, false
}

// tri is flag for a switch of three positions.
func (d *decoder) tri(s *Stmt, t *schema.Tri) {
	if v, ok := d.flag(s); ok {
		*t = schema.TriOf(v)
	}
}

func (d *decoder) bool(s *Stmt, b *bool) {
	if v, ok := d.flag(s); ok {
		*b = v
	}
}

// addr reads word i as an address.
func (d *decoder) addr(s *Stmt, i int) (netip.Addr, bool) {
	if !d.need(s, i) {
		return netip.Addr{}, false
	}
	t := cutAddr(s.arg(i))
	a, err := netip.ParseAddr(t)
	if err != nil || a.Zone() != "" {
		d.ignored(s, i, "an IP address")
		return netip.Addr{}, false
	}
	if t != s.arg(i) { // P15
		d.Warnf(s.word(i), "%s %q is read as %s", s.Keyword(), s.arg(i), t).As("bad-value")
	}
	return a, true
}

// port reads word i; absent and all zeros mean none (P15).
func (d *decoder) port(s *Stmt, i int) (uint16, bool) {
	if i >= len(s.Words) {
		return 0, true
	}
	n, err := strconv.ParseUint(s.arg(i), 10, 16)
	if err != nil {
		return 0, false
	}
	return uint16(n), true
}

// prefix reads an address with an optional length; without one it is a host
// address (fact 1.44).
func prefix(t string) (schema.Prefix, bool) {
	if strings.IndexByte(t, '/') < 0 {
		a, err := netip.ParseAddr(t)
		if err != nil || a.Zone() != "" {
			return schema.Prefix{}, false
		}
		return schema.PrefixOf(a), true
	}
	p, err := netip.ParsePrefix(t)
	return schema.Prefix{Addr: p.Addr(), Bits: uint8(max(p.Bits(), 0))}, err == nil
}

// device reads word i as an interface name, at most 15 characters.
func (d *decoder) device(s *Stmt, i int, to *string) {
	if !d.need(s, i) {
		return
	}
	if len(s.arg(i)) > 15 {
		d.ignored(s, i, "an interface name of at most 15 characters")
		return
	}
	*to = d.str(s.arg(i))
}

// word1 reads the one word after the keyword.
func (d *decoder) word1(s *Stmt, to *string) {
	if d.need(s, 1) {
		*to = d.str(s.arg(1))
		d.most(s, 1)
	}
}
