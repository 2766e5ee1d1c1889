// Package link reads and writes interfaces, their addresses, routes and kernel
// parameters in the shape of reconcile/state, watches them, and tells the
// neighbours about addresses that moved (gratuitous ARP, unsolicited neighbour
// advertisements).
//
// Everything belongs to the network namespace of the thread that opened it and
// may then be used from any goroutine. Layouts are those of the kernel's
// uapi/linux/if_addr.h, rtnetlink.h and if_link.h.
//
// It knows nothing of what should be there, and decides nothing. How the
// kernel's view becomes a value, where that is not plain:
//
//   - An address's key has the prefix length that the kernel keeps, also where
//     there is a peer: it is then the peer's.
//   - IPv4 addresses have a label, the interface's name if none was given.
//     IPv6 addresses have none; their scope is the kernel's own judgement
//     (0 global, 253 link-local, 254 loopback).
//   - IPv6 routes without a metric get 1024 from the kernel.
package link
