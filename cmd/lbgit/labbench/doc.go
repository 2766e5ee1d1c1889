// Package labbench measures lbgit and keepalived in one run in the lab's
// kernel and prints the ratios. It is run by `make bench`; absolute numbers
// are the machine's, ratios are what counts.
package labbench
