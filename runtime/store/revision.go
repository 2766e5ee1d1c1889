package store

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/lbgit/lbgit/runtime/source"
)

// lastGood is the revision that was accepted last, with the files that were
// read for it, so that a daemon starts when its source cannot be reached.
type lastGood struct {
	Version int
	ID      string
	Source  string
	Ref     string
	Path    string
	When    time.Time
	Author  string
	Subject string
	Files   map[string][]byte
}

// SaveRevision keeps an accepted revision.
func (s *Store) SaveRevision(r source.Revision) error {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(lastGood{
		Version: 1, ID: r.ID, Source: r.Source, Ref: r.Ref, Path: r.Path,
		When: r.When, Author: r.Author, Subject: r.Subject, Files: source.Files(r),
	})
	if err != nil {
		return err
	}
	return s.write("revision", b.Bytes())
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
	var l lastGood
	if err := gob.NewDecoder(f).Decode(&l); err != nil || l.Version != 1 {
		return r, false, fmt.Errorf("%s cannot be read: %v; remove it to start without", s.path("revision"), err)
	}
	if l.Source != of {
		return r, false, nil
	}
	return source.FromFiles(l.Files, source.Revision{
		ID: l.ID, Source: l.Source, Ref: l.Ref, Path: l.Path, When: l.When, Author: l.Author, Subject: l.Subject,
	}), true, nil
}
