// Package ipvs reads and writes the kernel's IPVS table in the shape of
// reconcile/state.
//
// Services and destinations go through a netlink codec of this package: all
// attributes, many requests in one send, the kernel's error text. Connection
// timeouts go through moby/ipvs. A Sweeper finds drift cheaply in
// /proc/net/ip_vs. Layouts are those of uapi/linux/ip_vs.h and of the kernel's
// net/netfilter/ipvs/ip_vs_ctl.c.
//
// It knows nothing of what should be there, and decides nothing.
package ipvs
