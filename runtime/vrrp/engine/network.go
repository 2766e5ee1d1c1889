package engine

import (
	"net/netip"

	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// network is the world outside: interfaces and sockets.  The real one is
// system; tests have one in memory.
type network interface {
	// Probe looks at an interface; the empty name stands for the whole host.  It
	// may take its time.
	Probe(ifname string) linkInfo
	// Listen opens a socket that hears what the key says.
	Listen(on linkInfo, key listenKey) (listener, error)
	// Dial opens a socket that sends by an interface, or by any.
	Dial(by linkInfo, v6 bool) (sender, error)
}

// listenKey says what a socket hears.  Instances that want the same share one
// (fact 3.16).
type listenKey struct {
	ifname string // an interface or a VRF; empty means any
	// local is where packets must be sent to: a multicast group, which is
	// joined, or an own unicast address, which need not be there yet.
	local netip.Addr
	ah    bool // packets with an Authentication Header, and none without
}

// dialKey says what a socket is to send.
type dialKey struct {
	ifname string
	v6     bool
}

// listener is one socket that hears adverts.
type listener interface {
	// Wait calls arrived whenever packets may be waiting, and again as long as
	// it returns true.  It returns when the listener is closed.
	Wait(arrived func() (more bool))
	// Receive takes one packet without waiting; buf is what its payload refers
	// to.  ok is false when none waits.
	Receive(buf []byte) (d datagram, ok bool)
	// Want says which packets are worth hearing and how many bytes of them may
	// wait.  Others may come all the same.
	Want(w want) error
	// Close ends Wait.  It must not be called by arrived, and waits for it.
	Close() error
}

// want is what the instances of a listener ask for.
type want struct {
	vrids  [256]bool
	buffer int // bytes; 0 means enough for a thousand adverts
}

// sender is one socket that sends frames, which bring their IP header along.
type sender interface {
	// Send never waits.
	Send(frame []byte, to netip.Addr) error
	Close() error
}

// linkInfo is what Probe found; the zero Index means that there is no such
// interface.
type linkInfo struct {
	Name    string
	Index   int
	Up      bool         // administratively up, and with carrier (fact 7.5)
	Addrs   []netip.Addr // usable as source, in the kernel's order, which starts with the primary one
	Problem error        // why the interface could not be examined; all else is then void
}

// usable says whether packets can go by the link: it is there and up, or it
// stands for the whole host.
func (l *linkInfo) usable() bool { return l.Name == "" || l.Index != 0 && l.Up }

// datagram is a received packet without its IP header.
type datagram struct {
	Src, Dst netip.Addr
	TTL      uint8
	Header   []byte // IPv4 only
	Payload  []byte
}

// vrid is the virtual router that a packet says it is of.
func (d *datagram) vrid(ah bool) (vrid uint8, ok bool) {
	at := 1
	if ah {
		at += wire.AHLen
	}
	if len(d.Payload) <= at {
		return 0, false
	}
	return d.Payload[at], true
}
