package keepalived

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/lbgit/lbgit/schema/diag"
)

// repeat runs a line that begins with ~SEQ(...) or ~LST(...) once for each of
// its values (facts 17, 18). What follows may begin with another one: the
// leftmost is the outermost loop.
func (l *loader) repeat(file string, n uint32, text string) {
	at := diag.Range{File: file, Line: n}
	if l.nesting >= maxNesting {
		l.Errorf(at, "repetitions stand in each other more than %d deep", maxNesting).As("too-deep")
		return
	}
	kind, args, rest, err := cutCall(text)
	var vars []string
	var rows [][]string
	if err == nil {
		if strings.IndexByte(args, '$') >= 0 {
			l.steps = 0
			args = l.expand(file, n, args, 0)
		}
		switch kind {
		case "~SEQ", "~SEQx":
			vars, rows, err = sequence(args, kind == "~SEQx")
		case "~LST":
			vars, rows, err = list(args)
		default:
			err = fmt.Errorf("%s is not known; there are ~SEQ, ~SEQx and ~LST", kind)
		}
	}
	if err != nil {
		l.Errorf(at, "%s", err).As("repetition").Because("the line is: %s", text)
		return
	}
	l.nesting++
	old := make(map[string]definition, len(vars))
	for _, v := range vars {
		if d, ok := l.defs[v]; ok {
			old[v] = d
		}
	}
	for _, row := range rows {
		if l.lines > maxLines {
			break
		}
		for i, v := range vars {
			l.defs[v] = definition{text: row[i]}
		}
		l.logical(file, n, rest)
	}
	for _, v := range vars {
		delete(l.defs, v)
		if d, ok := old[v]; ok {
			l.defs[v] = d
		}
	}
	l.nesting--
}

// cutCall splits ~NAME(args)rest.
func cutCall(text string) (kind, args, rest string, err error) {
	open := strings.IndexByte(text, '(')
	if open < 0 {
		return "", "", "", fmt.Errorf("%s without (", text[:4])
	}
	depth := 0
	for i := open; i < len(text); i++ {
		switch text[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return strings.TrimSpace(text[:open]), text[open+1 : i], strings.TrimSpace(text[i+1:]), nil
			}
		}
	}
	return "", "", "", fmt.Errorf("%s( is not closed", strings.TrimSpace(text[:open]))
}

func fields(args string) []string {
	parts := strings.Split(args, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// sequence reads the arguments of ~SEQ: var,end or var,start,end or
// var,start,step,end.
func sequence(args string, hex bool) ([]string, [][]string, error) {
	p := fields(args)
	if len(p) < 2 || len(p) > 4 || nameEnd(p[0]) != len(p[0]) || p[0] == "" {
		return nil, nil, fmt.Errorf("~SEQ takes a name and one to three numbers: ~SEQ(NAME,start,step,end)")
	}
	num := make([]int64, len(p)-1)
	for i, t := range p[1:] {
		v, err := strconv.ParseInt(t, 0, 64)
		if err != nil {
			return nil, nil, fmt.Errorf("~SEQ: %q is not a number", t)
		}
		num[i] = v
	}
	start, step, end := int64(1), int64(1), num[len(num)-1]
	if len(num) == 1 && end < 0 {
		start = -1
	}
	if len(num) > 1 {
		start = num[0]
	}
	if end < start {
		step = -1
	}
	if len(num) == 3 {
		step = num[1]
	}
	if step == 0 || (end > start) != (step > 0) && end != start {
		return nil, nil, fmt.Errorf("~SEQ: step %d never leads from %d to %d", step, start, end)
	}
	if span := float64(end) - float64(start); span/float64(step) > float64(maxLines) {
		return nil, nil, fmt.Errorf("~SEQ makes more than %d lines", maxLines)
	}
	var rows [][]string
	for v := start; len(rows) <= maxLines; v += step {
		text := strconv.FormatInt(v, 10)
		if hex {
			text = strconv.FormatInt(v, 16)
		}
		rows = append(rows, []string{text})
		if left := end - v; step > 0 && left < step || step < 0 && left > step {
			break // before v could run over
		}
	}
	return p[:1], rows, nil
}

// list reads the arguments of ~LST: v,a,b,c or {v,w},{a1,b1},{a2,b2}.
func list(args string) ([]string, [][]string, error) {
	args = strings.TrimSpace(args)
	if !strings.HasPrefix(args, "{") {
		p := fields(args)
		if len(p) < 2 || nameEnd(p[0]) != len(p[0]) || p[0] == "" {
			return nil, nil, fmt.Errorf("~LST takes a name and its values: ~LST(NAME,a,b,c)")
		}
		var rows [][]string
		for _, v := range p[1:] {
			rows = append(rows, []string{v})
		}
		return p[:1], rows, nil
	}
	var tuples [][]string
	for args != "" {
		end := strings.IndexByte(args, '}')
		if args[0] != '{' || end < 0 {
			return nil, nil, fmt.Errorf("~LST takes tuples in braces: ~LST({V,W},{a,b},{c,d})")
		}
		tuples = append(tuples, fields(args[1:end]))
		args = strings.TrimLeft(args[end+1:], " \t,")
	}
	for _, v := range tuples[0] {
		if v == "" || nameEnd(v) != len(v) {
			return nil, nil, fmt.Errorf("~LST: %q is not a name", v)
		}
	}
	for _, t := range tuples[1:] {
		if len(t) != len(tuples[0]) {
			return nil, nil, fmt.Errorf("~LST: {%s} has %d values for %d names", strings.Join(t, ","), len(t), len(tuples[0]))
		}
	}
	return tuples[0], tuples[1:], nil
}
