package engine

import (
	"errors"
	"log/slog"
	"math"
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// socket is a listener with the instances that it hears for.
type socket struct {
	listener
	key     listenKey
	buf     []byte
	routers [256][]*instance // by VRID; several only if unicast (fact 4.5)
	closed  bool             // its reader must end
	unknown uint64           // packets of VRIDs that are not here
	log     bool             // each unknown VRID is logged once
	logged  [256]bool
	want    want // as the kernel has been told
}

// listen gives the instance's socket, a new one if it is the first that needs it.
func (e *Engine) listen(i *instance) error {
	key := listenKey{i.spec.transmit(), i.local(), i.ah != nil}
	s := e.listeners[key]
	if s == nil {
		l, err := e.net.Listen(e.links[key.ifname].info, key)
		if err != nil {
			return err
		}
		s = &socket{listener: l, key: key, buf: make([]byte, wire.MaxLen+64)}
		e.listeners[key] = s
		e.readers.Go(func() { l.Wait(func() bool { return e.arrived(s) }) })
	}
	i.socket = s
	return nil
}

// dial gives the instance's sender, a new one if it is the first that needs it.
func (e *Engine) dial(i *instance) error {
	key := dialKey{i.spec.transmit(), i.spec.v6()}
	s := e.senders[key]
	if s == nil {
		var err error
		if s, err = e.net.Dial(e.links[key.ifname].info, key.v6); err != nil {
			return err
		}
		e.senders[key] = s
	}
	i.sender = s
	return nil
}

// closeListener ends a socket.  Its reader may be waiting for the lock that
// the caller holds, so it is not waited for here.
func (e *Engine) closeListener(s *socket) {
	s.closed = true
	delete(e.listeners, s.key)
	e.readers.Go(func() { s.Close() })
}

// closeLink closes the sockets of an interface that is gone or another.
func (e *Engine) closeLink(ifname string) {
	for key, s := range e.listeners {
		if key.ifname == ifname {
			e.closeListener(s)
		}
	}
	for key, s := range e.senders {
		if key.ifname == ifname {
			s.Close()
			delete(e.senders, key)
		}
	}
	for _, i := range e.instances {
		if i.spec.transmit() == ifname {
			i.socket, i.sender = nil, nil
		}
	}
}

// sweep closes the sockets and forgets the links that no instance uses, and
// tells the others whom they hear for.
func (e *Engine) sweep() {
	links, listening, sending := map[string]bool{}, map[*socket]bool{}, map[sender]bool{}
	for _, s := range e.listeners {
		s.routers, s.log = [256][]*instance{}, false
	}
	for _, i := range e.instances {
		links[i.spec.base()], links[i.spec.transmit()] = true, true
		listening[i.socket], sending[i.sender] = true, true
		if i.socket != nil {
			list := &i.socket.routers[i.spec.Config.VRID]
			*list = append(*list, i)
			i.socket.log = i.socket.log || i.spec.LogUnknown
		}
	}
	for _, s := range e.listeners {
		if !listening[s] {
			e.closeListener(s)
			continue
		}
		if err := s.tell(); err != nil {
			e.log(slog.LevelWarn, "vrrp: socket", slog.String("interface", s.key.ifname), slog.String("error", err.Error()))
		}
	}
	for key, s := range e.senders {
		if !sending[s] {
			s.Close()
			delete(e.senders, key)
		}
	}
	for name := range e.links {
		if !links[name] {
			delete(e.links, name)
		}
	}
}

// tell has the kernel drop what nobody here is interested in.
func (s *socket) tell() error {
	var w want
	for vrid, list := range s.routers {
		w.vrids[vrid] = len(list) > 0 || s.log
		for _, i := range list {
			w.buffer = max(w.buffer, i.spec.ReceiveBuffer)
		}
	}
	if w == s.want {
		return nil
	}
	s.want = w
	return s.Want(w)
}

// frame is an advert to one destination.
type frame struct {
	wire.Frame
	path wire.Path
}

// build makes the frames of the instance: one for the group, or one for each peer.
func (i *instance) build() {
	if !i.cfg.Source.IsValid() {
		i.frames = nil
		return
	}
	to := []netip.Addr{i.spec.group()}
	ttl := uint8(wire.TTL)
	if i.spec.Unicast {
		ttl, to = i.spec.UnicastTTL, nil
		for _, p := range i.spec.Peers {
			to = append(to, p.Addr.Unmap())
		}
	}
	i.frames = make([]frame, len(to))
	for n, a := range to {
		i.frames[n].path = wire.Path{Src: i.cfg.Source, Dst: a, TTL: ttl}
		i.frames[n].Build(&i.packet, i.frames[n].path)
	}
}

var errNoKey = errors.New("the active key of the authentication is missing")

// put sends one advert to every destination.  One that cannot be reached does
// not keep the others from hearing it.
func (i *instance) put(priority uint8, wall time.Time) (sent bool, err error) {
	if i.sender == nil || len(i.frames) == 0 {
		return false, errNoSocket
	}
	if i.hmac.broken() {
		return false, errNoKey // the instance is at fault, and nothing leaves unsigned
	}
	i.number = wire.NextID(i.number)
	var seq uint64
	if i.hmac.signs() {
		seq = i.hmac.next(wall)
	} else if i.ah != nil {
		i.ahSent = max(i.ahSent, i.ahHeard) // peers count all routers together
		if i.ahSent < math.MaxUint32 {
			i.ahSent++
		}
	}
	for n := range i.frames {
		f := &i.frames[n]
		f.SetPriority(priority)
		f.Number(i.number)
		switch {
		case i.hmac.signs():
			f.Sign(i.hmac.keys[i.hmac.Active], i.hmac.Active, seq, f.path)
		case i.ah != nil:
			f.SealAH(i.ah, i.ahSent, i.spec.Unicast)
		}
		if failed := i.sender.Send(f.Bytes(), f.path.Dst); failed != nil {
			err = failed
		} else {
			sent = true
		}
	}
	return sent, err
}
