// Package diag holds diagnostics: what is wrong, where, and the way out.
//
// It knows nothing of any file format and nothing of the model. Everything
// that reads input reports through it, many findings at a time, so that a
// user sees all of them in one run. It is pure: no I/O, no clock.
package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity says what a diagnostic means for the configuration it is about.
type Severity uint8

const (
	// Error refuses the configuration; the last good one stays.
	Error Severity = iota
	// Warning is about a configuration that runs, but not as its text says.
	Warning
	// Note tells something worth knowing that needs no action.
	Note
)

func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	}
	return "note"
}

// MarshalText writes the severity as its lower-case name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Severity) UnmarshalText(b []byte) error {
	for _, v := range []Severity{Error, Warning, Note} {
		if v.String() == string(b) {
			*s = v
			return nil
		}
	}
	return fmt.Errorf("%q is not a severity; use one of error, warning, note", b)
}

// Range is a stretch of source text. Lines and columns count from 1; a column
// is a byte offset in its line plus one. The zero value means "nowhere".
type Range struct {
	File    string `json:"file"`
	Line    uint32 `json:"line"`
	Col     uint32 `json:"column"`
	EndLine uint32 `json:"end_line,omitempty"`
	EndCol  uint32 `json:"end_column,omitempty"`
}

// IsZero tells whether the range points nowhere.
func (r Range) IsZero() bool { return r.File == "" && r.Line == 0 }

func (r Range) String() string {
	switch {
	case r.Line == 0:
		return r.File
	case r.Col == 0:
		return fmt.Sprintf("%s:%d", r.File, r.Line)
	}
	return fmt.Sprintf("%s:%d:%d", r.File, r.Line, r.Col)
}

// Diagnostic is one finding.
type Diagnostic struct {
	Severity Severity `json:"severity"`
	// Rule is a stable name for findings that can be looked up or suppressed.
	Rule string `json:"rule,omitempty"`
	// Summary is one line without a full stop.
	Summary string `json:"summary"`
	// Detail says why and what to do about it; may be empty.
	Detail  string `json:"detail,omitempty"`
	Subject Range  `json:"range"`
	// Other is a second place that matters, such as the first declaration of
	// a name that is declared twice.
	Other *Range `json:"other,omitempty"`
	// Snippet is the source line of Subject, where it is known.
	Snippet string `json:"snippet,omitempty"`
}

func (d Diagnostic) String() string {
	var b strings.Builder
	if !d.Subject.IsZero() {
		b.WriteString(d.Subject.String())
		b.WriteString(": ")
	}
	b.WriteString(d.Severity.String())
	b.WriteString(": ")
	b.WriteString(d.Summary)
	return b.String()
}

// List is any number of diagnostics in the order they were found.
type List []Diagnostic

// Errorf appends an error at r.
func (l *List) Errorf(r Range, format string, args ...any) *Diagnostic {
	return l.add(Error, r, format, args)
}

// Warnf appends a warning at r.
func (l *List) Warnf(r Range, format string, args ...any) *Diagnostic {
	return l.add(Warning, r, format, args)
}

// Notef appends a note at r.
func (l *List) Notef(r Range, format string, args ...any) *Diagnostic {
	return l.add(Note, r, format, args)
}

func (l *List) add(s Severity, r Range, format string, args []any) *Diagnostic {
	msg := format
	if len(args) > 0 {
		msg = fmt.Sprintf(format, args...)
	}
	*l = append(*l, Diagnostic{Severity: s, Summary: msg, Subject: r})
	return &(*l)[len(*l)-1]
}

// Because adds the reason and the way out to a diagnostic just made.
func (d *Diagnostic) Because(format string, args ...any) *Diagnostic {
	d.Detail = format
	if len(args) > 0 {
		d.Detail = fmt.Sprintf(format, args...)
	}
	return d
}

// As names the rule of a diagnostic just made.
func (d *Diagnostic) As(rule string) *Diagnostic {
	d.Rule = rule
	return d
}

// And points at a second place.
func (d *Diagnostic) And(r Range) *Diagnostic {
	d.Other = &r
	return d
}

// Rooted puts a prefix before the file names, such as the "/" that paths of an
// fs.FS lack.
func (l List) Rooted(prefix string) List {
	if prefix == "" {
		return l
	}
	out := slices.Clone(l)
	for i := range out {
		d := &out[i]
		files := []string{d.Subject.File}
		if d.Other != nil {
			o := *d.Other
			if o.File != d.Subject.File {
				files = append(files, o.File)
			}
			o.File = prefix + o.File
			d.Other = &o
		}
		for _, f := range files {
			if f != "" {
				d.Detail = strings.ReplaceAll(d.Detail, f, prefix+f)
			}
		}
		if d.Subject.File != "" {
			d.Subject.File = prefix + d.Subject.File
		}
	}
	return out
}

// HasErrors tells whether any finding refuses the configuration.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Count gives the number of findings of one severity.
func (l List) Count(s Severity) int {
	n := 0
	for _, d := range l {
		if d.Severity == s {
			n++
		}
	}
	return n
}

// Sort orders by file and position, keeping the order of equal places, and
// drops findings that repeat an earlier one in every field a reader sees.
func (l List) Sort() List {
	out := slices.Clone(l)
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Subject.File, b.Subject.File),
			cmp.Compare(a.Subject.Line, b.Subject.Line),
			cmp.Compare(a.Subject.Col, b.Subject.Col))
	})
	return slices.CompactFunc(out, func(a, b Diagnostic) bool {
		return a.Severity == b.Severity && a.Summary == b.Summary && a.Detail == b.Detail && a.Subject == b.Subject
	})
}

// Err is the list as one Go error, or nil when it holds no error.
func (l List) Err() error {
	for i, d := range l {
		if d.Severity != Error {
			continue
		}
		if n := l[i:].Count(Error) - 1; n > 0 {
			return fmt.Errorf("%s (and %d more)", d, n)
		}
		return fmt.Errorf("%s", d)
	}
	return nil
}
