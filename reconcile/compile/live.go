package compile

import (
	"github.com/lbgit/lbgit/reconcile/state"
)

// Health is what is known of a probe.
type Health uint8

const (
	// Unknown is a probe without a result: the server counts as healthy, or as
	// down with alpha.
	Unknown Health = iota
	Up
	Down
)

// Live are the facts that the configuration does not hold.
type Live struct {
	// Daemon tells that a daemon runs VRRP and the checks. Without one every
	// server counts as healthy and no address of VRRP is part of the state.
	Daemon bool
	// Master names the VRRP instances that this node is master of.
	Master map[string]bool
	// Health holds the results of probes by their ID.
	Health map[string]Health
	// QuorumLost names the virtual servers, by title, that have too little
	// healthy weight. Whether they have is decided where the hysteresis is
	// remembered.
	QuorumLost map[string]bool
	// Draining are destinations that left the configuration and are kept at
	// weight 0 until their connections end.
	Draining map[state.ServiceKey][]state.Dest
	// Links are the interfaces as observed: a VRRP instance's own link takes
	// after its parent.
	Links []state.Link
	// Stopping tells that the daemon ends: its links are not needed any more.
	Stopping bool
}
