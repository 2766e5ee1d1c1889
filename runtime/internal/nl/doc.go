// Package nl is the netlink plumbing that runtime/ipvs and runtime/link share:
// one socket, messages built by appending, many requests in one send, dumps
// that notice when they were interrupted, and the kernel's own error text.
//
// It knows nothing of what the messages mean. Layouts and numbers come from
// uapi/linux/netlink.h and uapi/linux/genetlink.h.
//
// Sockets belong to the network namespace of the thread that opens them and
// then work from any goroutine, one call at a time.
package nl
