// Package agent is the daemon: one event loop that owns the desired state and
// is the only writer to the kernel.
//
//	source ──► accept ──► prepared ─┐
//	VRRP roles ────────► live facts ├─► pass (observe, diff, apply) ──► kernel
//	probes, scripts ───►            │        ▲
//	netlink, sweep ─────► repair ───┴────────┘
//
// Everything reaches the loop as a message. Roles and health come in the
// urgent lane: they are looked at before anything else, and between the
// batches of a long apply as well. The loop decides *when*; *what* is decided
// by the pure packages, and *how* by the packages that touch the system.
package agent
