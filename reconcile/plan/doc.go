// Package plan compares desired with observed state and says, operation by
// operation, what leads from one to the other.
//
// A Plan is data: it can be saved, compared and shown, and what it says is
// what apply does. Whose an object is gets settled first, in one place
// (own.go); then rows are compared (diff.go); then the operations are put in
// order (order.go), with the reason for each rule there. Replay is the proof:
// it applies a plan to a state without a kernel.
//
// Pure: no I/O, no clock.
package plan
