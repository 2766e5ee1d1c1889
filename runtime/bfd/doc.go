// Package bfd is the core of Bidirectional Forwarding Detection (RFC 5880):
// the packet, and one session as a total function.
//
//	state, actions := bfd.Step(config, state, now, event)
//
// It speaks the asynchronous mode without authentication and without the echo
// function, and never asks for demand mode itself.  "section N" in comments
// means RFC 5880; "fact N.M" names a line of keepalived's recorded behaviour.
//
// What it knows: the session's state, its timers, and what a packet says.
// What it must not know: sockets, addresses, clocks, goroutines, and what
// follows from a session that goes down.  Time is a [time.Duration] since any
// fixed origin, passed in; chance is a number that [Start] brings.
//
// The caller feeds [Start] once, then every packet that is for this session
// and every [Tick] when State.Deadline is reached, and carries out the actions
// in the order given.  A Tick before the deadline changes nothing.
//
//	state   heard Down   heard Init   heard Up   heard AdminDown   silence
//	Down    Init         Up           -          -                 -
//	Init    -            Up           Up         Down              Down
//	Up      Down         -            -          Down              Down
package bfd
