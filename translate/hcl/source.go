package hcl

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/lbgit/lbgit/schema/diag"
	"github.com/lbgit/lbgit/translate/block"
)

// source is a file's text with what is needed to name places in it.
type source struct {
	block.Lines
	ascii bool
}

func newSource(name string, text []byte) *source {
	s := &source{Lines: block.Lines{Name: name, Text: text}, ascii: true}
	for _, c := range text {
		if c >= 0x80 || c == '\r' {
			s.ascii = false
			break
		}
	}
	return s
}

// rng translates a range. HCL counts columns in grapheme clusters, package
// diag in bytes; for plain ASCII they are the same.
func (s *source) rng(r hcl.Range) diag.Range {
	return diag.Range{
		File: s.Name, Line: uint32(r.Start.Line), Col: s.col(r.Start),
		EndLine: uint32(r.End.Line), EndCol: s.col(r.End),
	}
}

func (s *source) col(p hcl.Pos) uint32 {
	if s.ascii {
		return uint32(p.Column)
	}
	starts := s.Starts()
	if p.Line < 1 || p.Line > len(starts) {
		return uint32(p.Column)
	}
	return uint32(p.Byte-starts[p.Line-1]) + 1
}

// diags translates HCL's findings.
func (s *source) diags(in hcl.Diagnostics) (l diag.List) {
	for _, d := range in {
		at := diag.Range{File: s.Name}
		if d.Subject != nil {
			at = s.rng(*d.Subject)
		}
		if m := redefined.FindStringSubmatch(d.Detail); m != nil {
			line, _ := strconv.Atoi(m[2])
			col, _ := strconv.Atoi(m[3])
			first := s.rng(hcl.Range{Start: hcl.Pos{Line: line, Column: col}, End: hcl.Pos{Line: line, Column: col + len(m[1])}})
			if !s.ascii {
				first = diag.Range{File: s.Name, Line: uint32(line)}
			}
			l.Errorf(at, "%q is given twice", m[1]).And(first).Because("the first is at %s", first)
			continue
		}
		if strings.Contains(d.Summary, "unction") && strings.Count(d.Detail, ".") < 3 {
			l.Errorf(at, "%s", lower(strings.TrimSuffix(d.Detail, ".")))
			continue
		}
		if d.Severity == hcl.DiagWarning {
			l.Warnf(at, "%s", lower(d.Summary)).Because("%s", d.Detail)
			continue
		}
		l.Errorf(at, "%s", lower(d.Summary)).Because("%s", d.Detail)
	}
	return l
}

// redefined finds the place of the first of two equal attributes, which the
// parser tells in words only.
var redefined = regexp.MustCompile(`^The argument "(.*)" was already set at .*:(\d+),(\d+)-[0-9,-]+\. Each argument may be set only once`)

// lower makes the first letter small, as all our messages have it; words such
// as HCL keep theirs.
func lower(s string) string {
	if len(s) > 1 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'a' && s[1] <= 'z' {
		return string(s[0]+'a'-'A') + s[1:]
	}
	return s
}
