package git

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/lbgit/lbgit/runtime/source"
)

func (s *Source) fault(k source.Kind, cause error, format string, args ...any) error {
	return &source.Error{Kind: k, Source: s.at.shown, Msg: s.scrub(fmt.Sprintf(format, args...)), Err: cause}
}

// settled reports whether err already says all there is to say.
func settled(err error) bool {
	var e *source.Error
	var large *source.TooLargeError
	return errors.As(err, &e) || errors.As(err, &large)
}

// network turns what a transport says into an error for people. The cause is
// not wrapped where its text could hold a secret.
func (s *Source) network(err error) error {
	var (
		key   *knownhosts.KeyError
		ne    net.Error
		odd   *packp.ErrUnexpectedData
		dns   *net.DNSError
		op    *net.OpError
		inURL *url.Error
	)
	switch {
	case err == nil || settled(err):
		return err
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, transport.ErrEmptyRemoteRepository):
		return s.fault(source.Empty, nil, "repository is empty; push a commit first")
	case errors.Is(err, transport.ErrAuthenticationRequired) && s.basic() == nil:
		return s.fault(source.Denied, nil, "authentication required: set LBGIT_GIT_TOKEN, or write user:password@ into the URL")
	case errors.Is(err, transport.ErrAuthenticationRequired):
		return s.fault(source.Denied, nil, "authentication failed: the server refuses the token or password")
	case errors.Is(err, transport.ErrAuthorizationFailed):
		return s.fault(source.Denied, nil, "access denied: the credentials are not allowed to read this repository")
	case strings.Contains(err.Error(), "unable to authenticate"):
		return s.fault(source.Denied, nil, "authentication failed: the server accepts none of the ssh keys for user %s", s.at.user)
	case errors.As(err, &key) && len(key.Want) > 0:
		return s.fault(source.Denied, nil, "host key of %s has changed; if that is right, correct the known hosts file", s.at.host)
	case errors.As(err, &key):
		return s.fault(source.Denied, nil, "host key of %s is unknown; check it and add it: ssh-keyscan %s", s.at.host, s.at.host)
	case errors.Is(err, transport.ErrRepositoryNotFound):
		return s.fault(source.NotRepository, nil, "no repository there, or not for these credentials; check the URL")
	case errors.As(err, &odd), errors.Is(err, pktline.ErrInvalidPktLen):
		return s.fault(source.NotRepository, nil, "the server answers, but not as a git repository; check the URL")
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &ne) && ne.Timeout():
		return s.fault(source.Unreachable, nil, "unreachable: no answer within %s", s.opt.Timeout)
	case errors.As(err, &dns):
		return s.fault(source.Unreachable, nil, "unreachable: host %s is not known to DNS", s.at.host)
	case errors.As(err, &op):
		// Without the addresses: the local port differs each time, and an
		// unchanged fault has to read the same.
		return s.fault(source.Unreachable, nil, "unreachable: %s: %v", op.Op, op.Err)
	case errors.As(err, &inURL):
		err = inURL.Err
	}
	return s.fault(source.Unreachable, nil, "%s", oneLine(err.Error()))
}

// isNetwork reports that err says nothing about the clone cache.
func isNetwork(err error) bool {
	// Not net.Error: every errno of a file operation is one, too.
	var op *net.OpError
	var inURL *url.Error
	return errors.As(err, &op) || errors.As(err, &inURL) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, transport.ErrAuthenticationRequired) || errors.Is(err, transport.ErrAuthorizationFailed) ||
		errors.Is(err, transport.ErrRepositoryNotFound) || errors.Is(err, transport.ErrEmptyRemoteRepository)
}

// oneLine makes text of unknown origin fit for a log line: servers answer with
// whole pages of HTML.
func oneLine(text string) string {
	text = printable(strings.Join(strings.Fields(text), " "))
	if r := []rune(text); len(r) > 200 {
		text = string(r[:200]) + "..."
	}
	return text
}

// printable drops control characters: commit texts are shown on terminals.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, text)
}
