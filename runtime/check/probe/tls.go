package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// tlsConfig returns how a target speaks TLS.
func tlsConfig(t *Target) *tls.Config {
	h := t.HTTP
	c := &tls.Config{
		ServerName: h.SNI,
		// A health check asks whether a server works for its clients, and old ones may be served (C13).
		MinVersion:         tls.VersionTLS10,
		InsecureSkipVerify: !h.VerifyTLS, // keepalived never verifies (C13); VerifyTLS turns it on
	}
	if h.VerifyTLS && c.ServerName == "" {
		c.ServerName = or(h.Host, t.Addr.Addr().Unmap().WithZone("").String())
	}
	return c
}

// buffers are the read buffers of TLS workers.
var buffers = sync.Pool{New: func() any { b := make([]byte, 16<<10); return &b }}

// tls does one exchange inside TLS on the connected socket of a job, and closes it.
func (j *job) tls() verdict {
	conn, err := adopt(j.fd)
	if err != nil {
		return failErrno(causeSocket, "", errnoFrom(err))
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(j.budget))
	stop := context.AfterFunc(j.ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()

	secure := tls.Client(conn, j.t.tls)
	if err := secure.Handshake(); err != nil {
		return failIO("TLS handshake", err)
	}
	u := &j.t.spec.HTTP.urls()[j.step]
	if _, err := secure.Write(appendRequest(nil, &j.t.spec, u)); err != nil {
		return failIO("sending the request", err)
	}
	var ex exchange
	ex.begin(&j.t.spec, u)
	if err := ex.resp.readFrom(secure); err != nil {
		return failIO("reading the response", err)
	}
	_ = secure.CloseWrite()
	return ex.resp.judge(&j.t.spec, j.step)
}

// readFrom reads one response.
func (r *response) readFrom(from io.Reader) error {
	b := buffers.Get().(*[]byte)
	defer buffers.Put(b)
	for {
		n, err := from.Read(*b)
		if n > 0 {
			if done, err := r.feed((*b)[:n]); done || err != nil {
				return err
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			// Many servers end TLS without saying so; whether the response is complete, HTTP itself tells (C17).
			return r.end()
		default:
			return err
		}
	}
}

// adopt turns a socket into a connection of package net. The descriptor belongs to it or is closed, whatever happens.
func adopt(fd int) (net.Conn, error) {
	f := os.NewFile(uintptr(fd), "probe")
	defer f.Close()
	return net.FileConn(f)
}

// failIO is the verdict on an error of package net or tls.
func failIO(what string, err error) verdict {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fail(cause{kind: causeSlow})
	}
	var e unix.Errno
	if errors.As(err, &e) {
		return failErrno(causeIO, what, e)
	}
	if errors.Is(err, io.EOF) {
		err = errors.New("the connection ended")
	}
	return fail(cause{kind: causeText, text: what + ": " + err.Error()})
}

// errnoFrom finds the errno inside an error.
func errnoFrom(err error) unix.Errno {
	var e unix.Errno
	if errors.As(err, &e) {
		return e
	}
	return unix.EINVAL
}
