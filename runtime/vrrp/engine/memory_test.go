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
	ports []*memPort
}

func (s *segment) broadcast(from *memPort, d datagram) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.ports {
		if p == from || p.group != d.Dst {
			continue
		}
		select {
		case p.in <- d:
		default:
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

func (h *host) Open(_ linkInfo, group netip.Addr) (port, error) {
	p := &memPort{host: h, group: group, in: make(chan datagram, 10000), closed: make(chan struct{})}
	h.seg.mu.Lock()
	defer h.seg.mu.Unlock()
	h.seg.ports = append(h.seg.ports, p)
	return p, nil
}

type memPort struct {
	host   *host
	group  netip.Addr
	in     chan datagram
	closed chan struct{}
	mu     sync.Mutex
	sent   []string
	times  []time.Time
	err    error
}

func (p *memPort) Send(pdu []byte, src netip.Addr) error {
	if p.err != nil {
		return p.err
	}
	d := datagram{Src: src, Dst: p.group, TTL: wire.TTL, Payload: slices.Clone(pdu)}
	p.mu.Lock()
	p.sent = append(p.sent, fmt.Sprintf("%d/%d", pdu[1], pdu[2]))
	p.times = append(p.times, time.Now())
	p.mu.Unlock()
	p.host.seg.broadcast(p, d)
	return nil
}

func (p *memPort) Receive(buf []byte) (datagram, error) {
	select {
	case d := <-p.in:
		d.Payload = buf[:copy(buf, d.Payload)]
		return d, nil
	case <-p.closed:
		return datagram{}, errors.New("closed")
	}
}

func (p *memPort) Close() error {
	p.host.seg.mu.Lock()
	defer p.host.seg.mu.Unlock()
	p.host.seg.ports = slices.DeleteFunc(p.host.seg.ports, func(q *memPort) bool { return p == q })
	close(p.closed)
	return nil
}

// history is VRID/priority of every advert, and when it went out.
func (p *memPort) history() ([]string, []time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.sent), slices.Clone(p.times)
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

func (r *rig) port() *memPort {
	r.Engine.mu.Lock()
	defer r.Engine.mu.Unlock()
	for _, s := range r.links["eth0"].ports {
		return s.port.(*memPort)
	}
	return nil
}

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
