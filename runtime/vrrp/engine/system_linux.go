package engine

import (
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// system is the network of the calling thread's namespace.
type system struct{}

// option is one setsockopt.
type option struct {
	name         string
	level, which int
	value        int
}

// open opens a raw socket with options, bound to its interface if it has one.
func open(v6 bool, protocol int, on linkInfo, options []option) (fd int, err error) {
	family := unix.AF_INET
	if v6 {
		family = unix.AF_INET6
	}
	fd, err = unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
	if err != nil {
		return -1, fmt.Errorf("raw socket: %w", err)
	}
	if on.Name != "" {
		if err = unix.SetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, on.Name); err != nil {
			err = fmt.Errorf("bind to %s: %w", on.Name, err)
		}
	}
	for _, o := range options {
		if err != nil {
			break
		}
		if err = unix.SetsockoptInt(fd, o.level, o.which, o.value); err != nil {
			err = fmt.Errorf("%s: %w", o.name, err)
		}
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// priorityControl is TC_PRIO_CONTROL: adverts go before data in the queue.
const priorityControl = 7

// Dial opens a socket that takes whole packets and hears nothing: that is
// what the protocol number IPPROTO_RAW means.  Only with headers of our own
// are source, identification, TOS and hop limit what they should be, whatever
// addresses the interface has (facts 3.1, 3.15).
func (system) Dial(by linkInfo, v6 bool) (sender, error) {
	options := []option{
		{"SO_PRIORITY", unix.SOL_SOCKET, unix.SO_PRIORITY, priorityControl},
		{"IP_MULTICAST_LOOP", unix.IPPROTO_IP, unix.IP_MULTICAST_LOOP, 0},
	}
	if v6 {
		options[1] = option{"IPV6_MULTICAST_LOOP", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_LOOP, 0}
	}
	fd, err := open(v6, unix.IPPROTO_RAW, by, options)
	if err != nil {
		return nil, err
	}
	return &rawSender{fd: fd, v6: v6, index: by.Index}, nil
}

// rawSender is used under the engine's lock alone.  It never waits for the
// socket, so the runtime's poller need not know it.
type rawSender struct {
	fd    int
	v6    bool
	index int
	to4   unix.SockaddrInet4 // here, so that sending allocates nothing
	to6   unix.SockaddrInet6
}

func (s *rawSender) Send(frame []byte, to netip.Addr) error {
	flags := unix.MSG_DONTWAIT
	if to.IsMulticast() {
		flags |= unix.MSG_DONTROUTE
	}
	if s.v6 {
		s.to6.Addr, s.to6.ZoneId = to.As16(), 0
		if to.IsLinkLocalUnicast() || to.IsLinkLocalMulticast() {
			s.to6.ZoneId = uint32(s.index)
		}
		return unix.Sendto(s.fd, frame, flags, &s.to6)
	}
	s.to4.Addr = to.As4()
	return unix.Sendto(s.fd, frame, flags, &s.to4)
}

func (s *rawSender) Close() error { return unix.Close(s.fd) }

// Listen opens a socket for one group or one own address.  There is one for
// each interface, because a socket can join no more than 20 groups
// (igmp_max_memberships), and each is bound to what it is for, so that it
// hears nothing else.
func (system) Listen(on linkInfo, key listenKey) (listener, error) {
	l := rawListener{v6: key.local.Is6()}
	options := []option{{"IP_FREEBIND", unix.IPPROTO_IP, unix.IP_FREEBIND, 1}}
	if key.local.IsMulticast() {
		options[0] = option{"IP_MULTICAST_ALL", unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0} // else groups that others joined are heard, too
	}
	if l.v6 {
		options = []option{
			{"IPV6_FREEBIND", unix.IPPROTO_IPV6, unix.IPV6_FREEBIND, 1},
			{"IPV6_MULTICAST_ALL", unix.IPPROTO_IPV6, ipv6MulticastAll, 0},
			{"IPV6_RECVHOPLIMIT", unix.IPPROTO_IPV6, unix.IPV6_RECVHOPLIMIT, 1},
			{"IPV6_RECVPKTINFO", unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1},
		}
	}
	l.protocol = wire.Protocol
	if key.ah {
		l.protocol, l.skip = wire.ProtocolAH, wire.AHLen
	}
	fd, err := open(l.v6, l.protocol, on, options)
	if err != nil {
		return nil, err
	}
	if err = joinGroup(fd, on, key.local); err == nil {
		err = bind(fd, on, key.local)
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	l.fd, l.file = fd, os.NewFile(uintptr(fd), "vrrp "+on.Name)
	if l.conn, err = l.file.SyscallConn(); err != nil {
		l.file.Close()
		return nil, err
	}
	return &l, nil
}

// ipv6MulticastAll is IPV6_MULTICAST_ALL (kernel 4.20), which x/sys does not name.
const ipv6MulticastAll = 29

func joinGroup(fd int, on linkInfo, group netip.Addr) (err error) {
	switch {
	case !group.IsMulticast():
		return nil
	case group.Is6():
		m := &unix.IPv6Mreq{Multiaddr: group.As16(), Interface: uint32(on.Index)}
		err = unix.SetsockoptIPv6Mreq(fd, unix.IPPROTO_IPV6, unix.IPV6_JOIN_GROUP, m)
	default:
		m := &unix.IPMreqn{Multiaddr: group.As4(), Ifindex: int32(on.Index)}
		err = unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP, m)
	}
	if err != nil {
		return fmt.Errorf("join %s on %s: %w", group, on.Name, err)
	}
	return nil
}

func bind(fd int, on linkInfo, local netip.Addr) error {
	var to unix.Sockaddr
	if local.Is6() {
		sa := &unix.SockaddrInet6{Addr: local.As16()}
		if local.IsLinkLocalUnicast() || local.IsLinkLocalMulticast() {
			sa.ZoneId = uint32(on.Index)
		}
		to = sa
	} else {
		to = &unix.SockaddrInet4{Addr: local.As4()}
	}
	if err := unix.Bind(fd, to); err != nil {
		return fmt.Errorf("bind to %s: %w", local, err)
	}
	return nil
}
