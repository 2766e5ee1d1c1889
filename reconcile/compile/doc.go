// Package compile turns intent into rows: the model of a node and the live
// facts (roles, health, what is being drained) become the state that the
// kernel should be in.
//
// What depends on the configuration alone is prepared once per revision, and
// shared with the revision before where nothing changed. What depends on
// facts is then a short walk over prepared rows, so that a failover or a dead
// server costs only what it touches.
//
// Pure: the same configuration and facts give the same state.
package compile
