package engine

import (
	"errors"
	"log/slog"
	"net/netip"

	"github.com/lbgit/lbgit/runtime/vrrp"
	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// receive serves a bounded number of packets of every socket, and asks for
// another turn if some are left.
func (e *Engine) receive() {
	more := false
	for _, l := range e.links {
		for _, s := range l.ports {
			for range served {
				select {
				case r := <-s.in:
					e.judge(s, r.datagram)
					select {
					case s.free <- r.buf:
					default:
					}
					continue
				default:
				}
				break
			}
			more = more || len(s.in) > 0
		}
	}
	if more {
		wake(e.arrived)
	}
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

// find gives the instance that a packet is for.
func (e *Engine) find(s *socket, d datagram) *instance {
	if len(d.Payload) < 2 {
		return nil
	}
	for _, i := range e.instances {
		if i.socket == s && i.spec.Config.VRID == d.Payload[1] {
			return i
		}
	}
	return nil
}

func (e *Engine) check(i *instance, s *socket, d datagram) error {
	if d.Dst != s.group {
		return wire.Mode
	}
	if d.TTL != wire.TTL {
		return wire.HopLimit // before anything of the content is believed
	}
	if err := i.heard.Decode(d.Payload, d.Src, d.Dst); err != nil {
		return err
	}
	return i.expect.Check(&i.heard, d.TTL)
}
