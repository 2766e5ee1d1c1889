package engine

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// system is the network of the calling thread's namespace.
type system struct{}

// Open opens a raw socket.  There is one for each interface, because a socket
// can join no more than 20 groups (igmp_max_memberships), and each is bound to
// its device and group, so that it hears nothing else.
func (system) Open(info linkInfo, group netip.Addr) (port, error) {
	family := unix.AF_INET
	if group.Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, wire.Protocol)
	if err != nil {
		return nil, fmt.Errorf("raw socket: %w", err)
	}
	if group.Is6() {
		err = setup6(fd, info, group)
	} else {
		err = setup4(fd, info, group)
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "vrrp "+info.Name)
	if group.Is6() {
		return newPort6(f, fd, info, group)
	}
	return &port4{file: f, fd: fd, to: &unix.SockaddrInet4{Addr: group.As4()}, group: group}, nil
}

// option is one setsockopt.
type option struct {
	name         string
	level, which int
	value        int
}

func set(fd int, info linkInfo, options []option) error {
	if err := unix.SetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, info.Name); err != nil {
		return fmt.Errorf("bind to %s: %w", info.Name, err)
	}
	for _, o := range options {
		if err := unix.SetsockoptInt(fd, o.level, o.which, o.value); err != nil {
			return fmt.Errorf("%s: %w", o.name, err)
		}
	}
	return nil
}

// priorityControl is TC_PRIO_CONTROL: adverts go before data in the queue.
const priorityControl = 7

func setup4(fd int, info linkInfo, group netip.Addr) error {
	err := set(fd, info, []option{
		{"IP_HDRINCL", unix.IPPROTO_IP, unix.IP_HDRINCL, 1},
		{"IP_MULTICAST_ALL", unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0}, // else groups that others joined are heard, too
		{"IP_MULTICAST_LOOP", unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, 0},
		{"SO_PRIORITY", unix.SOL_SOCKET, unix.SO_PRIORITY, priorityControl},
	})
	if err != nil {
		return err
	}
	m := &unix.IPMreqn{Multiaddr: group.As4(), Ifindex: int32(info.Index)}
	if err := unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, m); err != nil {
		return fmt.Errorf("IP_MULTICAST_IF: %w", err)
	}
	if err := unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP, m); err != nil {
		return fmt.Errorf("join %s on %s: %w", group, info.Name, err)
	}
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: group.As4()}); err != nil {
		return fmt.Errorf("bind to %s: %w", group, err)
	}
	return nil
}

// port4 writes its IPv4 headers itself: only so are source, identification and
// TOS what they should be (fact 3.1).
type port4 struct {
	file  *os.File
	fd    int // of file; used by the loop alone, which also closes it
	to    unix.Sockaddr
	group netip.Addr
	id    uint16
	frame []byte
}

func (p *port4) Send(pdu []byte, src netip.Addr) error {
	if !src.Is4() {
		return errNoSource
	}
	p.id = wire.NextID(p.id)
	p.frame = wire.AppendIPv4Header(p.frame[:0], p.id, len(pdu), src, p.group)
	p.frame = append(p.frame, pdu...)
	return unix.Sendto(p.fd, p.frame, unix.MSG_DONTWAIT|unix.MSG_DONTROUTE, p.to)
}

func (p *port4) Receive(buf []byte) (datagram, error) {
	for {
		n, err := p.file.Read(buf)
		if errors.Is(err, os.ErrClosed) {
			return datagram{}, err
		}
		if err != nil {
			time.Sleep(pause)
			continue
		}
		h, payload, err := wire.ParseIPv4(buf[:n])
		if err != nil || h.Protocol != wire.Protocol {
			continue
		}
		return datagram{Src: h.Src, Dst: h.Dst, TTL: h.TTL, Payload: payload}, nil
	}
}

func (p *port4) Close() error { return p.file.Close() }

// pause keeps a socket with a lasting error from taking a whole core.
const pause = 100 * time.Millisecond

var errNoSource = errors.New("no source address")
