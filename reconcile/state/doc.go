// Package state is the kernel's side of the model: comparable values for
// everything that lbgit puts there.
//
// Desired and observed state have the same shape, so that a diff is only a
// comparison of rows. Rows are kept sorted by their keys: the order of the
// source never matters, and two states are compared in one walk.
//
// Pure: it knows numbers and names of the kernel, and does nothing with them.
package state
