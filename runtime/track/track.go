// Package track turns the outside world into inputs of VRRP: scripts that are
// run at intervals, files that hold a number, processes that must run, and the
// arithmetic that makes a priority or a fault of their verdicts. Interfaces,
// BFD sessions and virtual servers are watched by others and count the same.
//
// It reports verdicts; what follows from them is the agent's and vrrp's.
package track

import (
	"context"
	"fmt"

	"github.com/lbgit/lbgit/schema"
)

// Kind is a kind of tracked objects.
type Kind uint8

const (
	Script Kind = iota
	File
	Process
	Interface
	BFD
	VirtualServer
)

func (k Kind) String() string {
	return [...]string{"script", "file", "process", "interface", "bfd session", "virtual server"}[k]
}

// Object names a tracked object.
type Object struct {
	Kind Kind
	Name string
}

func (o Object) String() string { return o.Kind.String() + " " + o.Name }

// Tracker watches the objects of one kind. It is a task. That a verdict has
// changed it tells by a function that it was made with, which must not block.
type Tracker interface {
	Run(ctx context.Context) error
	String() string
	// Set replaces what is watched: all of its kind that an instance uses.
	Set(cfg *schema.Config)
	// Verdict may be asked at any time, before Set and before Run, too.
	Verdict(name string) Verdict
}

// State is whether a tracked object is as it should be.
type State uint8

const (
	// Pending has no result yet.
	Pending State = iota
	Good
	Bad
)

// Verdict is what is known of a tracked object.
type Verdict struct {
	State State
	// Number is what a file says; it is Good whatever that is.
	Number int32
	// Reason says in a few words why it is so; it may be empty.
	Reason string
}

// Answer is the verdict of something that is good, or bad for a reason.
func Answer(good bool, reason string) Verdict {
	if good {
		return Verdict{State: Good}
	}
	return Verdict{State: Bad, Reason: reason}
}

// same tells whether nothing follows from the difference of two verdicts.
func (v Verdict) same(w Verdict) bool { return v.State == w.State && v.Number == w.Number }

// text shows a verdict about an object of that kind.
func (v Verdict) text(k Kind) string {
	switch {
	case v.State == Pending:
		return "no result yet"
	case v.State == Bad && v.Reason == "":
		return "bad"
	case v.State == Bad:
		return "bad: " + v.Reason
	case k == File && v.Reason != "":
		return fmt.Sprintf("%d: %s", v.Number, v.Reason)
	case k == File:
		return fmt.Sprint(v.Number)
	case v.Reason != "":
		return "good: " + v.Reason
	}
	return "good"
}
