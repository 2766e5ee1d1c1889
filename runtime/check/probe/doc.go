// Package probe runs health checks: TCP, HTTP, HTTPS and scripts, all from one [Scheduler].
//
// A scheduler is given the whole list of targets by Set and reports transitions as [Fact]s; what a result means is decided
// by runtime/check. It never touches IPVS, and it knows no pool: the agent turns facts into desired state.
//
// # One loop
//
// One goroutine owns every timer and every socket of TCP and HTTP probes: non-blocking sockets on one shared epoll, timers in one
// heap that fires in batches of a few milliseconds. There is no goroutine per target, and a TCP probe allocates nothing once
// it runs. TLS handshakes and scripts block, so they get goroutines, bounded in number; a TLS probe gets one only once its
// connection stands, so that dead servers never hold one.
//
// One mutex guards everything. The loop holds it except while it waits in epoll and while it calls Report.
//
// # What is not the target's fault
//
// Shortage of file descriptors, buffers or memory on this node, and a process that was stopped for longer than a timeout, give no
// verdict: the probe is repeated soon. Whatever else keeps a probe from its answer is a failure with a reason, also a source
// address that is gone: keepalived freezes the last state there (T8, trap A6), which keeps dead servers in service.
//
// The package is for Linux only. Sockets belong to the network namespace of the thread that runs the loop.
package probe
