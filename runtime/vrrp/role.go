package vrrp

import "strings"

// Role is what an instance is at the moment.  The numbers are keepalived's
// (fact 18.7).
type Role uint8

// The four roles.
const (
	Init   Role = iota // not started, or shut down (RFC 9568 section 6.4.1)
	Backup             // listens (6.4.2)
	Master             // advertises; "Active" in RFC 9568 (6.4.3)
	Fault              // cannot take part until every fault bit is cleared
)

var roleNames = [...]string{Init: "INIT", Backup: "BACKUP", Master: "MASTER", Fault: "FAULT"}

// String returns the upper-case name that VRRP operators know.
func (r Role) String() string {
	if int(r) < len(roleNames) {
		return roleNames[r]
	}
	return "UNKNOWN"
}

// FaultBit is one independent reason for [Fault]; an instance may have several
// (fact 7.1).
type FaultBit uint16

// The reasons.  FaultApply is set and cleared by Step alone: it ends by itself
// after a while; FaultGroup by AppendGroup alone.
const (
	FaultLink      FaultBit = 1 << iota // interface missing or down
	FaultSource                         // no usable source address (fact 7.6)
	FaultTracker                        // an unweighted tracker is bad (fact 7.9)
	FaultDuplicate                      // same VRID twice on one link (fact 2.20)
	FaultConfig                         // the instance cannot be run as configured
	FaultGroup                          // another member of the sync group is at fault (fact 11.4)
	FaultPending                        // waits for the first result of a tracker (fact 7.10)
	FaultApply                          // the addresses could not be set
)

var faultNames = [...]string{
	"interface down", "no source address", "tracker", "duplicate VRID",
	"configuration", "sync group", "waiting for tracker", "apply failed",
}

// String lists the names of all set bits, separated by commas.
func (f FaultBit) String() string {
	if f == 0 {
		return "none"
	}
	var names []string
	for i, n := range faultNames {
		if f&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		return "unknown"
	}
	return strings.Join(names, ", ")
}

// Cause says in words for a log line why a role was taken.
type Cause string

// Every cause that Step gives, apart from faults: those carry the name of the
// fault bit.
const (
	CauseStart      Cause = "start"
	CauseOwner      Cause = "address owner"
	CauseSilence    Cause = "no advert from a master"
	CauseHeld       Cause = "addresses held at start, no other master heard"
	CauseOther      Cause = "another master heard at start"
	CausePreempt    Cause = "master has lower priority"
	CausePriority0  Cause = "master released"
	CauseHigher     Cause = "advert with higher priority"
	CauseTie        Cause = "advert with equal priority and higher address"
	CauseTwoOwners  Cause = "second address owner on the link"
	CauseStalled    Cause = "stalled longer than the master-down time"
	CauseRecovered  Cause = "fault cleared"
	CauseRetry      Cause = "retry after apply failed"
	CauseShutdown   Cause = "shutdown"
	CauseHandedOver Cause = "shutdown, a successor was heard"
	CauseUnheard    Cause = "shutdown, no successor was heard"
	CauseFailover   Cause = "failover on request"
	CauseNobody     Cause = "nobody took over"
	CauseGroup      Cause = "sync group gave way"
	CauseLower      Cause = "advert with lower priority"
	CauseApplyError Cause = "apply failed"
)
