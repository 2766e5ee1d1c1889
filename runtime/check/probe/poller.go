package probe

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// poller is the shared epoll and the eventfd that wakes it. Its methods are for the holder of the scheduler's mutex, apart from
// wait.
type poller struct {
	epoll, event int
	open         bool
}

// wakeSeq marks the events of the eventfd: no socket has it.
const wakeSeq = -1

func openPoller() (poller, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return poller{}, os.NewSyscallError("epoll_create1", err)
	}
	ev, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(ep)
		return poller{}, os.NewSyscallError("eventfd", err)
	}
	p := poller{epoll: ep, event: ev, open: true}
	if err := p.control(unix.EPOLL_CTL_ADD, ev, unix.EPOLLIN, wakeSeq); err != nil {
		p.close()
		return poller{}, os.NewSyscallError("epoll_ctl", err)
	}
	return p, nil
}

func (p *poller) close() {
	if p.open {
		unix.Close(p.epoll)
		unix.Close(p.event)
		p.open = false
	}
}

// control adds, changes or removes a descriptor. The sequence number comes back with its events: a descriptor is used again as soon as
// it is closed, so that an event that was fetched before may belong to its last life.
func (p *poller) control(op, fd int, events uint32, seq int32) error {
	ev := unix.EpollEvent{Events: events, Fd: int32(fd), Pad: seq}
	return unix.EpollCtl(p.epoll, op, fd, &ev)
}

// wake ends a wait. Without an open poller it does nothing.
func (p *poller) wake() {
	if p.open {
		_, _ = unix.Write(p.event, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	}
}

// drain forgets wakes.
func (p *poller) drain() {
	var b [8]byte
	_, _ = unix.Read(p.event, b[:])
}

// wait blocks until something happens or until the time is over, a negative one meaning never.
func (p *poller) wait(events []unix.EpollEvent, limit time.Duration) (int, error) {
	ms := -1
	if limit >= 0 {
		ms = int(min((limit+time.Millisecond-1)/time.Millisecond, 1<<30))
	}
	n, err := unix.EpollWait(p.epoll, events, ms)
	if errors.Is(err, unix.EINTR) {
		return 0, nil
	}
	return n, os.NewSyscallError("epoll_wait", err)
}

// bootClock reads a clock that, unlike the one of timers, also goes on while the machine sleeps.
func bootClock() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}

// raiseLimit brings the soft limit of file descriptors up to the hard one (T16), and returns how many sockets probes may hold:
// all but a share for the rest of the daemon, whose VRRP must not starve.
//
// The Go runtime has normally raised it already and gives scripts the old limit back; setting it again would end that, so it is
// set only if something is left to raise.
func raiseLimit() (sockets int) {
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		return 512
	}
	if lim.Cur < lim.Max {
		raised := unix.Rlimit{Cur: lim.Max, Max: lim.Max}
		if unix.Setrlimit(unix.RLIMIT_NOFILE, &raised) == nil {
			lim = raised
		}
	}
	cur := int(min(lim.Cur, 1<<24))
	return max(cur-max(min(cur/8, 1024), 64), 16)
}
