// Package keepalived reads keepalived.conf into the model.
//
// It knows text and meaning, nothing of files, sockets or kernels: input
// comes through Source. What a keyword does is taken from keepalived's
// observed behaviour; "fact 1.9" in a comment is a numbered line of the VRRP
// facts, "P1", "V5", "T3" one of the LVS facts.
//
// The layers, each on top of the one before:
//
//   - reader.go, macro.go, seq.go: physical lines, conditions (@id),
//     definitions ($NAME), repetition (~SEQ, ~LST), include
//   - lex.go, tree.go: words, statements and blocks with their positions
//   - table.go: every keyword that keepalived has, block by block
//   - global.go, vrrp.go, virtualserver.go, check.go and their neighbours:
//     one block kind each, statement tree to schema objects
//   - load.go, cache.go: the whole, and what is reused from the last load
//
// The rule of severity: what keepalived skips and survives is a warning, and
// what ends keepalived or leaves a block open is an error. A known keyword
// that the model cannot carry is a warning ("unsupported"), or an error where
// dropping it would let an unhealthy server or an unknown peer count as good.
// No line is dropped in silence.
package keepalived
