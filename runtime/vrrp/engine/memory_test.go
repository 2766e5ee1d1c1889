package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// segment is a link in memory.
type segment struct {
	mu    sync.Mutex
	ports []*memListener
}

// broadcast hands a packet to everybody but its sender's host.
func (s *segment) broadcast(from *host, d datagram) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.ports {
		if p.host != from && p.key.local == d.Dst {
			p.deliver(d)
		}
	}
}

// host is one machine on it.
type host struct {
	seg *segment
	mu  sync.Mutex
	ifs map[string]linkInfo
}

func newHost(seg *segment, addrs ...string) *host {
	h := &host{seg: seg, ifs: map[string]linkInfo{}}
	h.set(linkInfo{Name: "eth0", Index: 2, Up: true, Addrs: parse(addrs...)})
	return h
}

func (h *host) set(l linkInfo) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ifs[l.Name] = l
}

func (h *host) Probe(name string) linkInfo {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ifs[name]
}

func (h *host) Listen(_ linkInfo, key listenKey) (listener, error) {
	p := &memListener{host: h, key: key, in: make(chan datagram, 10000), signal: make(chan struct{}, 1), closed: make(chan struct{})}
	h.seg.mu.Lock()
	defer h.seg.mu.Unlock()
	h.seg.ports = append(h.seg.ports, p)
	return p, nil
}

type memListener struct {
	host   *host
	key    listenKey
	in     chan datagram
	signal chan struct{}
	closed chan struct{}
}

func (p *memListener) deliver(d datagram) {
	select {
	case p.in <- d:
	default:
	}
	wake(p.signal)
}

func (p *memListener) Wait(arrived func() bool) {
	for {
		select {
		case <-p.signal:
			for arrived() {
			}
		case <-p.closed:
			return
		}
	}
}

func (p *memListener) Receive(buf []byte) (datagram, bool) {
	select {
	case d := <-p.in:
		d.Payload = buf[:copy(buf, d.Payload)]
		return d, true
	default:
		return datagram{}, false
	}
}

func (p *memListener) Want(want) error { return nil }

func (p *memListener) Close() error {
	p.host.seg.mu.Lock()
	defer p.host.seg.mu.Unlock()
	p.host.seg.ports = slices.DeleteFunc(p.host.seg.ports, func(q *memListener) bool { return p == q })
	close(p.closed)
	return nil
}

func (h *host) Dial(by linkInfo, _ bool) (sender, error) {
	return &memSender{host: h, by: by.Name}, nil
}

type memSender struct {
	host *host
	by   string
	mu   sync.Mutex
	sent []string
	at   []time.Time
	err  error
}

func (p *memSender) Send(frame []byte, to netip.Addr) error {
	if p.err != nil {
		return p.err
	}
	d := datagram{Dst: to}
	if to.Is4() {
		h, payload, err := wire.ParseIPv4(slices.Clone(frame))
		if err != nil || h.Dst != to {
			return errors.New("bad frame")
		}
		d.Src, d.TTL, d.Header, d.Payload = h.Src, h.TTL, slices.Clone(frame[:20]), payload
	} else {
		d.Src, d.TTL, d.Payload = netip.AddrFrom16([16]byte(frame[8:24])), frame[7], slices.Clone(frame[40:])
	}
	p.mu.Lock()
	p.sent = append(p.sent, fmt.Sprintf("%d/%d", d.Payload[1], d.Payload[2]))
	p.at = append(p.at, time.Now())
	p.mu.Unlock()
	p.host.seg.broadcast(p.host, d)
	return nil
}

func (p *memSender) Close() error { return nil }

// history is VRID/priority of every advert, and when it went out.
func (p *memSender) history() ([]string, []time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.sent), slices.Clone(p.at)
}

// rig is an engine with somebody who plays the agent: addresses are applied
// 10 ms after the fact.
type rig struct {
	*Engine
	host   *host
	cancel context.CancelFunc
	ended  chan struct{}

	mu        sync.Mutex
	facts     []Fact
	announced int
	log       strings.Builder
	block     chan struct{} // non-nil: Report waits for it
}

func newRig(t *testing.T, h *host, o Options) *rig {
	t.Helper()
	r := &rig{host: h, ended: make(chan struct{})}
	o.Report = r.report
	o.Announce = func(string, []netip.Addr, vrrp.Burst) { r.mu.Lock(); r.announced++; r.mu.Unlock() }
	o.Log = slog.New(slog.NewTextHandler(writer{r}, nil))
	start := time.Now()
	r.Engine = newEngine(o, h, func() time.Duration { return time.Hour + time.Since(start) })
	ctx, cancel := context.WithCancel(t.Context())
	r.cancel = cancel
	go func() { defer close(r.ended); r.Run(ctx) }()
	t.Cleanup(func() { r.stop() })
	return r
}

func (r *rig) stop() {
	r.cancel()
	<-r.ended
}

func (r *rig) report(f Fact) {
	if r.block != nil {
		<-r.block
	}
	r.mu.Lock()
	r.facts = append(r.facts, f)
	r.mu.Unlock()
	time.AfterFunc(10*time.Millisecond, func() { r.Applied(f.Instance, f.Role, nil) })
}

// heard is what was reported since the last call.
func (r *rig) heard() (out []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.facts {
		out = append(out, fmt.Sprintf("%s %s: %s", f.Instance, f.Role, f.Cause))
	}
	r.facts = nil
	return out
}

// port is the socket that the rig's IPv4 instances send by.
func (r *rig) port() *memSender {
	r.Engine.mu.Lock()
	defer r.Engine.mu.Unlock()
	return r.senders[dialKey{"eth0", false}].(*memSender)
}

// hears puts a packet into the sockets of the rig.
func (r *rig) hears(d datagram) { r.host.seg.broadcast(nil, d) }

func (r *rig) status(t *testing.T, name string) Status {
	t.Helper()
	for _, s := range r.Snapshot() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no instance %q", name)
	return Status{}
}

type writer struct{ r *rig }

func (w writer) Write(b []byte) (int, error) {
	w.r.mu.Lock()
	defer w.r.mu.Unlock()
	return w.r.log.Write(b)
}

func (r *rig) logged(sub string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Count(r.log.String(), sub)
}

func parse(list ...string) (out []netip.Addr) {
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

// front is the instance of most tests.
func front(priority uint8) Instance {
	return Instance{
		Name: "front", Interface: "eth0", Advertised: parse("192.0.2.10"),
		Config: vrrp.Config{Version: 2, VRID: 51, Priority: priority, Interval: time.Second, Preempt: true, AnnounceDelay: 5 * time.Second},
	}
}
