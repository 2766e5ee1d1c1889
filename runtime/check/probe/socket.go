package probe

import (
	"net"
	"strconv"

	"golang.org/x/sys/unix"
)

// dialer opens non-blocking connections. It holds the addresses in the form that the kernel wants, so that a probe allocates
// nothing; hence it is for one goroutine.
type dialer struct {
	four unix.SockaddrInet4
	six  unix.SockaddrInet6
}

// open makes a socket and begins to connect it. It returns the descriptor, or a verdict if there can be no connection.
// A connection that stands at once is reported by epoll like any other.
func (d *dialer) open(t *Target) (fd int, v verdict, ok bool) {
	addr := t.Addr.Addr().Unmap()
	family := unix.AF_INET6
	if addr.Is4() {
		family = unix.AF_INET
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, failErrno(causeSocket, "", err.(unix.Errno)), false
	}
	if what, err := d.setup(fd, t); err != nil {
		unix.Close(fd)
		return 0, failErrno(causeSetup, what, errnoOf(err)), false
	}
	sa, err := d.sockaddr(addr.Zone(), t)
	if err == nil {
		err = unix.Connect(fd, sa)
	}
	switch err {
	case nil, unix.EINPROGRESS, unix.EINTR:
		return fd, verdict{}, true
	}
	unix.Close(fd)
	return 0, failErrno(causeConnect, "", errnoOf(err)), false
}

// setup applies mark, interface and source address, in this order: the interface decides which addresses may be used.
func (d *dialer) setup(fd int, t *Target) (what string, err error) {
	if t.Mark != 0 {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_MARK, int(t.Mark)); err != nil {
			return "firewall mark", err
		}
	}
	if t.BindIf != "" {
		if err := unix.BindToDevice(fd, t.BindIf); err != nil {
			return "interface " + t.BindIf, err
		}
	}
	bind := t.Bind.Addr().Unmap()
	if !bind.IsValid() {
		return "", nil
	}
	if t.Bind.Port() == 0 {
		// The port is chosen at connect, when the other end is known: otherwise some 28,000 probes use up all ports.
		_ = unix.SetsockoptInt(fd, unix.SOL_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
	} else {
		// The last connection from this port may still be in TIME_WAIT.
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	}
	if bind.Is4() {
		err = unix.Bind(fd, d.fill4(bind.As4(), t.Bind.Port()))
	} else {
		var zone uint32
		if zone, err = zoneID(bind.Zone(), t.BindIf); err == nil {
			err = unix.Bind(fd, d.fill6(bind.As16(), t.Bind.Port(), zone))
		}
	}
	if err != nil {
		return "source address " + t.Bind.Addr().String(), err
	}
	return "", nil
}

// sockaddr returns where to connect.
func (d *dialer) sockaddr(zone string, t *Target) (unix.Sockaddr, error) {
	addr := t.Addr.Addr().Unmap()
	if addr.Is4() {
		return d.fill4(addr.As4(), t.Addr.Port()), nil
	}
	id, err := zoneID(zone, "")
	if err != nil {
		return nil, err
	}
	return d.fill6(addr.As16(), t.Addr.Port(), id), nil
}

func (d *dialer) fill4(addr [4]byte, port uint16) unix.Sockaddr {
	d.four.Addr, d.four.Port = addr, int(port)
	return &d.four
}

func (d *dialer) fill6(addr [16]byte, port uint16, zone uint32) unix.Sockaddr {
	d.six.Addr, d.six.Port, d.six.ZoneId = addr, int(port), zone
	return &d.six
}

// zoneID returns the index of the interface that a zone names, by name or by number; 0 without a zone.
func zoneID(zone, otherwise string) (uint32, error) {
	if zone == "" {
		zone = otherwise
	}
	if zone == "" {
		return 0, nil
	}
	if n, err := strconv.ParseUint(zone, 10, 31); err == nil {
		return uint32(n), nil
	}
	ifi, err := net.InterfaceByName(zone)
	if err != nil {
		return 0, unix.ENODEV
	}
	return uint32(ifi.Index), nil
}

// errnoOf returns the errno behind an error of x/sys, which makes no other kind but for bad arguments.
func errnoOf(err error) unix.Errno {
	if e, ok := err.(unix.Errno); ok {
		return e
	}
	return unix.EINVAL
}

// socketError returns what became of a connection: 0 if it stands.
func socketError(fd int) unix.Errno {
	e, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return errnoOf(err)
	}
	return unix.Errno(e)
}
