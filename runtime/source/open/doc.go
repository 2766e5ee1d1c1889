// Package open turns what a user types as SOURCE into a source.Source. It is a
// package of its own because it knows all kinds of sources, and they know
// package source.
package open
