package watch

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// maxLinks is how many symbolic links one path may go through, as in Linux.
const maxLinks = 40

// Trail resolves an absolute path one name at a time, as the kernel would,
// and makes each name on the way matter: each parent, each link and each
// link's target. It returns the path free of links, or how far it got and why
// it ended.
func (s *Set) Trail(path string) (string, error) { return s.follow("/", path) }

// Follow is Trail for a path below a directory that is known to be free of
// links; it spares resolving the directory again.
func (s *Set) Follow(real, path string) (string, error) { return s.follow(real, path) }

func (s *Set) follow(cur, path string) (string, error) {
	rest := strings.Split(path, "/")
	links := 0
	for len(rest) > 0 {
		name := rest[0]
		rest = rest[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			cur = filepath.Dir(cur)
			continue
		}
		s.Name(cur, name)
		p := filepath.Join(cur, name)
		fi, err := os.Lstat(p)
		if err != nil {
			return p, err
		}
		if fi.Mode()&os.ModeSymlink == 0 {
			cur = p
			continue
		}
		if links++; links > maxLinks {
			return p, &os.PathError{Op: "open", Path: p, Err: syscall.ELOOP}
		}
		target, err := readlink(p)
		if err != nil {
			return p, err
		}
		if filepath.IsAbs(target) {
			cur = "/"
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return cur, nil
}
