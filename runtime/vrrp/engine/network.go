package engine

import "net/netip"

// network is the world outside: interfaces and sockets.  The real one is
// system; tests have one in memory.
type network interface {
	// Probe looks at an interface.  It may take its time.
	Probe(ifname string) linkInfo
	// Open opens a socket on an interface and joins the group.
	Open(info linkInfo, group netip.Addr) (port, error)
}

// port is one socket: an interface and a group.
type port interface {
	// Send sends a PDU to the group.  It never waits.
	Send(pdu []byte, src netip.Addr) error
	// Receive waits for a packet and reads it into buf, to which the payload
	// refers.  It returns an error once the port is closed.
	Receive(buf []byte) (datagram, error)
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

// datagram is a received packet without its IP header.
type datagram struct {
	Src, Dst netip.Addr
	TTL      uint8
	Payload  []byte
}
