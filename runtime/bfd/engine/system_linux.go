package engine

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// system is the network of the calling thread's namespace.
type system struct{}

func (system) Index(ifname string) (int, error) {
	i, err := net.InterfaceByName(ifname)
	if err != nil {
		return 0, fmt.Errorf("interface %s: %w", ifname, err)
	}
	return i.Index, nil
}

// option is one setsockopt.
type option struct {
	name                string
	level, which, value int
}

// priorityControl is TC_PRIO_CONTROL, and classControl DSCP CS6: BFD goes
// before data in queues.
const priorityControl, classControl = 7, 0xc0

// udp opens a bound socket.
func udp(local netip.AddrPort, options []option) (int, error) {
	family := unix.AF_INET
	if local.Addr().Is6() {
		family = unix.AF_INET6
	}
	at, err := sockaddr(local)
	if err != nil {
		return -1, err
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, fmt.Errorf("UDP socket: %w", err)
	}
	for _, o := range options {
		if err := unix.SetsockoptInt(fd, o.level, o.which, o.value); err != nil {
			unix.Close(fd)
			return -1, fmt.Errorf("%s: %w", o.name, err)
		}
	}
	if err := unix.Bind(fd, at); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("bind to %s: %w", local, err)
	}
	return fd, nil
}

func sockaddr(a netip.AddrPort) (unix.Sockaddr, error) {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Addr: a.Addr().As4(), Port: int(a.Port())}, nil
	}
	to := &unix.SockaddrInet6{Addr: a.Addr().As16(), Port: int(a.Port())}
	if zone := a.Addr().Zone(); zone != "" {
		index, err := system{}.Index(zone)
		if err != nil {
			return nil, err
		}
		to.ZoneId = uint32(index)
	}
	return to, nil
}

func (system) Open(local, remote netip.AddrPort, ttl uint8) (output, error) {
	to, err := sockaddr(remote)
	if err != nil {
		return nil, err
	}
	options := []option{{"IP_TTL", unix.IPPROTO_IP, unix.IP_TTL, int(ttl)}, {"IP_TOS", unix.IPPROTO_IP, unix.IP_TOS, classControl}}
	if remote.Addr().Is6() {
		options = []option{{"IPV6_V6ONLY", unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1},
			{"IPV6_UNICAST_HOPS", unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, int(ttl)}, {"IPV6_TCLASS", unix.IPPROTO_IPV6, unix.IPV6_TCLASS, classControl}}
	}
	fd, err := udp(local, append(options, option{"SO_PRIORITY", unix.SOL_SOCKET, unix.SO_PRIORITY, priorityControl}))
	if err != nil {
		return nil, err
	}
	return &sender{fd, to}, nil
}

// sender is not connected: what ICMP says about the peer is not heard (a
// connected socket would fail because of it).
type sender struct {
	fd int
	to unix.Sockaddr
}

func (s *sender) Send(pdu []byte) error { return unix.Sendto(s.fd, pdu, unix.MSG_DONTWAIT, s.to) }
func (s *sender) Close() error          { return unix.Close(s.fd) }

func (system) Listen(local netip.AddrPort, wake func()) (input, error) {
	options := []option{{"IP_PKTINFO", unix.IPPROTO_IP, unix.IP_PKTINFO, 1}, {"IP_RECVTTL", unix.IPPROTO_IP, unix.IP_RECVTTL, 1}}
	if local.Addr().Is6() {
		options = []option{{"IPV6_V6ONLY", unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1},
			{"IPV6_RECVPKTINFO", unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1}, {"IPV6_RECVHOPLIMIT", unix.IPPROTO_IPV6, unix.IPV6_RECVHOPLIMIT, 1}}
	}
	fd, err := udp(local, options)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "bfd "+local.String())
	raw, err := f.SyscallConn()
	if err != nil {
		f.Close()
		return nil, err
	}
	// It wakes the loop whenever packets arrive, and reads none; it ends when
	// the file is closed.
	go raw.Read(func(uintptr) bool { wake(); return false }) //nolint:errcheck // that is the end
	return &receiver{file: f, fd: fd, control: make([]byte, 128)}, nil
}

type receiver struct {
	file    *os.File
	fd      int // of file; used by the loop alone, which also closes it
	control []byte
}

func (r *receiver) Close() error { return r.file.Close() }

func (r *receiver) Receive(buf []byte) (datagram, bool) {
	for {
		n, nc, _, from, err := unix.Recvmsg(r.fd, buf, r.control, unix.MSG_DONTWAIT)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return datagram{}, false
		}
		d := datagram{Payload: buf[:n]}
		switch a := from.(type) {
		case *unix.SockaddrInet4:
			d.Src = netip.AddrFrom4(a.Addr)
		case *unix.SockaddrInet6:
			d.Src = netip.AddrFrom16(a.Addr)
		}
		if d.ancillary(r.control[:nc]) {
			return d, true
		}
	}
}

// ancillary reads what the kernel tells beside a packet.
func (d *datagram) ancillary(b []byte) bool {
	messages, err := unix.ParseSocketControlMessage(b)
	if err != nil {
		return false
	}
	var ttl, info bool
	for _, m := range messages {
		switch h := m.Header; {
		case h.Level == unix.IPPROTO_IP && h.Type == unix.IP_TTL && len(m.Data) >= 4,
			h.Level == unix.IPPROTO_IPV6 && h.Type == unix.IPV6_HOPLIMIT && len(m.Data) >= 4:
			d.TTL, ttl = uint8(binary.NativeEndian.Uint32(m.Data)), true
		case h.Level == unix.IPPROTO_IP && h.Type == unix.IP_PKTINFO && len(m.Data) >= 12:
			d.Index, info = int(binary.NativeEndian.Uint32(m.Data)), true
			d.Dst = netip.AddrFrom4([4]byte(m.Data[8:12]))
		case h.Level == unix.IPPROTO_IPV6 && h.Type == unix.IPV6_PKTINFO && len(m.Data) >= 20:
			d.Index, info = int(binary.NativeEndian.Uint32(m.Data[16:])), true
			d.Dst = netip.AddrFrom16([16]byte(m.Data[:16]))
		}
	}
	return ttl && info
}
