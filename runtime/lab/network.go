//go:build linux

package lab

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"
)

// Network is a set of wires and the machines on them.
type Network struct {
	t     testing.TB
	wires *Node // one namespace holds the bridges; nothing else happens in it
	front *Segment
	count int // of bridges and ports, whose names are short because the kernel wants that
}

// Segment is one wire: a bridge that floods multicast, as VRRP's links do.
type Segment struct {
	net    *Network
	name   string
	bridge string
}

// port is the wire's end of a machine's cable.
type port struct {
	segment *Segment
	name    string
}

func (p port) set(what string) { p.segment.net.wires.ip("link set " + p.name + " " + what) }

// namespaces makes names unique in this process; the process number makes them unique on a machine.
var namespaces atomic.Int64

// New makes a network with one wire, all gone again when the test ends.
func New(t testing.TB) *Network {
	t.Helper()
	n := &Network{t: t, wires: newNode(t, "wires")}
	n.wires.Sysctl("net.ipv6.conf.default.disable_ipv6", "1") // the wire itself says nothing
	n.front = n.Segment("front")
	return n
}

// Segment adds another wire.
func (n *Network) Segment(name string) *Segment {
	n.t.Helper()
	n.count++
	s := &Segment{net: n, name: name, bridge: fmt.Sprintf("br%d", n.count)}
	n.wires.ip(
		"link add "+s.bridge+" type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
		"link set "+s.bridge+" up",
	)
	return s
}

// Node adds a machine: a network namespace whose eth0, with the given prefixes, is on the first wire.
func (n *Network) Node(name string, prefixes ...string) *Node {
	n.t.Helper()
	node := newNode(n.t, name)
	node.Attach(n.front, "eth0", prefixes...)
	return node
}

// Attach gives the machine one more interface, on a wire.
func (n *Node) Attach(s *Segment, dev string, prefixes ...string) {
	n.t.Helper()
	s.net.count++
	name := fmt.Sprintf("p%d", s.net.count)
	s.net.wires.ip(
		"link add "+name+" type veth peer name "+dev+" netns "+n.namespace,
		"link set "+name+" master "+s.bridge+" up",
	)
	n.ports[dev] = port{s, name}
	n.ip("link set " + dev + " up")
	for _, p := range prefixes {
		n.AddAddress(dev, p)
	}
}

// newNode makes a network namespace with lo up (IPVS refuses destinations before that).
func newNode(t testing.TB, name string) *Node {
	t.Helper()
	n := &Node{
		t: t, Name: name, ports: map[string]port{},
		namespace: fmt.Sprintf("lab-%d-%d-%s", os.Getpid(), namespaces.Add(1), name),
	}
	t.Cleanup(n.close)
	n.host("ip", "netns", "add", n.namespace)
	f, err := os.Open("/run/netns/" + n.namespace)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	n.file = f
	// Addresses can be used at once: what duplicate detection does to a daemon is a test's own subject.
	n.Sysctl("net.ipv6.conf.all.accept_dad", "0")
	n.Sysctl("net.ipv6.conf.default.accept_dad", "0")
	n.ip("link set lo up")
	return n
}
