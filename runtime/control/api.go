package control

import (
	"encoding/json"
	"time"
)

// SourceRequest names a source as the command line does; local paths are
// absolute. An empty Source means the daemon's own.
type SourceRequest struct {
	Source string `json:"source"`
	Ref    string `json:"ref,omitempty"`
	Path   string `json:"path,omitempty"`
	// Node and Vars are refused when they are not the daemon's.
	Node string            `json:"node,omitempty"`
	Vars map[string]string `json:"vars,omitempty"`
}

// PlanResponse is a plan in its JSON form (reconcile/render), or the
// diagnostics that made one impossible.
type PlanResponse struct {
	Plan        json.RawMessage `json:"plan,omitempty"`
	Diagnostics string          `json:"diagnostics,omitempty"`
	// Refused says that the source was refused.
	Refused bool `json:"refused,omitempty"`
}

// ApplyRequest asks the daemon to apply a plan that it, or an lbgit before,
// has made. It is refused when it no longer fits.
type ApplyRequest struct {
	SourceRequest
	Plan json.RawMessage `json:"plan"`
	// Hold allows a source other than the daemon's own, and keeps its revision
	// until it is resumed.
	Hold bool `json:"hold,omitempty"`
}

// ApplyResponse tells what was reached.
type ApplyResponse struct {
	Done     int      `json:"done"`
	Failures []string `json:"failures,omitempty"`
	Refused  string   `json:"refused,omitempty"`
}

// Status is what the daemon sees.
type Status struct {
	Node     string    `json:"node"`
	RouterID string    `json:"router_id,omitempty"`
	Version  string    `json:"version"`
	Since    time.Time `json:"since"`
	Observe  bool      `json:"observe,omitempty"`
	Source   string    `json:"source"`
	Revision string    `json:"revision"`
	Applied  time.Time `json:"applied,omitzero"`
	Held     string    `json:"held,omitempty"`
	// SourceError says why the source's newest state is not in force.
	SourceError string `json:"source_error,omitempty"`
	// Failures are operations that the kernel refused and that are tried again.
	Failures  []string        `json:"failures,omitempty"`
	Conflicts []string        `json:"conflicts,omitempty"`
	Contended []string        `json:"contended,omitempty"`
	Waiting   []string        `json:"waiting,omitempty"`
	Instances []Instance      `json:"instances"`
	BFD       []BFDSession    `json:"bfd_sessions,omitempty"`
	Services  []VirtualServer `json:"virtual_servers"`
	Repairs   uint64          `json:"repairs"`
}

// Instance is a VRRP instance.
type Instance struct {
	Name           string    `json:"name"`
	State          string    `json:"state"`
	Would          string    `json:"would,omitempty"`
	Interface      string    `json:"interface"`
	VRID           uint8     `json:"virtual_router_id"`
	Version        uint8     `json:"version"`
	Priority       uint8     `json:"priority"`
	BasePriority   uint8     `json:"base_priority"`
	Master         string    `json:"master,omitempty"`
	MasterPriority uint8     `json:"master_priority,omitempty"`
	Interval       string    `json:"advert_interval"`
	Faults         string    `json:"faults,omitempty"`
	Cause          string    `json:"cause,omitempty"`
	Since          time.Time `json:"since,omitzero"`
	Sent           uint64    `json:"adverts_sent"`
	Received       uint64    `json:"adverts_received"`
	Addresses      []string  `json:"addresses"`
	// Trackers are what the instance depends on, and what each of them does.
	Trackers []string `json:"trackers,omitempty"`
}

// VirtualServer is a virtual server with its real servers.
type VirtualServer struct {
	Name      string       `json:"name"`
	Services  []string     `json:"services"`
	Scheduler string       `json:"scheduler"`
	Quorum    bool         `json:"quorum"`
	Weight    int64        `json:"healthy_weight"`
	Servers   []RealServer `json:"real_servers"`
	Sorry     string       `json:"sorry_server,omitempty"`
}

// RealServer is a real server with its health.
type RealServer struct {
	Address string    `json:"address"`
	Weight  int32     `json:"weight"`
	Health  string    `json:"health"`
	Reason  string    `json:"reason,omitempty"`
	Since   time.Time `json:"since,omitzero"`
}
