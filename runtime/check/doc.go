// Package check decides what probe results mean. It is pure: it opens no socket, reads no clock, starts no goroutine and
// draws no chance; time and chance are arguments.
//
// Three small machines live here.
//
//   - [Step] turns a stream of probe results into the health of one checker: how many failures are tolerated, how many
//     successes are demanded, and how long to wait for the next probe.
//   - [Band] decides quorum with hysteresis over the live weight of a pool; who serves then is the compiler's.
//   - [Track] is the counter of a VRRP track script.
//
// The package knows no kernel, no configuration language and no pool: health is a fact that the agent hands to the compiler.
//
// Letters with numbers in comments (V15, T5, Q2) name facts about keepalived in the project's notes on its behaviour.
// lbgit keeps those that users rely on, and says where it differs and why.
package check
