package engine

import (
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// Counters count since the instance was first configured.  The names in
// brackets are keepalived's (fact 18.8).
type Counters struct {
	Sent, Received       uint64 // advert_sent, advert_rcvd: accepted ones
	BecameMaster         uint64 // become_master
	ReleasedMaster       uint64 // release_master
	PriorityZeroSent     uint64 // pri_zero_sent
	PriorityZeroReceived uint64 // pri_zero_rcvd
	AddressList          uint64 // addr_list_err: accepted all the same
	Rivals               uint64 // episodes of two masters
	SendErrors           uint64
	// Errors counts rejected packets by reason; see [wire.Reject.Name].
	Errors [wire.Rejects]uint64
}

// Status is what one instance is and knows, for people and metrics.
type Status struct {
	Name      string
	Interface string
	Group     netip.Addr
	VRID      uint8
	Version   uint8
	Source    netip.Addr // invalid while none is known

	Role       vrrp.Role
	Would      vrrp.Role // of an observing engine; else Role
	Listening  bool      // started with addresses held, undecided yet
	Applied    bool      // the addresses follow MASTER
	Leaving    bool      // a master that hands over
	Waits      bool      // would be master but for its sync group
	StandsBack bool      // stands back after a failover on request
	Led        bool      // preferred on request
	Delayed    bool      // within the startup delay
	Sync       string    // sync group
	Faults     vrrp.FaultBit

	Priority     uint8 // effective
	BasePriority uint8

	MasterAddr     netip.Addr // invalid while none is known
	MasterPriority uint8
	Interval       time.Duration // own
	MasterInterval time.Duration // in force
	MasterDown     time.Duration // in force
	Deadline       time.Duration // from now; 0 if nothing is due

	LastTransition time.Time // wall clock
	LastCause      vrrp.Cause
	SendError      string // why the last advert could not be sent
	// UnknownVRIDs counts packets for routers that are not configured here; all
	// instances of the socket share it.
	UnknownVRIDs uint64
	Counters     Counters
}

// Snapshot copies the state of every instance, in configuration order.
func (e *Engine) Snapshot() []Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.now()
	list := make([]Status, 0, len(e.instances))
	for _, i := range e.instances {
		s := Status{
			Name: i.spec.Name, Interface: i.spec.Interface, Group: i.spec.group(),
			VRID: i.cfg.VRID, Version: i.cfg.Version, Source: i.cfg.Source,
			Role: i.state.Role, Would: i.state.Role, Listening: i.state.Held, Applied: i.state.Applied, Faults: i.state.Faults,
			Leaving: i.state.LeaveAt != 0, Waits: i.state.Wants, StandsBack: i.state.StandsBack, Led: i.state.Led,
			Delayed: now < i.state.NotBefore, Sync: i.spec.Sync,
			Priority: i.state.Priority, BasePriority: i.cfg.Priority,
			MasterAddr: i.state.MasterAddr, MasterPriority: i.state.MasterPriority,
			Interval: i.cfg.Interval, MasterInterval: i.state.MasterInterval, MasterDown: i.state.Down,
			LastTransition: i.last.at, LastCause: i.last.cause, Counters: i.count,
		}
		if e.opts.Observe && s.Role == vrrp.Master {
			s.Role = vrrp.Backup
		}
		if i.state.Deadline != 0 {
			s.Deadline = max(i.state.Deadline-now, 0)
		}
		if i.socket != nil {
			s.UnknownVRIDs = i.socket.unknown
		}
		if i.sendErr != nil {
			s.SendError = i.sendErr.Error()
		}
		list = append(list, s)
	}
	return list
}
