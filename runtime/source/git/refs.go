package git

import (
	"regexp"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/lbgit/lbgit/runtime/source"
)

// refs is what a repository advertises.
type refs struct {
	head   plumbing.ReferenceName // branch that HEAD names, empty when detached
	detach plumbing.Hash          // HEAD when detached
	all    map[plumbing.ReferenceName]plumbing.Hash
}

func newRefs(list []*plumbing.Reference) refs {
	r := refs{all: map[plumbing.ReferenceName]plumbing.Hash{}}
	for _, ref := range list {
		switch {
		case ref.Name() == plumbing.HEAD && ref.Type() == plumbing.SymbolicReference:
			r.head = ref.Target()
		case ref.Name() == plumbing.HEAD:
			r.detach = ref.Hash()
		case ref.Type() == plumbing.HashReference:
			r.all[ref.Name()] = ref.Hash()
		}
	}
	return r
}

// target is what a ref asked for means in a repository at this moment.
type target struct {
	name plumbing.ReferenceName // empty for a commit
	hash plumbing.Hash          // of name: a commit or an annotated tag
	hex  string                 // full or short commit hash
}

var hexadecimal = regexp.MustCompile(`^[0-9a-f]{4,40}$`)

// resolve finds a ref as git clone --branch does: branches before tags. What
// is neither and reads as a hash is a commit.
func (s *Source) resolve(r refs) (target, error) {
	want := s.opt.Ref
	if want == "" || want == "HEAD" {
		return s.resolveHead(r)
	}
	for _, prefix := range []string{"refs/heads/", "refs/tags/", "refs/", ""} {
		name := plumbing.ReferenceName(prefix + want)
		if h, ok := r.all[name]; ok {
			return target{name: name, hash: h}, nil
		}
	}
	if hex := strings.ToLower(want); hexadecimal.MatchString(hex) {
		return target{hex: hex}, nil
	}
	return target{}, s.noRef(r, "branch or tag %q does not exist", want)
}

func (s *Source) resolveHead(r refs) (target, error) {
	if h, ok := r.all[r.head]; ok {
		return target{name: r.head, hash: h}, nil
	}
	if !r.detach.IsZero() {
		return target{name: plumbing.HEAD, hash: r.detach}, nil
	}
	if len(r.all) == 0 {
		return target{}, s.fault(source.Empty, nil, "repository is empty; push a commit first")
	}
	return target{}, s.noRef(r, "the repository's HEAD names no existing branch; choose one with --ref")
}

func (s *Source) noRef(r refs, format string, args ...any) error {
	hint := ""
	if near := r.similar(s.opt.Ref); len(near) > 0 {
		hint = "; there is " + strings.Join(near, ", ")
	}
	return s.fault(source.NoRef, nil, format+"%s", append(args, hint)...)
}

// similar lists up to five branches and tags, nearest to want first.
func (r refs) similar(want string) []string {
	type near struct {
		name string
		dist int
	}
	var list []near
	for full := range r.all {
		if !full.IsBranch() && !full.IsTag() {
			continue
		}
		d := distance(want, full.Short())
		if want != "" && strings.Contains(full.Short(), want) {
			d = 0
		}
		list = append(list, near{full.Short(), d})
	}
	slices.SortFunc(list, func(a, b near) int {
		if a.dist != b.dist {
			return a.dist - b.dist
		}
		return strings.Compare(a.name, b.name)
	})
	var out []string
	for _, n := range list[:min(5, len(list))] {
		out = append(out, printable(n.name))
	}
	return slices.Compact(out)
}

// distance is the number of edits between two short texts (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diag
			if a[i] != b[j] {
				cost++
			}
			diag = row[j+1]
			row[j+1] = min(cost, diag+1, row[j]+1)
		}
	}
	return row[len(b)]
}
