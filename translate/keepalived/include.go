package keepalived

import (
	"path"
	"slices"
	"strings"

	"github.com/lbgit/lbgit/schema/diag"
)

// maxInclude bounds the chain of files that include each other.
const maxInclude = 32

// includeLine tells whether a raw line is an include, and which checks it
// asks for (facts 20, 21): r readable, m a match, w each wildcard, b each
// brace item, a all.
func includeLine(line string) (checks byte, pattern string, ok bool) {
	line = strings.TrimLeft(line, " \t")
	if !strings.HasPrefix(line, "include") {
		return 0, "", false
	}
	rest := line[len("include"):]
	if rest != "" && strings.IndexByte("rmwba", rest[0]) >= 0 {
		checks, rest = rest[0], rest[1:]
	}
	if rest == "" || rest[0] != ' ' && rest[0] != '\t' {
		return 0, "", false
	}
	pattern = strings.Trim(strings.TrimSpace(decomment(rest)), `"`)
	return checks, pattern, pattern != ""
}

// include reads what matches, in place. Relative patterns are taken from the
// including file's folder (fact 20).
func (l *loader) include(f *frame, at diag.Range, checks byte, pattern string) {
	base := path.Dir(f.file)
	found := 0
	for _, p := range braces(pattern, 0) {
		if strings.HasPrefix(p, "/") {
			p = path.Clean(strings.TrimLeft(p, "/"))
		} else {
			p = path.Join(base, p)
		}
		if p == ".." || strings.HasPrefix(p, "../") {
			l.Errorf(at, "include %q leaves the folder of the configuration", pattern).As("include")
			found++
			continue
		}
		files, err := l.src.Glob(p)
		if err != nil {
			l.Errorf(at, "include %q: %s", pattern, err).As("include")
			continue
		}
		wild := strings.ContainsAny(p, "*?[")
		if len(files) == 0 && (checks == 'b' || checks == 'a' || wild && checks == 'w' || !wild && checks == 'r') {
			l.Errorf(at, "include %q: nothing matches %s", pattern, p).As("include")
		}
		slices.Sort(files)
		found += len(files)
		for _, name := range files {
			l.file(name, at, checks)
		}
	}
	if found > 0 {
		return
	}
	switch {
	case checks == 'm':
		l.Errorf(at, "include %q: nothing matches", pattern).As("include")
	case checks == 0 && !strings.ContainsAny(pattern, "*?["):
		l.Warnf(at, "include %q: there is no such file", pattern).As("include").
			Because("keepalived goes on without it; includem makes that an error")
	}
}

// braces expands a{b,c}d, as glob with braces does.
func braces(p string, depth int) []string {
	open := strings.IndexByte(p, '{')
	end := strings.IndexByte(p, '}')
	if open < 0 || end < open || depth > 8 {
		return []string{p}
	}
	var out []string
	for alt := range strings.SplitSeq(p[open+1:end], ",") {
		if out = append(out, braces(p[:open]+alt+p[end+1:], depth+1)...); len(out) > 1024 {
			break
		}
	}
	return out
}

// file reads one file through the macro layer. at is the include line, zero
// for the entry file.
func (l *loader) file(name string, at diag.Range, checks byte) {
	if i := slices.Index(l.chain, name); i >= 0 {
		l.Errorf(at, "include loop: %s -> %s", strings.Join(l.chain[i:], " -> "), name).As("include")
		return
	}
	if len(l.chain) >= maxInclude {
		l.Errorf(at, "includes stand in each other more than %d deep", maxInclude).As("include").
			Because("the chain is %s", strings.Join(l.chain, " -> "))
		return
	}
	if l.lines++; l.lines > maxLines {
		return
	}
	data, err := l.src.ReadFile(name)
	if err != nil {
		if at.IsZero() {
			l.Errorf(diag.Range{File: name}, "%s", err).As("read")
		} else if checks == 'r' || checks == 'a' {
			l.Errorf(at, "include %s: %s", name, err).As("include")
		} else {
			l.Warnf(at, "include %s: %s", name, err).As("include").Because("keepalived goes on without it")
		}
		return
	}
	if !slices.Contains(l.read, name) {
		l.read = append(l.read, name)
	}
	l.chain = append(l.chain, name)
	l.frame(newFrame(name, view(data)))
	l.chain = l.chain[:len(l.chain)-1]
}
