package engine

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/lbgit/lbgit/runtime/internal/clock"
	"github.com/lbgit/lbgit/runtime/vrrp"
)

// Instance is one virtual router as configured on this node.
type Instance struct {
	// Name is for people and for the other methods.  It is not part of the
	// identity: renaming an instance keeps its role (fact 16.5).
	Name string
	// Interface is where adverts are heard.  A unicast instance may do without:
	// then packets go where the routes lead.
	Interface string
	// Transmit is the interface that adverts leave from, with its MAC address, and are heard on;
	// empty means Interface.  It must be up like that.
	Transmit string
	// VRF, for a unicast instance without an interface, is the VRF whose routes
	// packets take.
	VRF string
	// Config is the protocol's.  An invalid Source means the interface's first
	// address that is not virtual; for IPv6 the Transmit interface's own
	// link-local one (fact 3.14).
	Config vrrp.Config
	// Advertised are the addresses in the packet, in this order, all of one family.
	Advertised []netip.Addr
	// Excluded are further virtual addresses.  They are announced but not
	// advertised, and like those never taken as source (facts 3.8, 17.1).
	Excluded []netip.Addr
	// Group is the multicast group; invalid means 224.0.0.18 or ff02::12.
	Group netip.Addr
	// Unicast makes the instance speak to Peers instead of the group.  Without
	// any it is at fault (unicast_fault_no_peer).
	Unicast bool
	Peers   []Peer
	// UnicastTTL is what adverts to peers are sent with; 0 means 255.
	UnicastTTL uint8
	// CheckSource refuses unicast adverts of others than the peers.
	CheckSource bool
	// TrackSource makes it a fault that a configured Source is not there.
	TrackSource bool
	// AuthPass is the password of version 2, of which 8 bytes count; empty means none.
	AuthPass string
	// AuthAH uses AuthPass as the key of an Authentication Header instead;
	// version 2 over IPv4 only.
	AuthAH bool
	// HMAC, if it is not nil, takes the place of both.
	HMAC *HMAC
	// ChecksumAsV2 is v3_checksum_as_v2.
	ChecksumAsV2 bool
	// OldUnicast is about keepalived's unicast checksum before 1.4.
	OldUnicast OldUnicast
	// SkipAddresses leaves the list of addresses uncompared in further adverts
	// of the same master.
	SkipAddresses bool
	// LogUnknown logs the first advert of each VRID that is not configured.
	LogUnknown bool
	// IgnoreLink keeps the instance running while its interface is down.
	IgnoreLink bool
	// DownDelay and UpDelay are how long Interface must be down or up before
	// that counts.  The same for all instances of an interface.
	DownDelay, UpDelay time.Duration
	// ReceiveBuffer is the size of the socket's queue in bytes; 0 means the
	// engine's own choice.
	ReceiveBuffer int
	// Sync names the sync group; instances of the same one change their role
	// together.  Empty means none.
	Sync string
	// StartDelay is how long from now an instance that is new becomes no master
	// (vrrp_startup_delay, fact 5.6).
	StartDelay time.Duration
	// Held says that the virtual addresses were found on the interface at
	// start.  It counts only for an instance that is new.
	Held bool
}

// OldUnicast says when the checksum of a version 3 advert between IPv4 peers is
// taken over the multicast group (fact 3.6).
type OldUnicast uint8

// OldUnicastAuto learns from the peer, once.
const (
	OldUnicastAuto OldUnicast = iota
	OldUnicastAlways
	OldUnicastNever
)

// Fact is a role that was taken, or a remark about one that goes on.
type Fact struct {
	Instance string
	// Remark is what happened in Role; NoRemark means that Role is new.
	Remark Remark
	// Priority is the effective one (fact 14.2).
	Priority uint8
	// Role is what the addresses must follow: only MASTER has them.  INIT says
	// that the instance was removed from the configuration.  An observing
	// engine always says BACKUP here.
	Role vrrp.Role
	// Would is the role that an observing engine would have taken.
	Would vrrp.Role
	Cause vrrp.Cause
	At    time.Time // wall clock, for people
	Seq   uint64    // 1, 2, 3 ... over all instances
}

// CauseRemoved comes with INIT when an instance left the configuration.
const CauseRemoved vrrp.Cause = "removed from configuration"

// Options are fixed for the life of an engine.
type Options struct {
	// Log gets transitions at Info, rejected packets at Warn.  Nil discards.
	Log *slog.Logger
	// Report is called with one fact after another, from one goroutine that
	// does nothing else.  Nil discards.
	Report func(Fact)
	// Remark is called like Report, in its place among the roles, with what
	// happens within a role.  Nil discards.
	Remark func(Fact)
	// Announce sends one round of gratuitous ARP or unsolicited NA.  It is
	// called from a goroutine of its own; rounds of one instance and occasion
	// that come due while it works become one.  Nil discards.
	Announce func(instance string, addrs []netip.Addr, why vrrp.Burst)
	// Rival is called with every other master that was met, once per episode,
	// from a goroutine of its own.  Nil discards.
	Rival func(Rival)
	// AnnounceSource tells the neighbours of a unicast instance where its source
	// address is, when it comes back from FAULT (fact 7.4).  It is called like
	// Announce.  Nil discards.
	AnnounceSource func(ifname string, source netip.Addr)
	// Observe makes an engine that listens only: no packet is sent, no role but
	// BACKUP is reported, and Fact.Would tells the rest.
	Observe bool
}

