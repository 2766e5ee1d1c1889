package labtest

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbgit/lbgit/runtime/lab"
)

// owned is a file of everything that a master holds beside plain addresses.
const owned = `
global_defs {
    default_interface eth0
    vrrp_garp_master_delay 0
}
static_ipaddress {
    10.60.0.1/24 dev eth1 scope link label eth1:s
    2001:db8:60::1/64 dev eth1
}
static_routes {
    10.61.0.0/16 via 10.60.0.2 dev eth1 metric 50
    blackhole 10.62.0.0/16
}
static_rules {
    from 10.60.0.0/24 table 1000 preference 500
}
vrrp_instance a {
    interface eth0
    state BACKUP
    virtual_router_id 51
    priority 200
    advert_int 1
    virtual_ipaddress {
        192.0.2.151/24 brd + label eth0:1
        192.0.2.152/32 scope link
        10.70.0.1/24 dev eth1 brd 10.70.0.255
        10.71.0.1/24 peer 10.71.0.2 dev eth1 noprefixroute
    }
    virtual_ipaddress_excluded {
        2001:db8:70::1/64 dev eth1 home
        2001:db8:70::2 dev eth1
        2001:db8:71::1/64 dev eth1 preferred_lft 0 mngtmpaddr
    }
    virtual_routes {
        10.80.0.0/16 via 192.0.2.9 dev eth0 src 192.0.2.151 metric 10 mtu lock 1400 advmss 1300 initcwnd 20
        10.81.0.0/16 dev eth1 scope link table 1001 realms 1/2 hoplimit 9 quickack 1 features ecn congctl reno
        unreachable 10.82.0.0/16
        prohibit 10.83.0.0/16 table 1001
        throw 10.84.0.0/16 table 1001
        10.85.0.0/16 nexthop via 192.0.2.9 dev eth0 weight 3 nexthop via 10.70.0.9 dev eth1 weight 1 onlink
        10.86.0.0/16 via 172.16.0.1 dev eth1 onlink rtt 300ms rttvar 400ms rto_min 500ms
        10.87.0.0/16 dev eth1 tos 0x10 scope link
        2001:db8:80::/48 via 2001:db8:70::9 dev eth1 metric 77 pref high
        blackhole 2001:db8:81::/48
    }
    virtual_rules {
        from 192.0.2.151 lookup 1001 preference 100
        to 10.80.0.0/16 iif eth0 oif eth1 table 1001 preference 101
        not from 10.9.0.0/16 fwmark 0x7/0xff table 1001 preference 102
        table main suppress_prefixlength 0 preference 103
        from 10.9.1.0/24 uidrange 1000-1999 ipproto tcp dport 80-90 sport 1000-2000 table 1001 preference 104
        from 10.9.2.0/24 goto 300 preference 105
        from 10.9.3.0/24 blackhole preference 106
        from 10.9.4.0/24 prohibit preference 107
        from 2001:db8:9::/48 table 1001 preference 108
        from 10.9.5.0/24 table 1001 realms 3/4
    }
}
`

// rowsOf is what ip(8) shows of a machine, without what differs by nature: the
// numbers of who put it there, names of the machine and its own rows.
func rowsOf(t *testing.T, n *lab.Node) []string {
	t.Helper()
	var out []string
	for _, args := range []string{"-4 address", "-6 address", "-4 route show table all", "-6 route show table all", "-4 rule", "-6 rule"} {
		var list []map[string]any
		if err := json.Unmarshal([]byte(n.Run("ip", append([]string{"-j", "-d"}, strings.Fields(args)...)...)), &list); err != nil {
			t.Fatalf("ip %s: %v", args, err)
		}
		for _, row := range list {
			parts := []any{row}
			if infos, ok := row["addr_info"].([]any); ok {
				parts = infos
			}
			for _, p := range parts {
				p := p.(map[string]any)
				if p["protocol"] == "kernel" || p["protocol"] == "kernel_ll" || p["scope"] == "host" || strings.HasPrefix(fmt.Sprint(p["local"]), "fe80") {
					continue
				}
				delete(p, "protocol")
				if hops, ok := p["nexthops"].([]any); ok { // their order means nothing
					slices.SortFunc(hops, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
				}
				b, _ := json.Marshal(p)
				out = append(out, args[:4]+string(b))
			}
		}
	}
	slices.Sort(out)
	return out
}

// TestSameRowsAsKeepalived: one file, read by keepalived on one machine and by
// lbgit on another, gives both the same addresses, routes and rules.
func TestSameRowsAsKeepalived(t *testing.T) {
	machine := func(name string) *lab.Node {
		n := lab.New(t).Node(name, "192.0.2.1/24")
		n.Run("ip", "link", "add", "eth1", "type", "dummy")
		n.Run("ip", "link", "set", "eth1", "up")
		return n
	}
	theirs, ours := machine("keepalived"), machine("lbgit")
	them := lab.Keepalived(theirs, owned, lab.KeepalivedNewest)
	var want []string
	lab.Eventually(t, long, "keepalived is master with all its rows", func() error {
		if want = rowsOf(t, theirs); !slices.ContainsFunc(want, func(r string) bool { return strings.Contains(r, "10.9.5.0") }) {
			return fmt.Errorf("it has %q and says %s", want, them.Output())
		}
		return nil
	})
	d := place(t, ours, filepath.Join(t.TempDir(), "keepalived.conf"))
	d.push(owned)
	d.start()
	d.inForce()
	lab.Eventually(t, long, "lbgit has the same rows", func() error {
		want = rowsOf(t, theirs) // some of them may not have been there yet
		if diff := cmp.Diff(want, rowsOf(t, ours)); diff != "" {
			return fmt.Errorf("rows (-keepalived +lbgit):\n%s", diff)
		}
		return nil
	})
	// Whatever is removed by hand is back in place, without an election.
	since := d.now().Instances[0].Since
	ours.Run("ip", "rule", "del", "preference", "102")
	ours.Run("ip", "route", "del", "10.85.0.0/16")
	ours.Run("ip", "route", "flush", "table", "1001")
	ours.DelAddress("eth1", "10.70.0.1/24")
	lab.Eventually(t, long, "the rows are back", func() error {
		if diff := cmp.Diff(want, rowsOf(t, ours)); diff != "" {
			return fmt.Errorf("rows (-keepalived +lbgit):\n%s", diff)
		}
		return nil
	})
	if i := d.now().Instances[0]; i.State != "MASTER" || !i.Since.Equal(since) {
		t.Errorf("there was an election: %+v", i)
	}
	// The guard takes what is VRRP's; what is static stays.
	d.Kill9()
	lab.Eventually(t, long, "only static rows are left", func() error {
		left := rowsOf(t, ours)
		if n := len(left); n == 0 || n > 10 || slices.ContainsFunc(left, func(r string) bool { return strings.Contains(r, "10.9.") || strings.Contains(r, "10.8") }) {
			return fmt.Errorf("left are %d: %s", n, strings.Join(left, "\n"))
		}
		return nil
	})
}
