// Package vfs holds the file system pieces that the trees of all sources
// share: open files over bytes, open directories over lists, and a tree in
// memory. It knows nothing of where the bytes came from.
package vfs
