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

// InstanceRequest orders something for a VRRP instance; a demotion without one
// is for all.
type InstanceRequest struct {
	Instance string `json:"instance,omitempty"`
	// By is how much a demotion takes off the priority, 1 to 253.
	By int `json:"by,omitempty"`
	// For is how long the order is in force, in nanoseconds.
	For time.Duration `json:"for,omitempty"`
}

// InstanceResponse says what was done.
type InstanceResponse struct {
	Said string `json:"said"`
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
	Notify    Notify          `json:"notify,omitzero"`
}

// Notify is what scripts, FIFOs and mail have been told, and not yet.
type Notify struct {
	Told    uint64 `json:"told"`
	Scripts int    `json:"scripts_waiting,omitempty"`
	Mails   int    `json:"mails_waiting,omitempty"`
	// Lines wait for the reader of a FIFO, by its path.
	Lines     map[string]int `json:"lines_waiting,omitempty"`
	LostLines uint64         `json:"lines_lost,omitempty"`
	LostMails uint64         `json:"mails_lost,omitempty"`
}

// Instance is a VRRP instance.
type Instance struct {
	Name      string `json:"name"`
	State     string `json:"state"`
	Would     string `json:"would,omitempty"`
	Interface string `json:"interface"`
	Source    string `json:"source_address,omitempty"`
	Group     string `json:"sync_group,omitempty"`
	VRID      uint8  `json:"virtual_router_id"`
	Version   uint8  `json:"version"`
	// Priority is the effective one; Why says how it comes about.
	Priority       uint8  `json:"priority"`
	BasePriority   uint8  `json:"base_priority"`
	Why            string `json:"priority_why,omitempty"`
	Master         string `json:"master,omitempty"`
	MasterPriority uint8  `json:"master_priority,omitempty"`
	// Leaving: priority 0 was said, and the successor is awaited. StandsBack:
	// it was handed over by hand and does not preempt.
	Leaving    bool `json:"leaving,omitempty"`
	StandsBack bool `json:"stands_back,omitempty"`
	// Delayed: the startup delay runs. Waits: it would be master but for the
	// other members of its sync group.
	Delayed   bool   `json:"startup_delay,omitempty"`
	Waits     bool   `json:"waits_for_group,omitempty"`
	Timers    Timers `json:"timers"`
	Faults    string `json:"faults,omitempty"`
	SendError string `json:"send_error,omitempty"`
	// Cause and Since are of the last transition.
	Cause     string            `json:"cause,omitempty"`
	Since     time.Time         `json:"since,omitzero"`
	Counters  map[string]uint64 `json:"counters,omitempty"`
	Addresses []string          `json:"addresses"`
	// Trackers are what the instance depends on, with what each does to its
	// priority; Orders are those given by hand.
	Trackers []string `json:"trackers,omitempty"`
	Orders   []string `json:"orders,omitempty"`
}

// Timers are those of an instance, as durations.
type Timers struct {
	Advert string `json:"advert_interval"`
	// MasterAdvert is the present master's interval, and MasterDown how long a
	// backup waits without an advert.
	MasterAdvert string `json:"master_advert_interval"`
	MasterDown   string `json:"master_down"`
	// Next is the time to the next advert or to the end of the wait.
	Next string `json:"next,omitempty"`
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
