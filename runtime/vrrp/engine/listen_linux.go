package engine

import (
	"encoding/binary"
	"net/netip"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// rawListener hears one protocol.  Receive is called under the engine's lock
// alone.
type rawListener struct {
	file *os.File
	conn syscall.RawConn
	fd   int // of file, which the engine closes after its last Receive
	v6   bool
	// protocol is what it hears; skip, what stands before the advert.
	protocol, skip int

	// What recvmsg fills in; here, so that receiving allocates nothing.
	msg     unix.Msghdr
	iov     unix.Iovec
	from    unix.RawSockaddrInet6
	control [128]byte
}

// Wait uses the runtime's poller: a goroutine that waits costs no thread.
func (l *rawListener) Wait(arrived func() bool) {
	_ = l.conn.Read(func(uintptr) bool {
		for arrived() {
			runtime.Gosched()
		}
		return false // the socket is empty: call again when it is not
	})
}

func (l *rawListener) Close() error { return l.file.Close() }

func (l *rawListener) Receive(buf []byte) (datagram, bool) {
	if l.v6 {
		return l.receive6(buf)
	}
	for {
		n, err := unix.Read(l.fd, buf)
		if err != nil {
			if err == unix.EINTR {
				continue
			}
			// EAGAIN, or an error of the interface that reading has cleared;
			// a lasting one shows as an interface that is down.
			return datagram{}, false
		}
		h, payload, err := wire.ParseIPv4(buf[:n])
		if err != nil || int(h.Protocol) != l.protocol {
			continue
		}
		return datagram{Src: h.Src, Dst: h.Dst, TTL: h.TTL, Header: buf[:n-len(payload)], Payload: payload}, true
	}
}

// receive6 asks for the addresses and the hop limit, as an IPv6 socket gives
// no headers.  It calls recvmsg itself: package unix would allocate.
func (l *rawListener) receive6(buf []byte) (datagram, bool) {
	l.iov.Base = &buf[0]
	l.iov.SetLen(len(buf))
	for {
		l.msg = unix.Msghdr{
			Name: (*byte)(unsafe.Pointer(&l.from)), Namelen: unix.SizeofSockaddrInet6,
			Iov: &l.iov, Control: &l.control[0],
		}
		l.msg.SetIovlen(1)
		l.msg.SetControllen(len(l.control))
		n, _, errno := unix.Syscall(unix.SYS_RECVMSG, uintptr(l.fd), uintptr(unsafe.Pointer(&l.msg)), 0)
		if errno == unix.EINTR {
			continue
		}
		if errno != 0 {
			return datagram{}, false
		}
		d := datagram{Src: netip.AddrFrom16(l.from.Addr), Payload: buf[:n]}
		d.Dst, d.TTL = control6(l.control[:l.msg.Controllen])
		return d, true
	}
}

// control6 reads destination and hop limit from control messages.
func control6(b []byte) (dst netip.Addr, hops uint8) {
	for len(b) >= unix.SizeofCmsghdr {
		h := (*unix.Cmsghdr)(unsafe.Pointer(&b[0]))
		if int(h.Len) < unix.SizeofCmsghdr || int(h.Len) > len(b) {
			break
		}
		data := b[unix.CmsgLen(0):h.Len]
		switch {
		case h.Level != unix.IPPROTO_IPV6:
		case h.Type == unix.IPV6_PKTINFO && len(data) >= 16:
			dst = netip.AddrFrom16([16]byte(data[:16]))
		case h.Type == unix.IPV6_HOPLIMIT && len(data) >= 4:
			hops = uint8(binary.NativeEndian.Uint32(data))
		}
		b = b[min(unix.CmsgSpace(len(data)), len(b)):]
	}
	return dst, hops
}
