// Package engine runs VRRP instances: it owns their sockets and the one loop
// that feeds [vrrp.Step].
//
// What it knows: interfaces, raw sockets, time, and the order in which due
// timers, packets and commands are served.  What it must not know: virtual
// addresses on interfaces, routes, ARP frames, configuration files.  It never
// touches an address: it reports a role, and is told by Applied what became of
// it.  "fact N.M" in comments names a line of keepalived's recorded behaviour.
//
// Nothing that a caller does can hold up an advert.  Every method but Snapshot
// and Release only appends to a queue; facts, announcements, log lines and
// questions about interfaces each have a goroutine of their own.  The loop
// itself makes no call that waits, apart from opening a socket.
//
// Instances that hear the same share a socket, and so do those that send by the
// same interface.  Each listening socket has a reader, which the runtime's
// poller wakes; it takes a bounded number of packets under the engine's lock and
// then lets go of it.  Whoever has the lock serves, in this order:
//
//  1. masters whose advert is due, so that no flood of packets or commands delays one;
//  2. its packets, if it is a reader; commands, if it is the loop;
//  3. the loop: all other deadlines.  A backup takes over only after the packets
//     that might tell it not to have been read.
//
// No turn looks at every instance: deadlines stand in heaps, a socket finds the
// instance of a packet by its VRID, and the kernel drops what is for no VRID here.
package engine
