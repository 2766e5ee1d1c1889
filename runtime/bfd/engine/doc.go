// Package engine runs BFD sessions over UDP (RFC 5881 single hop, RFC 5883
// multihop): it owns their sockets and the one loop that feeds [bfd.Step].
//
// What it knows: sockets, time, which packet is for which session.  What it
// must not know: what follows from a session that goes down; it reports a
// verdict.  "fact N.M" in comments names a line of keepalived's recorded
// behaviour.
//
// The sessions of a family and port share a listening socket; each has a
// sending socket of its own, whose port names it to the network.  A turn of
// the loop reads what waits in the sockets before it looks at the timers, so a
// loop that was held up does not take a living peer for dead.
package engine
