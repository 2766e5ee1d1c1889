package probe

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/check"
)

// cause is why a probe ended as it did. It is comparable and made without allocation; its text is made when somebody asks.
type cause struct {
	kind  causeKind
	errno unix.Errno
	n     int32  // a status code
	text  string // free text, from TLS, scripts and responses
}

type causeKind uint8

const (
	causeNone        causeKind = iota // nothing has been said yet
	causeConnected                    // TCP success
	causeStatus                       // HTTP success, with the status
	causeText                         // anything, in words
	causeSocket                       // a socket could not be made
	causeSetup                        // an option or the source address was refused
	causeConnect                      // the connection was refused or lost
	causeIO                           // reading or writing met an error
	causeTimeout                      // no connection in time
	causeSlow                         // no complete response in time
	causeBadStatus                    // HTTP status that is not wanted
	causeDigest                       // body that is not wanted
	causeLag                          // the node itself was too slow to judge
	causeDescriptors                  // the node was short of file descriptors
)

// String returns a cause in words. The timeout is that of the target.
func (c cause) String(timeout time.Duration) string {
	switch c.kind {
	case causeConnected:
		return "connected"
	case causeStatus:
		return fmt.Sprintf("status %d", c.n)
	case causeText:
		return c.text
	case causeSocket:
		return "no socket: " + explain(c.errno)
	case causeSetup:
		return c.text + ": " + explain(c.errno)
	case causeConnect:
		return explain(c.errno)
	case causeIO:
		return c.text + ": " + explain(c.errno)
	case causeTimeout:
		return fmt.Sprintf("timeout after %v", timeout)
	case causeSlow:
		return fmt.Sprintf("connected, but no complete response within %v", timeout)
	case causeBadStatus:
		return fmt.Sprintf("status %d is not wanted", c.n)
	case causeDigest:
		return "the body has another digest: " + c.text
	case causeLag:
		return "no verdict: this node was too slow"
	case causeDescriptors:
		return "no verdict: this node is short of file descriptors or memory"
	}
	return ""
}

// explain returns the text of an errno, in the words that a person would look for.
func explain(e unix.Errno) string {
	switch e {
	case unix.ECONNREFUSED:
		return "connection refused"
	case unix.EHOSTUNREACH:
		return "no route to host"
	case unix.ENETUNREACH:
		return "network is unreachable"
	case unix.ECONNRESET:
		return "connection reset"
	case unix.ETIMEDOUT:
		return "connection timed out"
	case unix.EADDRNOTAVAIL:
		return "address not available on this node"
	case unix.EPERM, unix.EACCES:
		return "not permitted on this node (firewall, blackhole route or missing privilege)"
	}
	return e.Error()
}

// verdict is how one attempt ended.
type verdict struct {
	result check.Result
	cause  cause
	code   int // exit code of a script
}

func pass(c cause) verdict { return verdict{result: check.Pass, cause: c} }
func fail(c cause) verdict { return verdict{result: check.Fail, cause: c} }

// failErrno is the verdict on an error of a system call. A shortage of this node is no verdict on the target.
//
// Everything else is a failure with its reason, also what happens before the first packet: a source address or an interface
// that is gone. keepalived keeps the last state there and tries again (T8), so a server whose check can no longer run stays up
// for ever (trap A6).
func failErrno(kind causeKind, what string, e unix.Errno) verdict {
	if shortage(e) {
		return verdict{result: check.Void, cause: cause{kind: causeDescriptors, errno: e}}
	}
	return fail(cause{kind: kind, errno: e, text: what})
}

// shortage says whether an errno means that this node has run out of something.
func shortage(e unix.Errno) bool {
	switch e {
	case unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM, unix.ENOSPC:
		return true
	}
	return false
}

func (v verdict) passed() bool { return v.result == check.Pass }
