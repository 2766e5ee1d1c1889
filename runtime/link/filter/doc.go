// Package filter drops what is sent to virtual addresses of instances with
// accept = false: reconcile/state's filters, in an nftables table of lbgit's own.
//
//	table inet lbgit {
//		set vips  { type ipv4_addr; }
//		set vips6 { type ipv6_addr; }
//		chain input {
//			type filter hook input priority filter - 10; policy accept;
//			ip daddr @vips drop
//			icmpv6 type nd-neighbor-solicit-nd-neighbor-advert accept
//			ip6 daddr @vips6 drop
//		}
//	}
//
// A change is one element of a set, so it is atomic and costs the same however
// many there are. The table comes with the first filter and goes with the last.
// What is only forwarded does not pass the input hook. Accept ends this chain
// only: the node's other tables still judge the packet.
//
// Every call opens a socket of its own, in the network namespace of the calling
// thread: a kernel without nf_tables matters only where a filter is wanted.
package filter
