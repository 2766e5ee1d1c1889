package nl

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

const (
	receiveBuffer = 4 << 20  // bytes the kernel may queue for us
	readBuffer    = 64 << 10 // the kernel fills at most 32 KiB of a dump at once
	answerSeconds = 10       // the kernel answers at once; this only ends a hang
	dumpAttempts  = 10
)

// Socket is a netlink socket for requests. It is not safe for use by several
// goroutines at once: one would read the other's answers.
type Socket struct {
	fd  int
	seq uint32
	in  []byte
}

// Open opens a socket of a netlink protocol (unix.NETLINK_GENERIC, ...) in the
// network namespace of the calling thread.
func Open(protocol int) (*Socket, error) {
	fd, err := open(protocol, 0)
	if err != nil {
		return nil, err
	}
	timeout := unix.Timeval{Sec: answerSeconds}
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("netlink socket: %w", err)
	}
	return &Socket{fd: fd, in: make([]byte, readBuffer)}, nil
}

func open(protocol, flags int) (int, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|flags, protocol)
	if err != nil {
		return -1, fmt.Errorf("netlink socket: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("netlink socket: %w", err)
	}
	// The forced size needs CAP_NET_ADMIN and the other is cut to rmem_max:
	// both are wishes. So are the two below, which old kernels lack.
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_CAP_ACK, 1)
	_ = unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_EXT_ACK, 1)
	return fd, nil
}

// Strict makes the kernel honour filters in dump requests instead of ignoring
// them (kernel 4.20).
func (s *Socket) Strict() error {
	return unix.SetsockoptInt(s.fd, unix.SOL_NETLINK, unix.NETLINK_GET_STRICT_CHK, 1)
}

// Close closes the socket.
func (s *Socket) Close() error { return unix.Close(s.fd) }

// Do sends all messages of the batch in one call and returns what became of
// each: errs, made as long as the batch, holds nil or an *Error for every
// message. A message that fails does not keep the others from being carried
// out. The second result is about the exchange itself: it means that the
// outcome of some messages is unknown.
func (s *Socket) Do(b *Batch, errs []error) ([]error, error) {
	n := b.Len()
	errs = append(errs[:0], make([]error, n)...)
	if n == 0 {
		return errs, nil
	}
	first, err := s.send(b, true)
	if err != nil {
		return errs, err
	}
	for {
		p, err := s.read()
		if err != nil {
			return errs, err
		}
		for m, err := range Messages(p) {
			if err != nil {
				return errs, err
			}
			i := int(m.Seq - first)
			if i < 0 || i >= n || m.Type != typeError {
				continue // of an earlier exchange that was given up
			}
			errs[i] = m.failure()
			if i == n-1 {
				return errs, nil
			}
		}
	}
}

// Get sends a single request and hands its answers to each, without their
// netlink header. The bytes are valid during the call only.
func (s *Socket) Get(b *Batch, each func(body []byte) error) error {
	first, err := s.send(b, true)
	if err != nil {
		return err
	}
	var failed error
	for {
		p, err := s.read()
		if err != nil {
			return err
		}
		for m, err := range Messages(p) {
			switch {
			case err != nil:
				return err
			case m.Seq != first:
			case m.Type == typeError:
				return errors.Join(m.failure(), failed)
			case failed == nil:
				failed = each(m.Body)
			}
		}
	}
}

// Dump sends a single request for a whole table and hands every entry to each.
// begin is called first and again whenever the kernel says that the table
// changed meanwhile, so that the caller starts anew; after ten attempts it is
// ErrInterrupted.
func (s *Socket) Dump(b *Batch, begin func(), each func(body []byte) error) error {
	for range dumpAttempts {
		begin()
		whole, err := s.dump(b, each)
		if err != nil || whole {
			return err
		}
	}
	return ErrInterrupted
}

func (s *Socket) dump(b *Batch, each func(body []byte) error) (whole bool, err error) {
	b.setFlags(flagDump)
	first, err := s.send(b, false)
	if err != nil {
		return false, err
	}
	whole = true
	var failed error
	for {
		p, err := s.read()
		if err != nil {
			return false, err
		}
		for m, err := range Messages(p) {
			if err != nil {
				return false, err
			}
			if m.Seq != first || m.Type == typeNoop {
				continue
			}
			if m.Flags&flagInterrupted != 0 {
				whole = false
			}
			switch m.Type {
			case typeDone, typeError:
				return whole, errors.Join(m.failure(), failed)
			default:
				if failed == nil { // the rest is read, else it would meet the next request
					failed = each(m.Body)
				}
			}
		}
	}
}

// send numbers the messages and sends them; it returns the first number.
func (s *Socket) send(b *Batch, ack bool) (first uint32, err error) {
	first = s.seq + 1
	s.seq += uint32(b.Len())
	b.stamp(first, ack)
	for {
		err = write(s.fd, b.buf, b.Len() <= quickMessages)
		if err != unix.EINTR {
			break
		}
	}
	if err != nil {
		return first, fmt.Errorf("netlink send: %w", err)
	}
	return first, nil
}

// read returns one datagram. A socket with a timeout is interrupted by every
// signal, and Go's scheduler sends many.
func (s *Socket) read() ([]byte, error) {
	n, err := receiveNow(s.fd, s.in)
	for err == unix.EINTR || err == unix.EAGAIN {
		if n, err = unix.Read(s.fd, s.in); err == unix.EAGAIN {
			return nil, ErrTimeout
		}
	}
	switch err {
	case nil:
		return s.in[:n], nil
	case unix.ENOBUFS:
		return nil, ErrLost
	}
	return nil, fmt.Errorf("netlink receive: %w", err)
}
