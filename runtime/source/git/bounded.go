package git

import (
	"context"
	"net"
	"net/url"
	"time"

	"github.com/go-git/go-git/v5/plumbing/transport"
	"golang.org/x/net/proxy"
)

// bounded runs one network operation under the timeout. go-git's ssh handshake
// does not listen to its context: after a cancellation it is left behind, and
// the deadline of its connection ends it.
func bounded[T any](ctx context.Context, s *Source, f func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Timeout)
	if s.at.scheme != "ssh" {
		defer cancel()
		return f(ctx)
	}
	type result struct {
		v   T
		err error
	}
	done := make(chan result, 1) // room for one: the sender never stays
	go func() {
		defer cancel()
		v, err := f(ctx)
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.v, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// limited is the scheme of a "proxy" that connects directly, or as ALL_PROXY
// says, and gives the connection a deadline. It is the only way into go-git's
// ssh dialer; without it a server that accepts and stays silent would hold a
// goroutine and a socket for every poll.
const limited = "lbgit-limited"

// The table of x/net/proxy is global and has no lock: register before any use.
func init() {
	proxy.RegisterDialerType(limited, func(u *url.URL, _ proxy.Dialer) (proxy.Dialer, error) {
		d, err := time.ParseDuration(u.Query().Get("after"))
		return limitedDialer(d), err
	})
}

// proxy makes the options that lead ssh connections through limitedDialer.
func (s *Source) proxy() transport.ProxyOptions {
	if s.at.scheme != "ssh" {
		return transport.ProxyOptions{}
	}
	return transport.ProxyOptions{URL: limited + "://direct?after=" + s.opt.Timeout.String()}
}

// limitedDialer makes connections that live this long.
type limitedDialer time.Duration

func (d limitedDialer) Dial(network, addr string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, addr)
}

func (d limitedDialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	end := time.Now().Add(time.Duration(d))
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	conn, err := proxy.Dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return conn, conn.SetDeadline(end)
}
