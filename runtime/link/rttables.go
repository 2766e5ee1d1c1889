package link

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/vishvananda/netlink"
)

// tableFiles are where iproute2 looks for names of routing tables; a later one
// says more than an earlier one.
var tableFiles = []string{
	"/usr/share/iproute2/rt_tables", "/usr/lib/iproute2/rt_tables", "/usr/share/iproute2/rt_tables.d/*.conf",
	"/etc/iproute2/rt_tables", "/etc/iproute2/rt_tables.d/*.conf",
}

// TableNames reads the names that this machine has for routing tables, and the
// tables of its VRFs. What
// cannot be read names nothing.
func TableNames() map[string]uint32 {
	names := map[string]uint32{}
	for _, pattern := range tableFiles {
		files, _ := filepath.Glob(pattern) // sorted
		for _, f := range files {
			if text, err := os.ReadFile(f); err == nil {
				parseTableNames(names, string(text))
			}
		}
	}
	addVRFs(names)
	return names
}

// addVRFs names the table of every VRF that is there, as "vrf:NAME".
func addVRFs(names map[string]uint32) {
	list, _ := netlink.LinkList()
	for _, l := range list {
		if vrf, ok := l.(*netlink.Vrf); ok {
			names["vrf:"+vrf.Name] = vrf.Table
		}
	}
}

// parseTableNames reads lines of a number and a name, with # for comments.
func parseTableNames(names map[string]uint32, text string) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		if n, err := strconv.ParseUint(f[0], 0, 32); err == nil {
			names[f[1]] = uint32(n)
		}
	}
}
