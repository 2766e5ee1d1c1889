// Package vrrp is the protocol core: the state machine of one virtual router
// as a total function.
//
//	state, actions := vrrp.Step(config, state, now, event)
//
// It speaks VRRPv2 (RFC 3768) and VRRPv3 (RFC 9568) and behaves like
// keepalived where the RFCs leave room; "fact N.M" in comments names a line of
// keepalived's recorded behaviour (vrrp-semantics).
//
// What it knows: priorities, intervals, roles, faults and the one deadline of
// an instance.  What it must not know: sockets, packets, clocks, addresses on
// interfaces, goroutines.  Time is a [time.Duration] since any fixed origin,
// passed in; it must not stop while the machine is suspended, or a stall is
// not seen.
//
// The caller's duties, in this order:
//
//  1. Feed [Start] once, then every event that happens, with the time at which
//     it is fed.  Feed [Tick] when State.Deadline is reached.  A Tick before
//     the deadline changes nothing, so no timer need ever be cancelled.
//     Members of a sync group are fed through [AppendGroup].
//  2. Carry out the actions in the order given.  A [SendAdvert] never waits
//     for anything: not for the addresses, not for a log.
//  3. Pass a [Report] to whoever owns the addresses.  The instance does not
//     touch them; it learns the outcome by [Applied] or [ApplyFailed].
//  4. On [Announce] send one round of gratuitous ARP or unsolicited NA, as
//     often and as fast as its [Burst] is configured.
//  5. On [Rival] tell people that there was another master.
//
// The roles and what moves between them:
//
//	         Start, owner                    lower or no advert until ElectAt,
//	         │                               and the sync group agrees
//	Init ────┴──────────────► Master ◄──────────────────────────── Backup
//	 ▲ ▲                      │ │ │ │   higher advert, stalled,      ▲ │ ▲
//	 │ │                      │ │ │ │   the group gave way           │ │ │ Start
//	 │ │                      │ │ │ └────────────────────────────────┘ │ └─── Init
//	 │ │             Shutdown │ │ │ Failover                         ▲ │
//	 │ │                      ▼ │ ▼                                  │ │
//	 │ └── LeaveAt ──────── (leaving) ── LeaveAt, a successor ───────┘ │
//	 │                          │ fault, ApplyFailed                   │
//	 │                          ▼                                      │
//	 └──────── Shutdown ───── Fault ◄──────── first fault ─────────────┘
//	                          last fault gone: Backup (owner: Master)
//
// (leaving) is still the role Master: priority 0 was sent, no advert follows,
// and the addresses go on answering until a successor has spoken; nobody having
// come by then, a Failover stays Master.  Nobody becomes Master in the startup
// delay.
package vrrp
