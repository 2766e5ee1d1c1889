package engine

import (
	"log/slog"
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// served bounds the packets that are taken from a socket in one go.
const served = 32

// arrived is called by a socket's reader when packets may be waiting, and says
// whether to call again.  Masters come first here, too: no flood of packets
// delays an advert by more than one such turn.
func (e *Engine) arrived(s *socket) (more bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s.closed {
		return false
	}
	e.wakeUp()
	e.tick(true)
	more = e.receive(s, served)
	if min(e.masters.next(), e.backups.next()) < e.planned {
		wake(e.changed)
	}
	return more
}

// wakeUp looks whether the process was stopped, or the machine suspended, for
// longer than a peer waits before it takes over.  What has been waiting in the
// sockets since is old; it must not be taken for the present.  The core then
// listens anew before it speaks.
func (e *Engine) wakeUp() {
	late := e.now() - e.planned
	if e.planned == 0 || late < time.Second/100 {
		return // no master-down time is shorter
	}
	for _, i := range e.instances {
		if i.state.Down > 0 && late > i.state.Down {
			e.discard(late)
			return
		}
	}
}

func (e *Engine) discard(late time.Duration) {
	n := 0
	for _, s := range e.listeners {
		for ok := true; ok && n < 1<<20; n++ {
			_, ok = s.Receive(s.buf)
		}
	}
	e.planned = e.now()
	e.log(slog.LevelWarn, "vrrp was stopped; what came meanwhile is discarded", slog.Duration("for", late))
}

// receive judges up to limit packets that wait, and says whether it stopped
// there.
func (e *Engine) receive(s *socket, limit int) (more bool) {
	for range limit {
		d, ok := s.Receive(s.buf)
		if !ok {
			return false
		}
		e.judge(s, d)
	}
	return true
}

// judge runs a packet through the receive table (fact 4.6) and feeds what
// passes.  What does not pass is counted and forgotten: it moves no timer.
func (e *Engine) judge(s *socket, d datagram) {
	i := e.find(s, d)
	if i == nil {
		e.unknown(s, d)
		return
	}
	if i.state.Role == vrrp.Init || i.state.Role == vrrp.Fault {
		return // fact 4.3
	}
	if d.Src == i.cfg.Source {
		return // our own, through a loop of the network
	}
	if err := e.check(i, s, d); err != nil {
		e.reject(i, d, err)
		return
	}
	p := &i.heard
	i.count.Received++
	if p.Priority == 0 {
		i.count.PriorityZeroReceived++
	}
	e.compare(i, d.Src)
	master := i.state.MasterAddr
	e.step(i, vrrp.Advert{Priority: p.Priority, Interval: p.Interval, From: d.Src})
	if i.state.MasterAddr != master {
		i.warned = warnings{}
	}
}

// unknown is fact 4.2: an advert of a router that is not configured here.
func (e *Engine) unknown(s *socket, d datagram) {
	s.unknown++
	vrid, ok := d.vrid(s.key.ah)
	if s.log && ok && first(&s.logged[vrid]) {
		e.log(slog.LevelWarn, "vrrp advert of a virtual router that is not configured", slog.String("interface", s.key.ifname),
			slog.Int("virtual_router_id", int(vrid)), slog.String("from", d.Src.String()))
	}
}

func (e *Engine) reject(i *instance, d datagram, err error) {
	reason, ok := err.(wire.Reject) // not errors.As, which would allocate
	if !ok {
		reason = wire.Type
	}
	i.count.Errors[reason]++
	if first(&i.warned.rejected[reason]) {
		e.log(slog.LevelWarn, "vrrp packet rejected", slog.String("instance", i.spec.Name),
			slog.String("from", d.Src.String()), slog.String("reason", err.Error()), slog.String("counter", reason.Name()))
	}
}

// compare looks for differences that are no reason to reject an advert (fact
// 4.6 m, r, s), and learns the form of the checksum (fact 3.6).
func (e *Engine) compare(i *instance, from netip.Addr) {
	p := &i.heard
	if p.OldUnicast && !i.packet.OldUnicast {
		i.packet.OldUnicast = true
		i.build()
		e.log(slog.LevelInfo, "vrrp peer has the old unicast checksum; using it, too", slog.String("instance", i.spec.Name), slog.String("peer", from.String()))
	}
	if p.Version == 3 && p.Interval != i.cfg.Interval && first(&i.warned.interval) {
		e.log(slog.LevelWarn, "vrrp interval of peer differs", slog.String("instance", i.spec.Name),
			slog.String("from", from.String()), slog.Duration("theirs", p.Interval), slog.Duration("ours", i.cfg.Interval))
	}
	if i.spec.SkipAddresses && from == i.state.MasterAddr || p.SameAddresses(&i.packet) {
		return
	}
	i.count.AddressList++
	if first(&i.warned.addresses) {
		e.log(slog.LevelWarn, "vrrp addresses of peer differ", slog.String("instance", i.spec.Name),
			slog.String("from", from.String()), slog.Any("theirs", append([]netip.Addr(nil), p.Addresses...)), slog.Any("ours", i.packet.Addresses))
	}
}

// find gives the instance that a packet is for: the only one of that VRID, or
// of several the one that has the sender among its peers (fact 4.5).
func (e *Engine) find(s *socket, d datagram) *instance {
	vrid, ok := d.vrid(s.key.ah)
	if !ok {
		return nil
	}
	list := s.routers[vrid]
	if len(list) == 1 {
		return list[0]
	}
	for _, i := range list {
		if !i.spec.Unicast || i.spec.peer(d.Src) != nil {
			return i
		}
	}
	return nil
}

func (e *Engine) check(i *instance, s *socket, d datagram) error {
	if d.Dst != s.key.local {
		return wire.Mode
	}
	if !i.spec.Unicast && d.TTL != wire.TTL {
		return wire.HopLimit // before anything of the content is believed
	}
	seq := i.ahHeard
	if i.ah != nil {
		pdu, n, err := i.ah.Open(d.Header, d.Payload, i.spec.Unicast)
		switch {
		case err != nil:
			return err
		case n <= i.ahHeard:
			return wire.AuthFailure // replayed
		}
		d.Payload, seq = pdu, n
	}
	i.heard.OldUnicast = i.spec.Unicast && i.spec.OldUnicast != OldUnicastNever
	if err := i.heard.Decode(d.Payload, d.Src, d.Dst); err != nil {
		return err
	}
	if err := i.expect.Check(&i.heard); err != nil {
		return err
	}
	if err := i.checkSender(d); err != nil {
		return err
	}
	i.ahHeard = seq
	return e.checkTrailer(i, &d)
}

// checkTrailer is row e of fact 4.6.
func (e *Engine) checkTrailer(i *instance, d *datagram) error {
	h := i.hmac
	if h == nil {
		return nil
	}
	skew, err := h.verify(&i.heard, d, i.cfg.Interval, len(i.spec.Peers), time.Now())
	if err == nil && skew.Abs() > h.window(i.cfg.Interval)/2 && first(&h.skew) {
		e.log(slog.LevelWarn, "vrrp: the clock of a peer differs by more than half the window", slog.String("instance", i.spec.Name),
			slog.String("from", d.Src.String()), slog.Duration("by", skew))
	}
	return err
}

// checkSender is rows t and u of fact 4.6.
func (i *instance) checkSender(d datagram) error {
	if !i.spec.Unicast || !i.checks {
		return nil
	}
	switch p := i.spec.peer(d.Src); {
	case p == nil:
		return wire.Source
	case d.TTL < p.MinTTL || p.MaxTTL != 0 && d.TTL > p.MaxTTL:
		return wire.HopLimit
	}
	return nil
}
