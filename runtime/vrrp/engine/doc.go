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
// A turn of the loop serves, in this order:
//
//  1. masters whose advert is due, so that no flood of packets or commands delays one;
//  2. packets, a bounded number from each interface in turn;
//  3. commands;
//  4. all other deadlines: a backup takes over only after the packets that
//     might tell it not to have been read.
package engine
