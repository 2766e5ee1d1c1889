package notify

import (
	"fmt"
	"strconv"
	"time"
)

// Kind is the kind of object that an event is about, as scripts and FIFOs spell it.
type Kind string

// The kinds that VRRP has.
const (
	Instance Kind = "INSTANCE"
	Group    Kind = "GROUP"
)

// State is what an event says.
type State string

// Every object is told of in these states.
const (
	Master  State = "MASTER"
	Backup  State = "BACKUP"
	Fault   State = "FAULT"
	Stop    State = "STOP"    // the daemon stops
	Deleted State = "DELETED" // the object left the configuration
)

// These are remarks: they change no state. The first three are keepalived's
// (fact 14.3), the last is lbgit's own.
const (
	LowerPriority  State = "MASTER_RX_LOWER_PRI"
	MasterPriority State = "MASTER_PRIORITY"
	BackupPriority State = "BACKUP_PRIORITY"
	TwoMasters     State = "TWO_MASTERS"
)

// isRemark tells whether an event leaves the state as it is.
func (s State) isRemark() bool {
	switch s {
	case LowerPriority, MasterPriority, BackupPriority, TwoMasters:
		return true
	}
	return false
}

// Object names what an event is about.
type Object struct {
	Kind Kind
	Name string
}

// Event is something that happened to an object.
type Event struct {
	Object
	State State
	// Priority is the effective one of an instance; groups have 0.
	Priority uint8
	// Cause says in words why.
	Cause string
	At    time.Time

	// Previous is the state that was told before, empty for the first, and Seq
	// counts all events from 1. Tell fills both in.
	Previous State
	Seq      uint64
}

// Line is the event as FIFOs get it (fact 14.3).
func (e *Event) Line() string {
	return fmt.Sprintf("%s \"%s\" %s %d\n", e.Kind, e.Name, e.State, e.Priority)
}

// arguments are appended to the generic script's own (fact 14.2).
func (e *Event) arguments() []string {
	return []string{string(e.Kind), e.Name, string(e.State), strconv.Itoa(int(e.Priority))}
}

// environment tells every script what keepalived leaves it to guess (fact 20.8).
func (e *Event) environment() []string {
	return []string{
		"LBGIT_KIND=" + string(e.Kind),
		"LBGIT_NAME=" + e.Name,
		"LBGIT_STATE=" + string(e.State),
		"LBGIT_PRIORITY=" + strconv.Itoa(int(e.Priority)),
		"LBGIT_PREVIOUS_STATE=" + string(e.Previous),
		"LBGIT_CAUSE=" + e.Cause,
		"LBGIT_SEQUENCE=" + strconv.FormatUint(e.Seq, 10),
	}
}

// title is the object as mails call it.
func (e *Event) title() string {
	if e.Kind == Group {
		return "VRRP Group " + e.Name
	}
	return "VRRP Instance " + e.Name
}

// subject is keepalived's, so that filters go on working (fact 14.12).
func (e *Event) subject(routerID string) string {
	what := "Entering " + string(e.State) + " state"
	switch e.State {
	case Stop:
		what = "Stopping"
	case Deleted:
		what = "Deleted"
	case TwoMasters:
		what = "Another master is heard"
	}
	return fmt.Sprintf("[%s] %s - %s", routerID, e.title(), what)
}

// body says what the state means for the addresses.
func (e *Event) body() string {
	what := "does not hold its virtual addresses"
	switch e.State {
	case Master:
		what = "now holds its virtual addresses"
	case TwoMasters:
		what = "holds its virtual addresses, and so does somebody else"
	}
	text := fmt.Sprintf("This node %s.\n\n%s: %s", what, e.title(), e.State)
	if e.Previous != "" {
		text += ", before " + string(e.Previous)
	}
	if e.Kind == Instance {
		text += fmt.Sprintf("\nPriority: %d", e.Priority)
	}
	if e.Cause != "" {
		text += "\nCause: " + e.Cause
	}
	return text + "\nTime: " + e.At.Format(time.RFC3339) + "\n"
}
