package engine

import "net/netip"

// network is the world outside.  The real one is system; tests have one in
// memory.
type network interface {
	// Listen opens a socket on a local address, which may be unspecified.  wake
	// is called whenever packets have come, from any goroutine.
	Listen(local netip.AddrPort, wake func()) (input, error)
	// Open opens a socket that sends from a local address, which may be
	// unspecified, to a remote one.
	Open(local, remote netip.AddrPort, ttl uint8) (output, error)
	// Index is the number of an interface.
	Index(ifname string) (int, error)
}

// input is a listening socket.
type input interface {
	// Receive takes a waiting packet; false says that there is none.  It never
	// waits.  The payload is in buf.
	Receive(buf []byte) (datagram, bool)
	Close() error
}

// output is a sending socket.  Send never waits.
type output interface {
	Send(pdu []byte) error
	Close() error
}

// datagram is a received packet.  Addresses have no zone; Index is the
// interface it came by.
type datagram struct {
	Src, Dst netip.Addr
	Index    int
	TTL      uint8
	Payload  []byte
}
