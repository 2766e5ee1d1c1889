package nl

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The kernel carries a request out, and queues its answers, before the call
// that sent it returns. So neither sending a few nor reading an answer ever
// waits, and both go past Go's scheduler: on a machine with one processor it
// takes every system call of 20 us for a blocked one and hands the processor
// on, which made single requests forty times slower than these.

// quickMessages is how many requests count as a few: at one to five
// microseconds each, nobody misses the processor.
const quickMessages = 16

func write(fd int, p []byte, quick bool) error {
	if !quick {
		_, err := unix.Write(fd, p)
		return err
	}
	_, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	if errno != 0 {
		return errno
	}
	return nil
}

// receiveNow reads a datagram if there is one; otherwise it is unix.EAGAIN.
func receiveNow(fd int, p []byte) (int, error) {
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
