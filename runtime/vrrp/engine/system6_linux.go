package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// ipv6MulticastAll is IPV6_MULTICAST_ALL (kernel 4.20), which x/sys does not name.
const ipv6MulticastAll = 29

func setup6(fd int, info linkInfo, group netip.Addr) error {
	err := set(fd, info, []option{
		{"IPV6_MULTICAST_HOPS", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, wire.TTL},
		{"IPV6_MULTICAST_LOOP", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_LOOP, 0},
		{"IPV6_MULTICAST_IF", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF, info.Index},
		{"IPV6_MULTICAST_ALL", unix.IPPROTO_IPV6, ipv6MulticastAll, 0},
		{"IPV6_TCLASS", unix.IPPROTO_IPV6, unix.IPV6_TCLASS, wire.TOS},
		{"IPV6_RECVHOPLIMIT", unix.IPPROTO_IPV6, unix.IPV6_RECVHOPLIMIT, 1},
		{"IPV6_RECVPKTINFO", unix.IPPROTO_IPV6, unix.IPV6_RECVPKTINFO, 1},
		{"SO_PRIORITY", unix.SOL_SOCKET, unix.SO_PRIORITY, priorityControl},
	})
	if err != nil {
		return err
	}
	m := &unix.IPv6Mreq{Multiaddr: group.As16(), Interface: uint32(info.Index)}
	if err := unix.SetsockoptIPv6Mreq(fd, unix.IPPROTO_IPV6, unix.IPV6_JOIN_GROUP, m); err != nil {
		return fmt.Errorf("join %s on %s: %w", group, info.Name, err)
	}
	if err := unix.Bind(fd, &unix.SockaddrInet6{Addr: group.As16(), ZoneId: uint32(info.Index)}); err != nil {
		return fmt.Errorf("bind to %s: %w", group, err)
	}
	return nil
}

// port6 leaves the IPv6 header to the kernel and names the source in a control
// message.  The checksum is ours, not the kernel's (compare fact 3.7).
type port6 struct {
	file  *os.File
	conn  syscall.RawConn
	fd    int // of file; used by the loop alone, which also closes it
	to    unix.Sockaddr
	index int
	src   netip.Addr // the source that control names
	ctl   []byte
	in    []byte // control messages of received packets; the reader's own
}

func newPort6(f *os.File, fd int, info linkInfo, group netip.Addr) (port, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		f.Close()
		return nil, err
	}
	return &port6{
		file: f, conn: conn, fd: fd, index: info.Index, in: make([]byte, 256),
		to: &unix.SockaddrInet6{Addr: group.As16(), ZoneId: uint32(info.Index)},
	}, nil
}

func (p *port6) Send(pdu []byte, src netip.Addr) error {
	if !src.Is6() {
		return errNoSource
	}
	if src != p.src {
		p.src = src
		p.ctl = unix.PktInfo6(&unix.Inet6Pktinfo{Addr: src.As16(), Ifindex: uint32(p.index)})
	}
	_, err := unix.SendmsgN(p.fd, pdu, p.ctl, p.to, unix.MSG_DONTWAIT|unix.MSG_DONTROUTE)
	return err
}

func (p *port6) Receive(buf []byte) (datagram, error) {
	for {
		var n, oobn int
		var from unix.Sockaddr
		var rerr error
		err := p.conn.Read(func(fd uintptr) bool {
			n, oobn, _, from, rerr = unix.Recvmsg(int(fd), buf, p.in, 0)
			return !errors.Is(rerr, unix.EAGAIN)
		})
		if err != nil {
			return datagram{}, err // closed
		}
		src, ok := from.(*unix.SockaddrInet6)
		if rerr != nil || !ok {
			time.Sleep(pause)
			continue
		}
		d := datagram{Src: netip.AddrFrom16(src.Addr), Payload: buf[:n]}
		d.Dst, d.TTL = control6(p.in[:oobn])
		return d, nil
	}
}

func (p *port6) Close() error { return p.file.Close() }

// control6 reads destination and hop limit.
func control6(b []byte) (dst netip.Addr, hops uint8) {
	messages, err := unix.ParseSocketControlMessage(b)
	if err != nil {
		return dst, 0
	}
	for _, m := range messages {
		if m.Header.Level != unix.IPPROTO_IPV6 {
			continue
		}
		switch {
		case m.Header.Type == unix.IPV6_PKTINFO && len(m.Data) >= 16:
			dst = netip.AddrFrom16([16]byte(m.Data[:16]))
		case m.Header.Type == unix.IPV6_HOPLIMIT && len(m.Data) >= 4:
			hops = uint8(binary.NativeEndian.Uint32(m.Data))
		}
	}
	return dst, hops
}
