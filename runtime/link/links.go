package link

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"sync"

	"github.com/vishvananda/netlink"
	vnl "github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/internal/nl"
)

const receiveBuffer = 4 << 20 // bytes

// Links gives access to the interfaces of one network namespace. Its methods
// may be called from any goroutine.
type Links struct {
	log       *slog.Logger
	namespace *nl.Namespace
	names     *names
	// Long readings have a handle of their own, so that no write waits for one.
	reader, writer *netlink.Handle
	tables, writes *tableSocket

	mu    sync.Mutex // for what follows
	addrs *nl.Socket
	batch nl.Batch
	owner int8 // whether IFA_PROTO works: 0 unknown, 1 yes, -1 no
}

var explainErrors = sync.OnceFunc(func() { vnl.EnableErrorMessageReporting = true })

// Open opens the network namespace of the calling thread.
func Open(log *slog.Logger) (*Links, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	explainErrors()
	l := &Links{log: log}
	err := l.open()
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (l *Links) open() (err error) {
	if l.namespace, err = nl.Here(); err != nil {
		return err
	}
	if l.names, err = openNames(); err != nil {
		return err
	}
	if l.addrs, err = nl.Open(unix.NETLINK_ROUTE); err != nil {
		return err
	}
	if err = l.addrs.Strict(); err != nil {
		l.log.Debug("the kernel does not filter dumps", "error", err) // before 4.20: it only takes longer
	}
	if l.tables, err = openTable(); err != nil {
		return err
	}
	if l.writes, err = openTable(); err != nil {
		return err
	}
	if l.reader, err = handle(); err != nil {
		return err
	}
	l.writer, err = handle()
	return err
}

func handle() (*netlink.Handle, error) {
	h, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("netlink: %w", err)
	}
	// Wishes: an old kernel or a missing capability is no reason to give up.
	_ = h.SetStrictCheck(true)
	if h.SetSocketReceiveBufferSize(receiveBuffer, true) != nil {
		_ = h.SetSocketReceiveBufferSize(receiveBuffer, false)
	}
	return h.RetryInterrupted().DisableVFInfoCollection(), nil
}

// Close lets go of everything. The kernel keeps what was written.
func (l *Links) Close() error {
	var errs []error
	for _, h := range []*netlink.Handle{l.reader, l.writer} {
		if h != nil {
			errs = append(errs, h.Close())
		}
	}
	for _, s := range []*tableSocket{l.tables, l.writes} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	if l.addrs != nil {
		errs = append(errs, l.addrs.Close())
	}
	if l.names != nil {
		errs = append(errs, l.names.Close())
	}
	if l.namespace != nil {
		errs = append(errs, l.namespace.Close())
	}
	return errors.Join(errs...)
}

// Interface tells about an interface. up means switched on and with a carrier.
// primary4 is its first IPv4 address that is neither secondary nor VRRP's, the
// zero value if it has none. An interface that does not exist is unix.ENODEV.
func (l *Links) Interface(name string) (index int, mac net.HardwareAddr, up bool, primary4 netip.Addr, err error) {
	i, err := l.names.lookup(name)
	if err != nil {
		return 0, nil, false, netip.Addr{}, fmt.Errorf("interface %s: %w", name, err)
	}
	primary4, err = l.primary(i.index)
	if err != nil {
		return 0, nil, false, netip.Addr{}, fmt.Errorf("interface %s: %w", name, err)
	}
	return i.index, i.mac, i.up(), primary4, nil
}
