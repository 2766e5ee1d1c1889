package ipvs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"sync"

	moby "github.com/moby/ipvs"
	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/internal/nl"
)

// procTable follows the calling thread's namespace until it is opened, and
// keeps to that one from then on.
const procTable = "/proc/thread-self/net/ip_vs"

var (
	// ErrNoIPVS says that this kernel has no IPVS, or has not loaded it.
	ErrNoIPVS = errors.New("the kernel has no IPVS: load it with `modprobe ip_vs` (a kernel built with CONFIG_IP_VS has it)")
	// ErrPermission says that the caller may not use IPVS.
	ErrPermission = errors.New("no permission to use IPVS: it needs CAP_NET_ADMIN in the network namespace (run as root)")
)

// conn is a netlink socket.
type conn interface {
	Do(b *nl.Batch, errs []error) ([]error, error)
	Get(b *nl.Batch, each func(body []byte) error) error
	Dump(b *nl.Batch, begin func(), each func(body []byte) error) error
	Close() error
}

// Table is the IPVS table of one network namespace. Its methods may be called
// from any goroutine; they take turns.
type Table struct {
	mu     sync.Mutex
	sock   conn
	family uint16
	// one is for single requests, many for batches, so that a request made
	// while a batch is put together does not disturb it.
	one, many nl.Batch
	errs      []error
	steps     []step
	again     []step

	moby *moby.Handle
	proc *os.File
}

// Open opens the IPVS table of the calling thread's network namespace. Where
// IPVS is absent it tries to load the module, silently. The error is or wraps
// ErrNoIPVS or ErrPermission where one of them is the reason.
func Open() (*Table, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// Presence comes first: moby/ipvs reports success for every write to a
	// kernel without IPVS, and remembers for the life of the process that it
	// found none.
	proc, err := openProc()
	if err != nil {
		return nil, err
	}
	t := &Table{proc: proc}
	if err := t.connect(); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

func openProc() (*os.File, error) {
	f, err := os.Open(procTable)
	if errors.Is(err, fs.ErrNotExist) {
		_ = exec.Command("modprobe", "ip_vs").Run() // what it achieved is seen next
		f, err = os.Open(procTable)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrNoIPVS
	case errors.Is(err, fs.ErrPermission):
		return nil, ErrPermission
	case err != nil:
		return nil, fmt.Errorf("ipvs: %w", err)
	}
	return f, nil
}

func (t *Table) connect() (err error) {
	sock, err := nl.Open(unix.NETLINK_GENERIC)
	if err != nil {
		return fmt.Errorf("ipvs: %w", err)
	}
	t.sock = sock
	t.family, err = sock.Family(familyName)
	if errors.Is(err, unix.ENOENT) {
		return ErrNoIPVS
	} else if err != nil {
		return fmt.Errorf("ipvs: %w", err)
	}
	t.begin(&t.one, cmdGetInfo)
	err = t.sock.Get(&t.one, func([]byte) error { return nil })
	if errors.Is(err, unix.EPERM) {
		return ErrPermission
	} else if err != nil {
		return fmt.Errorf("ipvs: %w", err)
	}
	logrus.SetOutput(io.Discard) // moby/ipvs writes there, past every logger of ours
	if t.moby, err = moby.New(""); err != nil {
		return fmt.Errorf("ipvs: %w", err)
	}
	return nil
}

// begin starts a request in a batch.
func (t *Table) begin(b *nl.Batch, cmd uint8) {
	if b == &t.one {
		b.Reset()
	}
	b.Genl(t.family, cmd, familyVersion)
}

// Close lets go of the table. The kernel keeps what is in it.
func (t *Table) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var errs []error
	if t.sock != nil {
		errs = append(errs, t.sock.Close())
	}
	if t.moby != nil {
		t.moby.Close()
	}
	errs = append(errs, t.proc.Close())
	return errors.Join(errs...)
}
