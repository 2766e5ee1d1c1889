package keepalived

import (
	"path"
	"strings"

	"github.com/lbgit/lbgit/schema/diag"
)

// Bounds of expansion, far above what any real file needs: a definition that
// uses itself, or repetitions that multiply, end in an error, not in a loop.
const (
	maxNesting  = 64
	maxExpanded = 64 << 10 // bytes of one expanded line
	maxSteps    = 10000    // parameters put into one line
)

// maxLines bounds the lines that come out of definitions and repetitions. The
// fuzzer lowers it.
var maxLines = 1 << 19

// definition is the text of a $NAME= line, as written (fact 14).
type definition struct {
	text  string
	lines bool // several lines: usable only alone on its line (fact 16)
}

// decomment cuts a comment off and resolves \# and \! (facts 1 and 2).
func decomment(line string) string {
	if !strings.ContainsAny(line, `#!\`) {
		return line
	}
	var b strings.Builder
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			if end := quoteEnd(line[i+1:]); end >= 0 {
				b.WriteString(line[i : i+1+end])
				i += 1 + end
			} else {
				quoted = true
			}
		case quoted:
		case c == '#' || c == '!':
			return b.String()
		case c == '\\' && i+1 < len(line):
			i++
			if n := line[i]; n != '#' && n != '!' {
				b.WriteByte('\\')
			}
			b.WriteByte(line[i])
			continue
		}
		b.WriteByte(line[i])
	}
	return b.String()
}

// logical takes one line without comment through the macro layer: conditions,
// definitions, repetition, parameters, in that order (fact 1).
func (l *loader) logical(file string, n uint32, text string) {
	text = strings.TrimSpace(text)
	at := diag.Range{File: file, Line: n, Col: 1}
	for strings.HasPrefix(text, "@") {
		var keep bool
		if text, keep = l.condition(text); !keep {
			return
		}
	}
	if text == "" || l.spent(at) {
		return
	}
	if name, value, ok := cutDefinition(text); ok {
		l.defs[name] = definition{text: value, lines: strings.Contains(text, "\n")}
		return
	}
	if strings.HasPrefix(text, "~SEQ") || strings.HasPrefix(text, "~LST") {
		l.repeat(file, n, text)
		return
	}
	if name, ok := soleParameter(text); ok {
		if d, known := l.defs[name]; known && d.lines {
			l.body(file, n, d.text)
			return
		}
	}
	if strings.IndexByte(text, '$') >= 0 {
		was := text
		l.steps = 0
		text = strings.TrimSpace(l.expand(file, n, text, 0))
		if text == "" || text[0] == '#' || text[0] == '!' {
			return // a parameter can comment its line out
		}
		if text != was && (text[0] == '@' || text[0] == '~' || text[0] == '$') && l.nesting < maxNesting {
			l.nesting++
			l.logical(file, n, text)
			l.nesting--
			return
		}
	}
	if i := strings.Index(text, "~SEQ"); i >= 0 || strings.Contains(text, "~LST(") {
		l.Errorf(at, "~SEQ and ~LST are read at the beginning of a line only").As("unsupported").
			Because("this line would be taken as it stands: %s", text)
	}
	l.emit(file, n, text)
}

// spent counts expanded lines, and tells when there have been too many.
func (l *loader) spent(at diag.Range) bool {
	if l.lines++; l.lines <= maxLines {
		return false
	}
	if l.lines == maxLines+1 {
		l.Errorf(at, "definitions and repetitions make more than %d lines", maxLines).As("too-long")
	}
	return true
}

// condition resolves one @ID or @^ID prefix (fact 12).
func (l *loader) condition(text string) (rest string, keep bool) {
	id, rest, _ := strings.Cut(text[1:], " ")
	if tab := strings.IndexByte(id, '\t'); tab >= 0 {
		id, rest = id[:tab], text[1+tab+1:]
	}
	not := strings.HasPrefix(id, "^")
	id = strings.TrimPrefix(id, "^")
	if id != "" && !l.nodes[id] {
		l.nodes[strings.Clone(id)] = true
	}
	return strings.TrimSpace(rest), (id == l.o.Node) != not
}

func nameEnd(s string) int {
	i := 0
	for i < len(s) && (s[i] == '_' || s[i] >= 'a' && s[i] <= 'z' || s[i] >= 'A' && s[i] <= 'Z' || i > 0 && s[i] >= '0' && s[i] <= '9') {
		i++
	}
	return i
}

// cutDefinition splits $NAME=VALUE.
func cutDefinition(text string) (name, value string, ok bool) {
	if !strings.HasPrefix(text, "$") {
		return "", "", false
	}
	n := nameEnd(text[1:])
	if n == 0 || 1+n >= len(text) || text[1+n] != '=' {
		return "", "", false
	}
	return text[1 : 1+n], strings.TrimSpace(text[2+n:]), true
}

// soleParameter tells whether the text is $NAME or ${NAME} and nothing else.
func soleParameter(text string) (string, bool) {
	if len(text) < 2 || text[0] != '$' {
		return "", false
	}
	name := text[1:]
	if name[0] == '{' && name[len(name)-1] == '}' {
		name = name[1 : len(name)-1]
	}
	return name, name != "" && nameEnd(name) == len(name)
}

// body runs the lines of a definition as if they stood here (fact 16).
func (l *loader) body(file string, n uint32, text string) {
	if l.nesting >= maxNesting {
		l.Errorf(diag.Range{File: file, Line: n}, "definitions use each other more than %d deep", maxNesting).As("too-deep")
		return
	}
	l.nesting++
	for line := range strings.SplitSeq(text, "\n") {
		l.logical(file, n, line)
	}
	l.nesting--
}

// expand replaces parameters (facts 14, 15, 19). What is not defined stays as
// it is, and is reported.
func (l *loader) expand(file string, n uint32, text string, depth int) string {
	at := diag.Range{File: file, Line: n}
	if depth > maxNesting {
		if l.steps < maxSteps { // said once
			l.Errorf(at, "definitions use each other more than %d deep", maxNesting).As("too-deep")
			l.steps = maxSteps + 1
		}
		return ""
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '$')
		if i < 0 || b.Len() > maxExpanded {
			break
		}
		b.WriteString(text[:i])
		text = text[i:]
		if l.steps++; l.steps > maxSteps {
			if l.steps == maxSteps+1 {
				l.Errorf(at, "the definitions of this line use each other without end").As("too-deep")
			}
			return ""
		}
		name, size := parameterAt(text)
		if size == 0 {
			b.WriteByte('$')
			text = text[1:]
			continue
		}
		if v, ok := l.value(at, name); ok {
			if strings.IndexByte(v, '$') >= 0 && v != "$" {
				v = l.expand(file, n, v, depth+1)
			}
			b.WriteString(v)
		} else {
			l.Warnf(at, "$%s is not defined before this line", name).As("undefined-parameter").
				Because("keepalived leaves it in the text as it is; define it above with $%s=...", name)
			b.WriteString(text[:size])
		}
		text = text[size:]
	}
	if b.Len()+len(text) > maxExpanded {
		if !l.tooLong {
			l.Errorf(at, "the line becomes longer than %d bytes when its parameters are put in", maxExpanded).As("too-long")
		}
		l.tooLong = true
		return ""
	}
	b.WriteString(text)
	return b.String()
}

// parameterAt reads $NAME or ${NAME} at the start of text. The bare form
// needs a boundary behind it (fact 15).
func parameterAt(text string) (name string, size int) {
	if strings.HasPrefix(text, "${") {
		end := strings.IndexByte(text, '}')
		if end < 0 {
			return "", 0
		}
		name = text[2:end]
		if n := nameEnd(name); n == 0 || n < len(name) && name[n] != ' ' {
			return "", 0
		}
		return name, end + 1
	}
	n := nameEnd(text[1:])
	if n == 0 || 1+n < len(text) && strings.IndexByte(" \t,)", text[1+n]) < 0 {
		return "", 0
	}
	return text[1 : 1+n], 1 + n
}

// value looks a parameter up: the file's own, else a built-in (fact 19).
func (l *loader) value(at diag.Range, name string) (string, bool) {
	if d, ok := l.defs[name]; ok {
		if d.lines {
			l.Warnf(at, "$%s has several lines and can only stand alone on a line", name).As("unsupported")
			return "", true
		}
		return d.text, true
	}
	word, arg, _ := strings.Cut(name, " ")
	switch word {
	case "_HASH":
		return "#", true
	case "_BANG":
		return "!", true
	case "_INSTANCE":
		return l.o.Node, true
	case "_PWD":
		return l.directory(at.File), true
	case "_ENV":
		if l.o.Env != nil {
			v, _ := l.o.Env(strings.TrimSpace(arg))
			return v, true
		}
		return "", true
	case "_RANDOM":
		l.Errorf(at, "${_RANDOM} is not supported").As("unsupported").
			Because("a revision must mean the same each time it is read; write a number")
		return "0", true
	}
	return "", false
}

// directory is where a file lies, as the scripts beside it are named.
func (l *loader) directory(file string) string { return path.Join(l.o.Root, path.Dir(file)) }
