package link

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Unsolicited neighbour advertisement, RFC 4861 sections 4.4 and 7.2.6.
const (
	advertisementType = 136
	flagOverride      = 0x20 // neighbours replace what they have
	flagRouter        = 0x80
	optionTargetMAC   = 2
	advertisementSize = 32
)

var allNodes = [16]byte{0xff, 0x02, 15: 1} // ff02::1

// neighborSocket sends advertisements on any interface.
type neighborSocket struct{ fd int }

func openNeighbor() (*neighborSocket, error) {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.IPPROTO_ICMPV6)
	if err != nil {
		return nil, fmt.Errorf("ICMPv6 socket: %w", err)
	}
	n := &neighborSocket{fd}
	var nothing unix.ICMPv6Filter
	for i := range nothing.Data {
		nothing.Data[i] = ^uint32(0) // a set bit blocks: this socket only sends
	}
	err = errors.Join(
		unix.SetsockoptICMPv6Filter(fd, unix.IPPROTO_ICMPV6, unix.ICMPV6_FILTER, &nothing),
		unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, 255), // others are not believed
		unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_LOOP, 0),
	)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("ICMPv6 socket: %w", err), n.Close())
	}
	return n, nil
}

func (n *neighborSocket) Close() error { return unix.Close(n.fd) }

// advertise sends one advertisement for the address. It comes from the address
// itself, as keepalived's does, unless the kernel does not let it: then the
// kernel chooses. Hosts drop a default router that says it is none, so router
// must be true where the interface forwards.
func (n *neighborSocket) advertise(i *ifaceInfo, addr netip.Addr, router bool) error {
	body := advertisement(addr, i.mac, router)
	to := unix.SockaddrInet6{Addr: allNodes, ZoneId: uint32(i.index)}
	var control [64]byte
	err := unix.Sendmsg(n.fd, body[:], packetInfo(control[:0], i.index, addr), &to, 0)
	if err == unix.EINVAL || err == unix.EADDRNOTAVAIL {
		err = unix.Sendmsg(n.fd, body[:], packetInfo(control[:0], i.index, netip.IPv6Unspecified()), &to, 0)
	}
	return err
}

// advertisement is the ICMPv6 message; its checksum is filled in by the kernel.
func advertisement(addr netip.Addr, mac net.HardwareAddr, router bool) (b [advertisementSize]byte) {
	b[0] = advertisementType
	b[4] = flagOverride
	if router {
		b[4] |= flagRouter
	}
	target := addr.As16()
	copy(b[8:], target[:])
	b[24], b[25] = optionTargetMAC, 1 // its length is one unit of 8 bytes
	copy(b[26:], mac)
	return b
}

// packetInfo is the control message IPV6_PKTINFO: which interface and source.
func packetInfo(p []byte, index int, source netip.Addr) []byte {
	const size = 20 // struct in6_pktinfo
	p = p[:unix.CmsgSpace(size)]
	h := (*unix.Cmsghdr)(unsafe.Pointer(&p[0]))
	h.Level, h.Type = unix.IPPROTO_IPV6, unix.IPV6_PKTINFO
	h.SetLen(unix.CmsgLen(size))
	at := unix.CmsgLen(0)
	addr := source.As16()
	copy(p[at:], addr[:])
	binary.NativeEndian.PutUint32(p[at+16:], uint32(index))
	return p
}
