package git

import (
	"os"
	"path/filepath"

	"github.com/lbgit/lbgit/runtime/source/internal/watch"
)

// watchRefs watches what a push into a local repository changes: HEAD,
// packed-refs and the folders of refs; while there is no repository, the way
// to it.
func (s *Source) watchRefs(set *watch.Set) {
	if s.at.local == "" {
		return
	}
	set.Begin()
	defer set.End()
	for _, name := range []string{".git", "HEAD", "objects", "refs"} {
		_, _ = set.Trail(filepath.Join(s.at.local, name))
	}
	git, common, err := locate(s.at.local)
	if err != nil {
		return
	}
	_, _ = set.Trail(filepath.Join(git, "HEAD"))
	_, _ = set.Trail(filepath.Join(common, "packed-refs"))
	if real, err := set.Trail(filepath.Join(common, "refs")); err == nil {
		watchFolder(set, real, 0)
	}
}

// watchFolder watches a folder of refs and those in it: branch names have
// slashes.
func watchFolder(set *watch.Set, dir string, depth int) {
	set.Dir(dir)
	list, err := os.ReadDir(dir)
	if err != nil || depth > 20 {
		return
	}
	for _, d := range list {
		if d.IsDir() {
			watchFolder(set, filepath.Join(dir, d.Name()), depth+1)
		}
	}
}
