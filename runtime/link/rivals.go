package link

import (
	"encoding/binary"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/mdlayher/packet"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/internal/nl"
)

// Rival is somebody who says by ARP that an address of ours is theirs.
type Rival struct {
	Owner string // who holds the address here
	Link  string
	Addr  netip.Addr
	MAC   net.HardwareAddr
}

const (
	// episode is how long a rival must be quiet to be reported again.
	episode = time.Minute
	// settling is how long after an address came its last holder may still be
	// heard.
	settling = 3 * time.Second
	// filterMost bounds the addresses that the kernel sorts out; more are sorted
	// out here. A program has room for 4096 instructions and jumps of 255.
	filterMost = 250
)

// Rivals listens for others who claim addresses that are held here: the sender
// address of their ARP packets. The kernel drops all other packets, so where
// nobody claims anything it costs nothing. Its methods may be called from any
// goroutine.
type Rivals struct {
	log       *slog.Logger
	report    func(Rival)
	namespace *nl.Namespace
	names     *names

	mu   sync.Mutex
	ears map[string]*ear // by link
	seen map[string]time.Time
}

// ear listens on one link.
type ear struct {
	conn *packet.Conn
	mac  net.HardwareAddr
	held map[netip.Addr]holding
}

type holding struct {
	owner string
	since time.Time
}

// NewRivals makes a listener for the calling thread's network namespace; report
// is called from a goroutine of its own, once per episode.
func NewRivals(log *slog.Logger, report func(Rival)) (*Rivals, error) {
	r := &Rivals{log: log, report: report, ears: map[string]*ear{}, seen: map[string]time.Time{}}
	var err error
	if r.namespace, err = nl.Here(); err != nil {
		return nil, err
	}
	if r.names, err = openNames(); err != nil {
		return nil, errors.Join(err, r.namespace.Close())
	}
	return r, nil
}

// Hold listens for claims of the addresses that an owner holds, by link, and no
// longer for those that it held before. Only IPv4 addresses count.
func (r *Rivals) Hold(owner string, byLink map[string][]netip.Addr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	changed := map[string]bool{}
	for name, e := range r.ears {
		for a, h := range e.held {
			if h.owner == owner {
				delete(e.held, a)
				changed[name] = true
			}
		}
	}
	for name, addrs := range byLink {
		for _, a := range addrs {
			if !a.Is4() {
				continue // ARP is IPv4's
			}
			if e := r.ear(name); e != nil {
				e.held[a] = holding{owner, now}
				changed[name] = true
			}
		}
	}
	for name := range changed {
		r.tune(name)
	}
}

// ear gives the listener of a link, opening it if it is the first.
func (r *Rivals) ear(name string) *ear {
	if e := r.ears[name]; e != nil {
		return e
	}
	i, err := r.names.lookup(name)
	if err != nil || i.mac == nil || i.flags&(unix.IFF_NOARP|unix.IFF_LOOPBACK) != 0 {
		return nil
	}
	e := &ear{mac: i.mac, held: map[netip.Addr]holding{}}
	err = r.namespace.Run(func() (err error) {
		e.conn, err = packet.Listen(&net.Interface{Index: i.index, Name: name, HardwareAddr: i.mac}, packet.Raw, unix.ETH_P_ARP, &packet.Config{Filter: claimsOf(nil)})
		return err
	})
	if err != nil {
		r.log.Warn("other holders of addresses go unnoticed", "interface", name, "error", err)
		return nil
	}
	r.ears[name] = e
	go r.listen(name, e)
	return e
}

// tune has the kernel drop what is about no held address, and closes an ear that
// has nothing to listen for.
func (r *Rivals) tune(name string) {
	e := r.ears[name]
	if len(e.held) == 0 {
		_ = e.conn.Close()
		delete(r.ears, name)
		return
	}
	if err := e.conn.SetBPF(claimsOf(e.held)); err != nil {
		r.log.Debug("packet filter", "interface", name, "error", err)
	}
}

// claimsOf is a filter that lets pass ARP packets whose sender has one of the
// addresses (offset 28: Ethernet 14, then RFC 826).
func claimsOf(held map[netip.Addr]holding) []bpf.RawInstruction {
	const sender, all = 28, 1 << 16
	program := []bpf.Instruction{bpf.LoadAbsolute{Off: sender, Size: 4}}
	n := len(held)
	if n > filterMost {
		program, n = nil, 0
		program = append(program, bpf.RetConstant{Val: all})
	} else {
		for a := range held {
			b := a.As4()
			program = append(program, bpf.JumpIf{Cond: bpf.JumpEqual, Val: binary.BigEndian.Uint32(b[:]), SkipTrue: uint8(n)})
			n--
		}
		program = append(program, bpf.RetConstant{Val: 0}, bpf.RetConstant{Val: all})
	}
	raw, err := bpf.Assemble(program)
	if err != nil {
		panic(err) // the program is made above
	}
	return raw
}

func (r *Rivals) listen(name string, e *ear) {
	buf := make([]byte, 128)
	for {
		n, _, err := e.conn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// The interface went down or away; another one of the name gets an ear
			// of its own when its addresses are held again.
			r.mu.Lock()
			if r.ears[name] == e {
				delete(r.ears, name)
			}
			r.mu.Unlock()
			_ = e.conn.Close()
			return
		}
		if addr, mac, ok := claim(buf[:n]); ok {
			r.heard(name, e, addr, mac)
		}
	}
}

// claim reads the sender of an ARP packet for IPv4 on Ethernet.
func claim(b []byte) (addr netip.Addr, mac net.HardwareAddr, ok bool) {
	if len(b) < 42 || binary.BigEndian.Uint16(b[12:]) != unix.ETH_P_ARP ||
		[6]byte(b[14:20]) != [6]byte{0, 1, 8, 0, 6, 4} { // Ethernet, IPv4, lengths
		return addr, nil, false
	}
	return netip.AddrFrom4([4]byte(b[28:32])), append(net.HardwareAddr(nil), b[22:28]...), true
}

// heard reports a claim that is not our own, once per episode.
func (r *Rivals) heard(name string, e *ear, addr netip.Addr, mac net.HardwareAddr) {
	now := time.Now()
	r.mu.Lock()
	h, held := e.held[addr]
	key := name + " " + addr.String() + " " + mac.String()
	last, known := r.seen[key]
	fresh := held && string(mac) != string(e.mac) && now.Sub(h.since) > settling
	if fresh {
		r.forget(now)
		r.seen[key] = now
	}
	r.mu.Unlock()
	if fresh && (!known || now.Sub(last) > episode) {
		r.report(Rival{h.owner, name, addr, mac})
	}
}

// forget drops episodes that are over, so that invented senders fill no memory.
func (r *Rivals) forget(now time.Time) {
	const most = 1000
	for k, at := range r.seen {
		if now.Sub(at) > episode || len(r.seen) >= most {
			delete(r.seen, k)
		}
	}
}

// Close ends all listening.
func (r *Rivals) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, e := range r.ears {
		_ = e.conn.Close()
		delete(r.ears, name)
	}
	return errors.Join(r.names.Close(), r.namespace.Close())
}
