package nl

import (
	"encoding/binary"
	"errors"
	"iter"

	"golang.org/x/sys/unix"
)

// Message types and flags (uapi/linux/netlink.h).
const (
	typeNoop  = 1
	typeError = 2
	typeDone  = 3

	flagRequest = unix.NLM_F_REQUEST
	flagAck     = unix.NLM_F_ACK
	flagMulti   = unix.NLM_F_MULTI
	flagDump    = unix.NLM_F_DUMP
	// An error repeats the request that it is about unless this is set, and
	// has attributes behind it if that is.
	flagInterrupted = unix.NLM_F_DUMP_INTR
	flagCapped      = 0x100
	flagTextFollows = 0x200

	attrErrorText = 1 // NLMSGERR_ATTR_MSG
)

var (
	// ErrInterrupted says that the kernel's data kept changing while it was
	// dumped: what came may be incomplete and must not be compared.
	ErrInterrupted = errors.New("the kernel's table kept changing while it was read")
	// ErrTimeout says that the kernel did not answer.
	ErrTimeout = errors.New("no answer from the kernel")
	// ErrLost says that the socket's buffer ran over: answers are missing.
	ErrLost = errors.New("answers of the kernel were lost")

	errGarbage = errors.New("malformed netlink message")
)

// Error is a refusal by the kernel.
type Error struct {
	Errno unix.Errno
	// Text is the kernel's own explanation, often absent.
	Text string
}

func (e *Error) Error() string {
	if e.Text == "" {
		return e.Errno.Error()
	}
	return e.Text + " (" + e.Errno.Error() + ")"
}

// Unwrap makes errors.Is(err, unix.ENOENT) work.
func (e *Error) Unwrap() error { return e.Errno }

// Message is one message as it came.
type Message struct {
	Type  uint16
	Flags uint16
	Seq   uint32
	Body  []byte
}

// Messages walks what one read returned. A message that was cut short is
// yielded with an error, and is the last.
func Messages(p []byte) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for len(p) >= headerLen {
			size := int(binary.NativeEndian.Uint32(p))
			if size < headerLen || size > len(p) {
				yield(Message{}, errGarbage)
				return
			}
			m := Message{
				Type:  binary.NativeEndian.Uint16(p[4:]),
				Flags: binary.NativeEndian.Uint16(p[6:]),
				Seq:   binary.NativeEndian.Uint32(p[8:]),
				Body:  p[headerLen:size],
			}
			if !yield(m, nil) {
				return
			}
			p = p[min((size+3)&^3, len(p)):]
		}
	}
}

// failure reads the result in an error or done message; nil is success.
func (m *Message) failure() error {
	if len(m.Body) < 4 {
		if m.Type == typeDone {
			return nil // old kernels close a dump with nothing
		}
		return errGarbage
	}
	code := int32(binary.NativeEndian.Uint32(m.Body))
	if code >= 0 {
		return nil
	}
	e := &Error{Errno: unix.Errno(-code)}
	if m.Flags&flagTextFollows != 0 {
		for typ, v := range Attrs(m.extra()) {
			if typ == attrErrorText {
				e.Text = v.Text()
			}
		}
	}
	return e
}

// extra are the attributes behind an error (struct nlmsgerr) or done message.
func (m *Message) extra() []byte {
	rest := m.Body[4:]
	if m.Type == typeDone {
		return rest
	}
	skip := headerLen
	if m.Flags&flagCapped == 0 && len(rest) >= headerLen {
		skip = (int(binary.NativeEndian.Uint32(rest)) + 3) &^ 3
	}
	if skip < headerLen || skip > len(rest) {
		return nil
	}
	return rest[skip:]
}