// Engine runs instances.  All methods may be called from any goroutine.
type Engine struct {
	opts Options
	net  network
	now  func() time.Duration

	commands  *queue[func()]
	facts     *queue[Fact]
	announces *queue[round]
	rivals    *queue[Rival]
	lines     *queue[line]
	probes    *queue[string]
	changed   chan struct{} // the next deadline may be another

	ready, left, done chan struct{}  // closed when all are started, when all have left, at the end
	readers           sync.WaitGroup // one per socket

	// mu guards what follows.  The loop holds it for a turn, the reader of a
	// socket for a bounded number of packets, others only to copy.
	mu        lock
	instances []*instance
	names     map[string]*instance
	virtuals  map[place]bool // virtual addresses, which are no source
	masters   timers
	backups   timers           // and all others that wait for something
	planned   time.Duration    // when the loop will wake by itself
	links     map[string]*link // by interface; "" is the whole host
	listeners map[listenKey]*socket
	senders   map[dialKey]sender
	released  bool
	readied   bool
	gone      bool // left is closed
	seq       uint64
	acts      []vrrp.Action
	retryAt   time.Duration
}

// New makes an engine.  It does nothing until Run.
func New(o Options) *Engine { return newEngine(o, system{}, clock.Boottime) }

// newEngine takes the opened world: the network and a clock.
func newEngine(o Options, n network, now func() time.Duration) *Engine {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Report == nil {
		o.Report = func(Fact) {}
	}
	if o.Remark == nil {
		o.Remark = func(Fact) {}
	}
	if o.Announce == nil {
		o.Announce = func(string, []netip.Addr, vrrp.Burst) {}
	}
	if o.Rival == nil {
		o.Rival = func(Rival) {}
	}
	if o.AnnounceSource == nil {
		o.AnnounceSource = func(string, netip.Addr) {}
	}
	return &Engine{
		opts: o, net: n, now: now,
		commands: newQueue[func()](), facts: newQueue[Fact](), announces: newQueue[round](), rivals: newQueue[Rival](),
		lines: newQueue[line](), probes: newQueue[string](),
		changed: make(chan struct{}, 1), ready: make(chan struct{}), left: make(chan struct{}), done: make(chan struct{}),
		mu: newLock(), links: map[string]*link{}, listeners: map[listenKey]*socket{}, senders: map[dialKey]sender{},
	}
}

// String names the task.
func (e *Engine) String() string { return "vrrp engine" }

// Ready is closed once the loop runs and every instance configured so far has
// been started, in FAULT if need be.
func (e *Engine) Ready() <-chan struct{} { return e.ready }

// Configure replaces the set of instances.  Those whose [Identity] is unchanged
// keep their role (fact 16.6); a removed master sends priority 0 (fact 16.8).
func (e *Engine) Configure(list []Instance) {
	e.commands.push(func() { e.configure(list) })
}

// Applied tells that the addresses of an instance now are as role needs them,
// or with err that they could not be made so.  Call it after every plan that
// followed a fact, and for a master also after a plan that repaired or
// changed its addresses: they are announced then.
func (e *Engine) Applied(name string, role vrrp.Role, err error) {
	if err != nil {
		e.to(name, vrrp.ApplyFailed{Role: role})
		return
	}
	e.to(name, vrrp.Applied{Role: role})
}

// SetPriority sets the base priority with all trackers added, unclamped.  A
// later change of the base priority moves it by the same amount.  Like all
// calls by name it must come after the Configure that brings the instance.
func (e *Engine) SetPriority(name string, effective int) {
	e.to(name, vrrp.PriorityChange{Effective: effective})
}

// SetFault sets or clears a reason for FAULT.  FaultLink, FaultSource and
// FaultDuplicate are the engine's own.
func (e *Engine) SetFault(name string, bit vrrp.FaultBit, on bool) {
	e.to(name, vrrp.FaultChange{Bit: bit, On: on})
}

// Failover hands an instance, with its sync group, over to its peers; it stands
// back until [Engine.Lead], or until no peer is left.  Nobody taking over, it
// stays MASTER and reports so again, with [vrrp.CauseNobody].
func (e *Engine) Failover(name string) { e.to(name, vrrp.Failover{}) }

// Lead makes an instance, with its sync group, the preferred one for as long as
// it is on: priority 254, and preemption in any case.
func (e *Engine) Lead(name string, on bool) { e.to(name, vrrp.Lead{On: on}) }

// LinkChanged makes the engine look again at an interface: whether it exists,
// is up, and which address it has.
func (e *Engine) LinkChanged(ifname string) {
	e.probes.push(ifname)
	e.probes.push("") // an address of the host may have come or gone
}

// Release hands over: every master sends priority 0 once and goes on answering
// until its successor has spoken, then reports BACKUP; every instance ends.  It
// returns when the last one has ended, after 3 s at most, and at once if there
// is no master.  Afterwards the engine can only be ended, by the context of
// Run.  Ending it without Release leaves peers to find out by themselves
// (--dont-release-vrrp).
func (e *Engine) Release(ctx context.Context) error {
	e.commands.push(func() {
		e.released = true
		for _, i := range e.instances {
			e.step(i, vrrp.Shutdown{Now: e.opts.Observe}) // who only looks has nothing to hand over
		}
	})
	select {
	case <-e.left:
		return nil
	case <-e.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// to feeds an event to the instance of that name, if there is one by then.
func (e *Engine) to(name string, ev vrrp.Event) {
	e.commands.push(func() {
		if i := e.names[name]; i != nil {
			e.step(i, ev)
		}
	})
}
