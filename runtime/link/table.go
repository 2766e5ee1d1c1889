package link

import (
	"errors"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/internal/nl"
)

// tableSocket asks for, or writes, routes and rules. What reads has one of its
// own: no write waits for a long table.
type tableSocket struct {
	mu    sync.Mutex
	nl    *nl.Socket
	batch nl.Batch
	errs  []error
}

func openTable() (*tableSocket, error) {
	s, err := nl.Open(unix.NETLINK_ROUTE)
	if err != nil {
		return nil, err
	}
	_ = s.Strict() // before kernel 4.20 more is read than was asked for
	return &tableSocket{nl: s}, nil
}

// dump reads the entries that a request asks for; begin is called before each
// attempt.
func (s *tableSocket) dump(typ uint16, header []byte, begin func(), each func(body []byte) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batch.Reset()
	s.batch.Begin(typ, 0)
	s.batch.Raw(header...)
	return s.nl.Dump(&s.batch, begin, each)
}

// write sends one request and gives the kernel's answer.
func (s *tableSocket) write(typ, flags uint16, fill func(*nl.Batch) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batch.Reset()
	s.batch.Begin(typ, flags)
	if err := fill(&s.batch); err != nil {
		return err
	}
	errs, err := s.nl.Do(&s.batch, s.errs)
	s.errs = errs
	return errors.Join(err, errs[0])
}

func (s *tableSocket) Close() error { return s.nl.Close() }
