package engine

import (
	"log/slog"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

const (
	// queued bounds the packets that wait for the loop per port; served, those
	// that one turn takes from it.
	queued, served = 128, 32
	// reprobe is the pause before an unusable interface is looked at again unasked.
	reprobe = 5 * time.Second
)

// link is an interface that instances use.
type link struct {
	info   linkInfo
	probed bool
	ports  map[netip.Addr]*socket // by group
}

// socket is a port with its reader.
type socket struct {
	port  port
	group netip.Addr
	in    chan received
	free  chan []byte   // buffers, so that reading does not allocate
	drops atomic.Uint64 // packets that found the queue full
}

type received struct {
	datagram
	buf []byte
}

// read is the goroutine of a socket.  When the queue is full the packet is
// dropped here: what was queued before is older, but whole.
func (e *Engine) read(s *socket) {
	buf := make([]byte, wire.MaxLen+64)
	for {
		d, err := s.port.Receive(buf)
		if err != nil {
			return
		}
		select {
		case s.in <- received{d, buf}:
			select {
			case buf = <-s.free:
			default:
				buf = make([]byte, wire.MaxLen+64)
			}
		default:
			s.drops.Add(1)
		}
		wake(e.arrived)
	}
}

// probed takes the news about an interface.
func (e *Engine) probed(info linkInfo) {
	l := e.links[info.Name]
	if l == nil {
		return // no instance uses it any more
	}
	if info.Problem != nil {
		// The kernel did not answer.  What was known stays true until it does.
		if !same(info.Problem, l.info.Problem) {
			e.log(slog.LevelError, "vrrp: cannot examine interface", slog.String("interface", info.Name), slog.String("error", info.Problem.Error()))
		}
		l.info.Problem = info.Problem
		e.retryAt = e.now() + reprobe
		if l.probed {
			return
		}
		info = linkInfo{Name: info.Name, Problem: info.Problem}
	}
	if l.info.Index != info.Index {
		l.close() // gone, or another interface of that name
		for _, i := range e.instances {
			if i.spec.Interface == info.Name {
				i.socket = nil
			}
		}
	}
	l.info, l.probed = info, true
	for _, i := range e.instances {
		if i.spec.Interface == info.Name {
			e.relink(i)
		}
	}
	e.sweep()
}

// relink brings an instance in line with its interface: socket, source
// address, faults, and the start if it waited for them.
func (e *Engine) relink(i *instance) {
	l := e.links[i.spec.Interface]
	if l == nil || !l.probed {
		return
	}
	usable := l.info.Index != 0 && l.info.Up
	if usable {
		usable = e.open(i, l)
	}
	if !usable {
		e.retryAt = e.now() + reprobe // an event may have been lost
	}
	source := i.spec.Config.Source.Unmap()
	if !source.IsValid() {
		source = e.source(i, l.info.Addrs)
	}
	if source.IsValid() && source != i.cfg.Source {
		i.cfg.Source = source
		if i.started {
			e.step(i, vrrp.Reconfigured{})
		}
	}
	// Without an interface the missing address is no news of its own.  What sets
	// in goes first: between two faults there must be no moment without one.
	if usable && !source.IsValid() {
		e.setFault(i, vrrp.FaultSource, true)
	}
	e.setFault(i, vrrp.FaultLink, !usable)
	if !usable || source.IsValid() {
		e.setFault(i, vrrp.FaultSource, false)
	}
	if !i.started && !e.released {
		i.started = true
		e.step(i, vrrp.Start{Held: i.spec.Held, Delay: i.spec.StartDelay})
	}
}

// setFault feeds a change, and nothing if there is none.
func (e *Engine) setFault(i *instance, bit vrrp.FaultBit, on bool) {
	if (i.state.Faults&bit != 0) != on {
		e.step(i, vrrp.FaultChange{Bit: bit, On: on})
	}
}

// open sees to it that the instance has a socket.
func (e *Engine) open(i *instance, l *link) bool {
	group := i.spec.group()
	s := l.ports[group]
	if s == nil {
		p, err := e.net.Open(l.info, group)
		if err != nil {
			if i.openErr == nil || i.openErr.Error() != err.Error() {
				e.logError(i, "cannot open socket", err)
			}
			i.openErr = err
			return false
		}
		s = &socket{port: p, group: group, in: make(chan received, queued), free: make(chan []byte, queued)}
		l.ports[group] = s
		e.readers.Go(func() { e.read(s) })
	}
	i.socket, i.openErr = s, nil
	return true
}

// source chooses the address that adverts come from: the one in use as long as
// it exists, or else the first that is not virtual (facts 3.14, 17.1); for
// IPv6 a link-local one.
func (e *Engine) source(i *instance, addrs []netip.Addr) netip.Addr {
	v6 := i.spec.v6()
	usable := func(a netip.Addr) bool {
		return a.Is4() != v6 && (!v6 || a.IsLinkLocalUnicast()) && !e.virtual(i.spec.Interface, a)
	}
	if slices.Contains(addrs, i.cfg.Source) && usable(i.cfg.Source) {
		return i.cfg.Source
	}
	if n := slices.IndexFunc(addrs, usable); n >= 0 {
		return addrs[n]
	}
	return netip.Addr{}
}

// virtual says whether an address of an interface is an instance's.
func (e *Engine) virtual(ifname string, a netip.Addr) bool {
	return slices.ContainsFunc(e.instances, func(i *instance) bool {
		return i.spec.Interface == ifname && i.cfg.Priority != vrrp.Owner &&
			(slices.Contains(i.spec.Advertised, a) || slices.Contains(i.spec.Excluded, a))
	})
}

// sweep closes the sockets, and forgets the links, that no instance uses.
func (e *Engine) sweep() {
	for name, l := range e.links {
		inUse := false
		for group, s := range l.ports {
			if slices.ContainsFunc(e.instances, func(i *instance) bool { return i.socket == s }) {
				continue
			}
			s.port.Close()
			delete(l.ports, group)
		}
		for _, i := range e.instances {
			inUse = inUse || i.spec.Interface == name
		}
		if !inUse {
			l.close()
			delete(e.links, name)
		}
	}
}

func (l *link) close() {
	for group, s := range l.ports {
		s.port.Close()
		delete(l.ports, group)
	}
}
