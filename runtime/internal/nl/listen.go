package nl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Listener receives a protocol's multicast messages.
type Listener struct {
	file *os.File
	in   []byte
}

// Listen opens a socket for events in the network namespace of the calling
// thread. Nothing arrives before Join.
func Listen(protocol int) (*Listener, error) {
	fd, err := open(protocol, unix.SOCK_NONBLOCK)
	if err != nil {
		return nil, err
	}
	return &Listener{file: os.NewFile(uintptr(fd), "netlink"), in: make([]byte, readBuffer)}, nil
}

// Join subscribes to groups by number (RTNLGRP_...).
func (l *Listener) Join(groups ...int) error {
	return l.control(func(fd int) error {
		for _, g := range groups {
			if err := unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_ADD_MEMBERSHIP, g); err != nil {
				return fmt.Errorf("netlink group %d: %w", g, err)
			}
		}
		return nil
	})
}

func (l *Listener) control(fn func(fd int) error) error {
	raw, err := l.file.SyscallConn()
	if err != nil {
		return err
	}
	var result error
	if err := raw.Control(func(fd uintptr) { result = fn(int(fd)) }); err != nil {
		return err
	}
	return result
}

// Receive waits for one datagram and returns it; the bytes are valid until the
// next call. ErrLost means that events were dropped, those that waited included,
// and that from now on none is. It ends with the context's error.
func (l *Listener) Receive(ctx context.Context) ([]byte, error) {
	stop := context.AfterFunc(ctx, func() { _ = l.file.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	n, err := l.file.Read(l.in)
	switch {
	case err == nil:
		return l.in[:n], nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, unix.ENOBUFS):
		return nil, l.drain()
	}
	return nil, fmt.Errorf("netlink receive: %w", err)
}

// drain throws away what is queued. After an overrun the kernel drops, without
// a word, all events until the queue has been empty once: only from then on is
// a look at the tables worth anything.
func (l *Listener) drain() error {
	err := l.control(func(fd int) error {
		for {
			if _, err := receiveNow(fd, l.in); err == unix.EAGAIN {
				return nil
			} else if err != nil && err != unix.ENOBUFS && err != unix.EINTR {
				return fmt.Errorf("netlink receive: %w", err)
			}
		}
	})
	return cmp.Or(err, ErrLost)
}

// Close closes the socket and ends a Receive.
func (l *Listener) Close() error { return l.file.Close() }
