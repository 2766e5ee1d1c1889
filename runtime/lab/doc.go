// Package lab builds real networks for tests: network namespaces joined by bridges, with IPVS, real web servers, real
// keepalived peers and packet captures.
//
// It knows how to get a kernel with IPVS on a machine that has none. The scripts beside this file fetch and boot a
// User-Mode Linux kernel on the machine's own files, and [Main], called from a package's TestMain, runs the test binary
// inside it. On a machine that has IPVS and the right to use it the tests run directly.
//
//	func TestMain(m *testing.M) { lab.Main(m) }
//
//	func TestFailover(t *testing.T) {
//		wire := lab.New(t)
//		lb1 := wire.Node("lb1", "10.0.0.1/24")
//		lb1.Daemon(lab.Binary(t), "run", "--config", conf)
//		lab.Eventually(t, 10*time.Second, "lb1 holds the address", func() error { ... })
//	}
//
// Helpers fail the test themselves and clean up after themselves. They must not know lbgit's packages: the lab observes
// from outside, with tools other people wrote.
//
// Limits of the lab kernel: one processor; nftables in its bridge family only, so filter and NAT rules for IPv4 and IPv6
// cannot be tried in it; a timer is late by some milliseconds when the machine is busy. Test binaries built with -race do run
// in it. What a test waits for goes through [Eventually]; nothing sleeps.
package lab
