package store

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/lbgit/lbgit/runtime/source"
)

// lastGood is the first line of the file "revision": what was accepted last,
// and the sizes of the files that were read for it. Their bytes follow, one
// after another, so that neither side needs a second copy in memory.
type lastGood struct {
	Version int       `json:"version"`
	ID      string    `json:"id"`
	Source  string    `json:"source"`
	Ref     string    `json:"ref,omitempty"`
	Path    string    `json:"path"`
	Root    string    `json:"root,omitempty"`
	When    time.Time `json:"when"`
	Author  string    `json:"author,omitempty"`
	Subject string    `json:"subject,omitempty"`
	Files   []stored  `json:"files"`
}

type stored struct {
	Name string `json:"name"`
	Size int    `json:"size"`
}

const revisionVersion = 1

// SaveRevision keeps an accepted revision for a start without its source.
func (s *Store) SaveRevision(r source.Revision) error {
	files := source.Files(r)
	names := slices.Sorted(maps.Keys(files))
	head := lastGood{
		Version: revisionVersion, ID: r.ID, Source: r.Source, Ref: r.Ref, Path: r.Path, Root: r.Root,
		When: r.When, Author: r.Author, Subject: r.Subject,
	}
	for _, n := range names {
		head.Files = append(head.Files, stored{n, len(files[n])})
	}
	return s.replace("revision", func(w io.Writer) error {
		if err := json.NewEncoder(w).Encode(head); err != nil {
			return err
		}
		for _, n := range names {
			if _, err := w.Write(files[n]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Revision gives the last good revision of a source; ok is false when there
// is none, or it is another source's.
func (s *Store) Revision(of string) (r source.Revision, ok bool, err error) {
	f, err := os.Open(s.path("revision"))
	if errors.Is(err, fs.ErrNotExist) {
		return r, false, nil
	}
	if err != nil {
		return r, false, err
	}
	defer f.Close()
	head, files, err := readRevision(bufio.NewReader(f))
	if err != nil {
		return r, false, fmt.Errorf("%s cannot be read: %w; remove it to start without", s.path("revision"), err)
	}
	if head.Source != of {
		return r, false, nil
	}
	return source.FromFiles(files, source.Revision{
		ID: head.ID, Source: head.Source, Ref: head.Ref, Path: head.Path, Root: head.Root,
		When: head.When, Author: head.Author, Subject: head.Subject,
	}), true, nil
}

func readRevision(r *bufio.Reader) (head lastGood, files map[string][]byte, err error) {
	line, err := r.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &head)
	}
	if err == nil && head.Version != revisionVersion {
		err = fmt.Errorf("it has version %d", head.Version)
	}
	files = make(map[string][]byte, len(head.Files))
	for _, f := range head.Files {
		if err != nil || f.Size < 0 || f.Size > source.FileLimit {
			return head, nil, errors.Join(err, fmt.Errorf("the size of %s makes no sense", f.Name))
		}
		b := make([]byte, f.Size)
		_, err = io.ReadFull(r, b)
		files[f.Name] = b
	}
	return head, files, err
}
