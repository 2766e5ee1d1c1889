// Package wire turns VRRP packets into bytes and back: version 2 (RFC 3768)
// over IPv4, version 3 (RFC 9568) over IPv4 and IPv6.
//
// What it knows: the layout, the checksums, the limits of the fields, and the
// checks that a received packet has to pass before the protocol may see it
// (keepalived's receive table, fact 4.6).  What it must not know: sockets,
// time, roles.  "fact N.M" names a line of keepalived's recorded behaviour.
//
// The names in the errors are those of keepalived's counters, so that the two
// can be compared side by side.
package wire
