// Package control is how one lbgit process speaks with another on the same
// node: the daemon serves, the command line asks.
//
// The daemon listens on two sockets that serve the same: a path, and the
// abstract socket @lbgit/writer. The abstract one is unique in a network
// namespace and freed even by kill -9, so holding it is what makes a process
// the one writer to that namespace's kernel.
//
// The protocol is HTTP with JSON. Callers must be root or the user that the
// daemon runs as; the kernel says who they are (SO_PEERCRED).
package control
