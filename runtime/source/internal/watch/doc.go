// Package watch tells when something about a set of paths may have changed.
//
// It watches directories only, because a watch on a file dies with the first
// editor that saves by renaming. Of every path it watches all directories that
// a look-up of the path goes through, symbolic links included, so that a
// Kubernetes ..data swap, a renamed parent or a path that comes into being are
// noticed. It promises no more than "look again": what changed is found by
// looking. When the kernel cannot watch (limits), it says so and the caller
// polls faster.
package watch
