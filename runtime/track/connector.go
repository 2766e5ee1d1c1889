package track

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// The kernel's process connector (linux/cn_proc.h): a netlink multicast group
// that tells of every fork, exec, change of name and exit.
const (
	cnProc   = 1 // CN_IDX_PROC and CN_VAL_PROC, and the multicast group
	cnListen = 1 // PROC_CN_MCAST_LISTEN
	cnHeader = 20
	// cnBuffer is the receive buffer: some ten thousand events.
	cnBuffer = 4 << 20
	// cnAnswer is how long the kernel is given to say that it listens.
	cnAnswer = 500 * time.Millisecond
)

// happening is what an event says of a process.
type happening uint32

const (
	listening happening = 0 // the answer to the request
	forked    happening = 1
	executed  happening = 2
	renamed   happening = 0x200
	exited    happening = 0x80000000

	// Of the connector itself: events were lost, or there are no more.
	lost   happening = 0xfffffffe
	broken happening = 0xffffffff
)

// event is one event of a process; those of threads are left out.
type event struct {
	what happening
	pid  int
	// parent is the process that forked.
	parent int
	// errno is the kernel's answer to the request.
	errno unix.Errno
}

// parseEvent reads one datagram of the connector: netlink header, connector
// header, event. ok is false for what is of no interest.
func parseEvent(b []byte) (ev event, ok bool) {
	const head = unix.SizeofNlMsghdr + cnHeader
	if len(b) < head+16+4 {
		return ev, false
	}
	ne := binary.NativeEndian
	if ne.Uint32(b[unix.SizeofNlMsghdr:]) != cnProc || ne.Uint32(b[unix.SizeofNlMsghdr+4:]) != cnProc {
		return ev, false
	}
	b = b[head:]
	ev.what, b = happening(ne.Uint32(b)), b[16:] // kind, processor, time
	field := func(n int) int { return int(int32(ne.Uint32(b[4*n:]))) }
	switch ev.what {
	case listening:
		ev.errno = unix.Errno(ne.Uint32(b))
		return ev, true
	case forked: // parent, parent's group, child, child's group
		if len(b) < 16 {
			return ev, false
		}
		ev.parent, ev.pid = field(1), field(2)
		return ev, ev.pid == field(3)
	case executed, renamed, exited: // thread, process
		if len(b) < 8 {
			return ev, false
		}
		// A thread that executes takes the place of its process.
		ev.pid = field(1)
		return ev, ev.what == executed || ev.pid == field(0)
	}
	return ev, false
}

// connector is an open process connector.
type connector struct {
	file   *os.File
	closed chan struct{}
}

// openConnector asks the kernel for events. It fails where the kernel has none
// to give: without CAP_NET_ADMIN, outside of the first user, process and
// network namespaces, or built without CONFIG_PROC_EVENTS.
func openConnector() (*connector, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_CONNECTOR)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	c := &connector{os.NewFile(uintptr(fd), "process connector"), make(chan struct{})}
	if err := c.listen(fd); err != nil {
		return nil, errors.Join(err, c.file.Close())
	}
	return c, nil
}

func (c *connector) listen(fd int) error {
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, cnBuffer)
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: cnProc}); err != nil {
		return os.NewSyscallError("bind", err)
	}
	if err := unix.Sendto(fd, listenRequest(), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return os.NewSyscallError("sendto", err)
	}
	// Where it does not want to, the kernel says nothing at all.
	defer c.file.SetReadDeadline(time.Time{})
	if err := c.file.SetReadDeadline(time.Now().Add(cnAnswer)); err != nil {
		return err
	}
	for {
		ev, err := c.read()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return errors.New("the kernel does not answer: this is not the first user and process namespace")
		case err != nil:
			return err
		case ev.what == listening && ev.errno != 0:
			return fmt.Errorf("refused: %w", ev.errno)
		case ev.what == listening:
			return nil
		}
	}
}

func listenRequest() []byte {
	const size = unix.SizeofNlMsghdr + cnHeader + 4
	b := make([]byte, size)
	ne := binary.NativeEndian
	ne.PutUint32(b[0:], size)
	ne.PutUint16(b[4:], unix.NLMSG_DONE)
	ne.PutUint32(b[12:], uint32(os.Getpid()))
	ne.PutUint32(b[16:], cnProc)
	ne.PutUint32(b[20:], cnProc)
	ne.PutUint16(b[32:], 4) // length of the data
	ne.PutUint32(b[36:], cnListen)
	return b
}

// read waits for the next event that is of interest. unix.ENOBUFS says that
// some were lost.
func (c *connector) read() (event, error) {
	var b [512]byte
	for {
		n, err := c.file.Read(b[:])
		if err != nil {
			return event{}, err
		}
		if ev, ok := parseEvent(b[:n]); ok {
			return ev, nil
		}
	}
}

// forward hands on what the kernel tells, until close.
func (c *connector) forward(to chan<- event) {
	for {
		ev, err := c.read()
		switch {
		case errors.Is(err, unix.ENOBUFS):
			ev = event{what: lost}
		case err != nil:
			ev = event{what: broken}
		}
		select {
		case to <- ev:
		case <-c.closed:
			return
		}
		if ev.what == broken {
			return
		}
	}
}

func (c *connector) close() {
	close(c.closed)
	_ = c.file.Close()
}
