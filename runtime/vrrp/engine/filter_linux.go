package engine

import (
	"fmt"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// buffered is the default size of a socket's queue: about a thousand adverts,
// which is what 250 routers say in the time of a backup's patience.
const buffered = 1 << 20

// Want sets the size of the queue and the filter.
func (l *rawListener) Want(w want) error {
	size := w.buffer
	if size == 0 {
		size = buffered
	}
	// FORCE goes beyond net.core.rmem_max and needs a capability of its own.
	if err := unix.SetsockoptInt(l.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, size); err != nil {
		if err := unix.SetsockoptInt(l.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, size); err != nil {
			return fmt.Errorf("SO_RCVBUF: %w", err)
		}
	}
	raw, err := bpf.Assemble(filter(l.v6, uint32(l.skip), &w.vrids))
	if err != nil {
		return fmt.Errorf("filter: %w", err)
	}
	code := make([]unix.SockFilter, len(raw))
	for n, r := range raw {
		code[n] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	prog := unix.SockFprog{Len: uint16(len(code)), Filter: (*unix.SockFilter)(unsafe.Pointer(&code[0]))}
	if err := unix.SetsockoptSockFprog(l.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &prog); err != nil {
		return fmt.Errorf("SO_ATTACH_FILTER: %w", err)
	}
	return nil
}

// filter passes adverts of these virtual routers, whatever else is wrong with
// them: rejected packets are counted (fact 4.6), those of unknown routers are
// nobody's (fact 4.2).  Before the advert stand skip bytes, and for IPv4 the
// header.  A packet that is too short to have a VRID is dropped.
func filter(v6 bool, skip uint32, vrids *[256]bool) []bpf.Instruction {
	list := []bpf.Instruction{bpf.LoadAbsolute{Off: skip + 1, Size: 1}}
	if !v6 {
		list = []bpf.Instruction{bpf.LoadMemShift{Off: 0}, bpf.LoadIndirect{Off: skip + 1, Size: 1}}
	}
	accept, drop := bpf.RetConstant{Val: 1 << 18}, bpf.RetConstant{Val: 0}
	for first := 0; first < 256; first++ {
		if !vrids[first] {
			continue
		}
		last := first
		for last < 255 && vrids[last+1] {
			last++
		}
		// The ranges rise: what is below one is below all that follow.
		list = append(list,
			bpf.JumpIf{Cond: bpf.JumpGreaterThan, Val: uint32(last), SkipTrue: 3},
			bpf.JumpIf{Cond: bpf.JumpGreaterOrEqual, Val: uint32(first), SkipFalse: 1},
			accept, drop)
		first = last
	}
	return append(list, drop)
}
