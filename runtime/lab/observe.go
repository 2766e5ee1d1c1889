//go:build linux

package lab

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
)

// Addresses lists the addresses of an interface that ip shows, sorted, without the link-local ones the kernel makes.
func Addresses(n *Node, dev string) []netip.Prefix {
	n.t.Helper()
	var links []struct {
		Addrs []struct {
			Local  netip.Addr `json:"local"`
			Length int        `json:"prefixlen"`
			Proto  string     `json:"protocol"`
		} `json:"addr_info"`
	}
	out := n.Run("ip", "-json", "addr", "show", "dev", dev)
	if err := json.Unmarshal([]byte(out), &links); err != nil {
		n.t.Fatalf("%s: ip addr show: %v\n%s", n.Name, err, out)
	}
	var found []netip.Prefix
	for _, link := range links {
		for _, a := range link.Addrs {
			if a.Proto == "kernel_ll" || a.Local.Is6() && a.Local.IsLinkLocalUnicast() && a.Length == 64 {
				continue
			}
			found = append(found, netip.PrefixFrom(a.Local, a.Length))
		}
	}
	slices.SortFunc(found, netip.Prefix.Compare)
	return found
}

// Holds reports whether an interface has an address, whatever its prefix length.
func Holds(n *Node, dev, addr string) bool {
	n.t.Helper()
	want, err := netip.ParseAddr(addr)
	if err != nil {
		n.t.Fatal(err)
	}
	return slices.ContainsFunc(Addresses(n, dev), func(p netip.Prefix) bool { return p.Addr() == want })
}

// IPVS returns what ipvsadm -Sn prints, its lines sorted: comparable, and readable in a failure.
func IPVS(n *Node) string {
	n.t.Helper()
	lines := strings.Fields(strings.ReplaceAll(n.Run("ipvsadm", "-Sn"), " ", "\x00"))
	slices.Sort(lines)
	return strings.TrimSpace(strings.ReplaceAll(strings.Join(lines, "\n"), "\x00", " "))
}
