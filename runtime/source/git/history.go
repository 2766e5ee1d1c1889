package git

import (
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
)

// maxHistory bounds the search for an ancestor: beyond it a rewrite is not
// worth the time, as it is only reported.
const maxHistory = 20_000

// rewritten reports whether old is missing from the history of c.
func rewritten(c *object.Commit, old plumbing.Hash) bool {
	if old.IsZero() || c.Hash == old {
		return false
	}
	// Newest first, so that a usual push is one step.
	iter := object.NewCommitIterCTime(c, nil, nil)
	defer iter.Close()
	found, n := false, 0
	err := iter.ForEach(func(p *object.Commit) error {
		n++
		if found = p.Hash == old; found || n > maxHistory {
			return storer.ErrStop
		}
		return nil
	})
	return err == nil && !found && n <= maxHistory
}
