package engine

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lbgit/lbgit/runtime/bfd"
)

// wire is a network in memory.  It delivers at once, except to who is cut off.
type wire struct {
	mu     sync.Mutex
	inputs []*memInput
	cut    map[netip.Addr]bool
	sent   []sent
	// stall holds up a machine once, in the middle of sending; what comes for it
	// meanwhile reaches its socket 11 ms late, when the next packet is due already.
	stall   time.Duration
	stalled netip.Addr
	holding bool
	held    []func()
}

type sent struct {
	at       time.Time
	from, to netip.AddrPort
	ttl      uint8
	p        bfd.Packet
}

// host is one machine on it.
type host struct {
	*wire
	addr netip.Addr
	// refuse makes Open fail, refuseSend sending, refuseListen listening.
	mu                               sync.Mutex
	refuse, refuseSend, refuseListen error
}

func (h *host) set(where *error, err error) { h.mu.Lock(); *where = err; h.mu.Unlock() }
func (h *host) get(where *error) error      { h.mu.Lock(); defer h.mu.Unlock(); return *where }

type memInput struct {
	w     *wire
	local netip.AddrPort
	host  netip.Addr
	queue []datagram
	wake  func()
}

func (h *host) Listen(local netip.AddrPort, wake func()) (input, error) {
	if err := h.get(&h.refuseListen); err != nil {
		return nil, err
	}
	in := &memInput{h.wire, local, h.addr, nil, wake}
	h.wire.mu.Lock()
	h.inputs = append(h.inputs, in)
	h.wire.mu.Unlock()
	return in, nil
}

func (in *memInput) Receive(buf []byte) (datagram, bool) {
	in.w.mu.Lock()
	defer in.w.mu.Unlock()
	if len(in.queue) == 0 {
		return datagram{}, false
	}
	d := in.queue[0]
	in.queue = in.queue[1:]
	d.Payload = buf[:copy(buf, d.Payload)]
	return d, true
}

func (in *memInput) Close() error {
	in.w.mu.Lock()
	defer in.w.mu.Unlock()
	in.w.inputs = slices.DeleteFunc(in.w.inputs, func(x *memInput) bool { return x == in })
	return nil
}

// deliver gives a packet to the socket of a machine that it is for.
func (w *wire) deliver(from, to netip.AddrPort, ttl uint8, pdu []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, _ := bfd.Parse(pdu)
	w.sent = append(w.sent, sent{time.Now(), from, to, ttl, p})
	if w.cut[from.Addr()] || w.cut[to.Addr()] {
		return
	}
	if w.holding && to.Addr() == w.stalled {
		pdu := slices.Clone(pdu)
		w.held = append(w.held, func() { w.arrive(from, to, ttl, pdu) })
		return
	}
	w.arrive(from, to, ttl, pdu)
}

func (w *wire) arrive(from, to netip.AddrPort, ttl uint8, pdu []byte) {
	for _, in := range w.inputs {
		if in.host == to.Addr() && in.local.Port() == to.Port() && (in.local.Addr().IsUnspecified() || in.local.Addr() == to.Addr()) {
			in.queue = append(in.queue, datagram{Src: from.Addr(), Dst: to.Addr(), Index: 2, TTL: ttl, Payload: slices.Clone(pdu)})
			in.wake()
		}
	}
}

// release delivers what a stall held up.
func (w *wire) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, arrive := range w.held {
		arrive()
	}
	w.holding, w.held = false, nil
}

func (w *wire) disconnect(a netip.Addr, off bool) { w.mu.Lock(); w.cut[a] = off; w.mu.Unlock() }

// packets gives what was sent from an address.
func (w *wire) packets(from netip.Addr) (out []sent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.sent {
		if s.from.Addr() == from {
			out = append(out, s)
		}
	}
	return out
}

type memOutput struct {
	h        *host
	from, to netip.AddrPort
	ttl      uint8
}

func (h *host) Open(local, remote netip.AddrPort, ttl uint8) (output, error) {
	if err := h.get(&h.refuse); err != nil {
		return nil, err
	}
	return &memOutput{h, netip.AddrPortFrom(h.addr, local.Port()), remote, ttl}, nil
}

func (o *memOutput) Send(pdu []byte) error {
	if err := o.h.get(&o.h.refuseSend); err != nil {
		return err
	}
	o.h.deliver(o.from, o.to, o.ttl, pdu)
	o.h.wire.mu.Lock()
	var stall time.Duration
	if o.h.stalled == o.h.addr {
		stall, o.h.stall = o.h.stall, 0
	}
	o.h.holding = o.h.holding || stall > 0
	o.h.wire.mu.Unlock()
	if stall > 0 {
		time.Sleep(stall)
		time.AfterFunc(11*time.Millisecond, o.h.release)
	}
	return nil
}

func (o *memOutput) Close() error         { return nil }
func (h *host) Index(string) (int, error) { return 2, nil }

var (
	a1, a2, a3 = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3")
	errTest    = errors.New("refused by the test")
)

// node is an engine on a machine, and what it reported.
type node struct {
	*Engine
	host *host
	mu   sync.Mutex
	said []string
	stop func()
}

func (n *node) reports() []string { n.mu.Lock(); defer n.mu.Unlock(); return slices.Clone(n.said) }

// begin runs an engine; it must be called in a synctest bubble.
func (w *wire) begin(addr netip.Addr, list ...Session) *node {
	n := &node{host: &host{wire: w, addr: addr}}
	started := time.Now()
	n.Engine = newEngine(Options{Report: func(name string, up bool, d bfd.Diag) {
		n.mu.Lock()
		defer n.mu.Unlock()
		word := "down"
		if up {
			word = "up"
		}
		n.said = append(n.said, name+" "+word+": "+d.String())
	}}, n.host, func() time.Duration { return time.Since(started) + time.Hour })
	n.Configure(list)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { n.Run(ctx); close(done) }()
	n.stop = sync.OnceFunc(func() { cancel(); <-done })
	return n
}

// status gives the only session.
func (n *node) status(t *testing.T) Status {
	t.Helper()
	list, _ := n.Snapshot()
	if len(list) != 1 {
		t.Fatalf("%d sessions: %+v", len(list), list)
	}
	return list[0]
}

func spec(name string, neighbor netip.Addr) Session {
	return Session{Name: name, Neighbor: neighbor, TTL: 255, Config: bfd.Config{
		MinTX: 10 * time.Millisecond, MinRX: 10 * time.Millisecond, IdleTX: time.Second, Multiplier: 5}}
}

// pair is two engines with a session between them that is Up.
func pair(t *testing.T) (*wire, *node, *node) {
	t.Helper()
	w := &wire{cut: map[netip.Addr]bool{}}
	back := spec("to1", a1)
	back.MaxHops = 55
	one, two := w.begin(a1, spec("to2", a2)), w.begin(a2, back)
	time.Sleep(5 * time.Second)
	synctest.Wait()
	for _, n := range []*node{one, two} {
		if s := n.status(t); s.State != bfd.Up || !s.Up || s.Detect != 50*time.Millisecond {
			t.Fatalf("not up: %+v", s)
		}
	}
	return w, one, two
}
