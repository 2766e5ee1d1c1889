package vfs

import (
	"errors"
	"io/fs"
)

// Faults of a path that io/fs has no value for.
var (
	ErrIsDir      = errors.New("is a directory")
	ErrNotDir     = errors.New("not a directory")
	ErrNotRegular = errors.New("not a regular file")
)

// PathError returns err as a *fs.PathError about name, without wrapping
// one path error into another.
func PathError(op, name string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}
