package engine

import (
	"errors"
	"log/slog"
	"net/netip"

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
	e.tick(true)
	more = e.receive(s, served)
	wake(e.changed)
	return more
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
	if i == nil || i.state.Role == vrrp.Init || i.state.Role == vrrp.Fault {
		return // facts 4.2, 4.3
	}
	if d.Src == i.cfg.Source {
		return // our own, through a loop of the network
	}
	if err := e.check(i, s, d); err != nil {
		reason := wire.Type
		errors.As(err, &reason)
		i.count.Errors[reason]++
		if !i.warned[reason] {
			i.warned[reason] = true
			e.log(slog.LevelWarn, "vrrp packet rejected", slog.String("instance", i.spec.Name),
				slog.String("from", d.Src.String()), slog.String("reason", err.Error()), slog.String("counter", reason.Name()))
		}
		return
	}
	p := &i.heard
	i.count.Received++
	if p.Priority == 0 {
		i.count.PriorityZeroReceived++
	}
	if !p.SameAddresses(&i.packet) {
		i.count.AddressList++
		if !i.warnedVIP {
			i.warnedVIP = true
			e.log(slog.LevelWarn, "vrrp addresses of peer differ", slog.String("instance", i.spec.Name),
				slog.String("from", d.Src.String()), slog.Any("theirs", append([]netip.Addr(nil), p.Addresses...)), slog.Any("ours", i.packet.Addresses))
		}
	}
	master := i.state.MasterAddr
	e.step(i, vrrp.Advert{Priority: p.Priority, Interval: p.Interval, From: d.Src})
	if i.state.MasterAddr != master {
		i.warned, i.warnedVIP = [wire.Rejects]bool{}, false
	}
}

// find gives the instance that a packet is for: the only one of that VRID, or
// of several the one that has the sender among its peers (fact 4.5).
func (e *Engine) find(s *socket, d datagram) *instance {
	if len(d.Payload) < 2 {
		return nil
	}
	list := s.routers[d.Payload[1]]
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
	if err := i.heard.Decode(d.Payload, d.Src, d.Dst); err != nil {
		return err
	}
	if err := i.expect.Check(&i.heard); err != nil {
		return err
	}
	return i.checkSender(d)
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
