package link

import (
	"encoding/binary"
	"fmt"
	"net"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// names answers what a name or a number of an interface stands for, in about a
// microsecond: the old ioctls do it without building a message of all that is
// known about the interface.
type names struct{ fd int }

type ifaceInfo struct {
	index int
	flags uint16
	mac   net.HardwareAddr // nil unless it is Ethernet
}

// up tells whether the interface is switched on and can send.
func (i *ifaceInfo) up() bool {
	const both = unix.IFF_UP | unix.IFF_RUNNING
	return i.flags&both == both
}

func openNames() (*names, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	return &names{fd}, nil
}

func (n *names) Close() error { return unix.Close(n.fd) }

// request is struct ifreq: a name, and what the call is about.
type request struct {
	name  [unix.IFNAMSIZ]byte
	value [24]byte
}

func (n *names) call(number uintptr, r *request) error {
	// Looking up a name never waits, so it goes past Go's scheduler, which
	// would hand a lone processor on meanwhile (see runtime/internal/nl).
	_, _, errno := unix.RawSyscall(unix.SYS_IOCTL, uintptr(n.fd), number, uintptr(unsafe.Pointer(r)))
	runtime.KeepAlive(r)
	if errno != 0 {
		return errno
	}
	return nil
}

// index is the number of an interface; unix.ENODEV if there is none.
func (n *names) index(name string) (int, error) {
	var r request
	if len(name) == 0 || len(name) >= len(r.name) {
		return 0, unix.ENODEV
	}
	copy(r.name[:], name)
	if err := n.call(unix.SIOCGIFINDEX, &r); err != nil {
		return 0, err
	}
	return int(binary.NativeEndian.Uint32(r.value[:])), nil
}

// name is the name of an interface; unix.ENODEV if there is none.
func (n *names) name(index int) (string, error) {
	var r request
	binary.NativeEndian.PutUint32(r.value[:], uint32(index))
	if err := n.call(unix.SIOCGIFNAME, &r); err != nil {
		return "", err
	}
	return unix.ByteSliceToString(r.name[:]), nil
}

// state tells an interface's number and flags.
func (n *names) state(name string) (i ifaceInfo, err error) {
	if i.index, err = n.index(name); err != nil {
		return i, err
	}
	var r request
	copy(r.name[:], name)
	err = n.call(unix.SIOCGIFFLAGS, &r)
	i.flags = binary.NativeEndian.Uint16(r.value[:])
	return i, err
}

// lookup tells what there is to know about an interface.
func (n *names) lookup(name string) (i ifaceInfo, err error) {
	if i, err = n.state(name); err != nil {
		return i, err
	}
	var r request
	copy(r.name[:], name)
	if err := n.call(unix.SIOCGIFHWADDR, &r); err != nil {
		return i, err
	}
	if binary.NativeEndian.Uint16(r.value[:]) == unix.ARPHRD_ETHER { // struct sockaddr
		i.mac = net.HardwareAddr(append([]byte(nil), r.value[2:8]...))
	}
	return i, nil
}
