//go:build linux

package lab

import (
	"net/netip"
	"os"
	"strings"
)

// AddAddress gives an interface an address with its prefix length; an IPv6 one is usable at once.
func (n *Node) AddAddress(dev, prefix string) {
	n.t.Helper()
	command := "addr add " + prefix + " dev " + dev
	if strings.Contains(prefix, ":") {
		command += " nodad"
	}
	n.ip(command)
}

// DelAddress takes an address away, as a mistaken operator would.
func (n *Node) DelAddress(dev, prefix string) {
	n.t.Helper()
	n.ip("addr del " + prefix + " dev " + dev)
}

// LinkDown and LinkUp switch an interface off and on from inside: the operator's view.
func (n *Node) LinkDown(dev string) { n.t.Helper(); n.ip("link set " + dev + " down") }

// LinkUp undoes LinkDown.
func (n *Node) LinkUp(dev string) { n.t.Helper(); n.ip("link set " + dev + " up") }

// Unplug pulls the cable of an interface: it stays switched on and loses its carrier.
func (n *Node) Unplug(dev string) { n.t.Helper(); n.ports[dev].set("down") }

// Plug undoes Unplug.
func (n *Node) Plug(dev string) { n.t.Helper(); n.ports[dev].set("up") }

// Isolate takes the machine off the wire without its noticing: its carrier stays.
func (n *Node) Isolate(dev string) { n.t.Helper(); n.ports[dev].set("nomaster") }

// Rejoin undoes Isolate.
func (n *Node) Rejoin(dev string) {
	n.t.Helper()
	n.ports[dev].set("master " + n.ports[dev].segment.bridge)
}

// Sysctl sets a kernel parameter of the namespace. A name with slashes is taken as a path, for interfaces with dots.
func (n *Node) Sysctl(name, value string) {
	n.t.Helper()
	if !strings.Contains(name, "/") {
		name = strings.ReplaceAll(name, ".", "/")
	}
	// net/ is the namespace of the thread that opens the file
	n.Do(func() error { return os.WriteFile("/proc/sys/"+name, []byte(value), 0) })
}

// Forward makes the machine a router, as a NAT director is.
func (n *Node) Forward() {
	n.t.Helper()
	n.Sysctl("net.ipv4.ip_forward", "1")
	n.Sysctl("net.ipv6.conf.all.forwarding", "1")
}

// DefaultRoute sends everything through a router, as the real servers of a NAT service do.
func (n *Node) DefaultRoute(via string) {
	n.t.Helper()
	n.ip("route replace default via " + via)
}

// HoldQuietly makes the machine accept a virtual address without telling the wire about it, as the real servers of
// a direct-routing service do.
func (n *Node) HoldQuietly(vip string) {
	n.t.Helper()
	addr, err := netip.ParseAddr(vip)
	if err != nil {
		n.t.Fatal(err)
	}
	n.Sysctl("net.ipv4.conf.all.arp_ignore", "1")
	n.Sysctl("net.ipv4.conf.all.arp_announce", "2")
	n.AddAddress("lo", netip.PrefixFrom(addr, addr.BitLen()).String())
}

// Unwrap makes the machine accept packets in IP-in-IP tunnels from anywhere, as the real servers of a tunnel service do.
// Decapsulated packets come from an interface with no route back, hence the reverse path filter is off.
func (n *Node) Unwrap() {
	n.t.Helper()
	n.ip("link add ipip0 type ipip local any remote any", "link set ipip0 up")
	n.Sysctl("net.ipv4.conf.all.rp_filter", "0")
	n.Sysctl("net.ipv4.conf.ipip0.rp_filter", "0")
}
