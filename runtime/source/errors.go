package source

import (
	"errors"
	"fmt"
)

// Kind says what is wrong with a source, for callers that act on it.
type Kind string

// The kinds of Error.
const (
	Missing       Kind = "missing"        // a local path does not exist
	Unsuitable    Kind = "unsuitable"     // a file of a wrong type, a directory without configuration, a bad option
	Unreachable   Kind = "unreachable"    // network, name, timeout, local I/O
	Denied        Kind = "denied"         // authentication or authorization
	NoRef         Kind = "no-ref"         // branch, tag or commit does not exist
	NoPath        Kind = "no-path"        // the path is not in the commit
	Empty         Kind = "empty"          // a repository without commits
	NotRepository Kind = "not-repository" // something else lives there
	Content       Kind = "content"        // a file that cannot be read as configuration: LFS pointer, escaping link
)

// Error is a fault of a source. Its text holds no secrets and ends with a way
// out where there is one.
type Error struct {
	Kind   Kind
	Source string // display form
	Msg    string
	Err    error // cause, may be nil; not part of the text
}

func (e *Error) Error() string {
	if e.Source == "" {
		return e.Msg
	}
	return e.Source + ": " + e.Msg
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// IsKind reports whether err is, or wraps, an Error of this kind.
func IsKind(err error, k Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == k
}

// TooLargeError reports a file that is over the size limit. It was not read.
type TooLargeError struct {
	Path        string
	Size, Limit int64 // bytes
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%s is too large: %d bytes, the limit is %d; split it or move it out of the source",
		e.Path, e.Size, e.Limit)
}
