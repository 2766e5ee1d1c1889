package labtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lbgit/lbgit/runtime/lab"
)

// transport is a way for lbgit and keepalived to talk.
type transport struct {
	name, vip    string
	ours, theirs string // what the two configurations need more
}

// transports are those beside IPv4 multicast, which TestElectionWithKeepalived has.
var transports = []transport{
	{"IPv6 multicast", "2001:db8::50", "", "version 3"},
	{"v2 unicast", "192.0.2.150", `unicast_peers = ["192.0.2.2"]`, "unicast_peer {\n 192.0.2.1\n }"},
	{"v3 unicast", "192.0.2.150",
		"version = 3\n source_address = \"192.0.2.1\"\n unicast_peers = [{ address = \"192.0.2.2\", min_ttl = 255 }]",
		"version 3\n unicast_src_ip 192.0.2.2\n unicast_peer {\n 192.0.2.1 min_ttl 255\n }\n check_unicast_src"},
	{"AH", "192.0.2.150",
		"authentication {\n type = \"ah\"\n password = \"s3cret\"\n }", "authentication {\n auth_type AH\n auth_pass s3cret\n }"},
	{"AH unicast", "192.0.2.150",
		"unicast_peers = [\"192.0.2.2\"]\n authentication {\n type = \"ah\"\n password = \"s3cret\"\n }",
		"unicast_peer {\n 192.0.2.1\n }\n authentication {\n auth_type AH\n auth_pass s3cret\n }"},
	{"IPv6 unicast", "2001:db8::50",
		`unicast_peers = ["2001:db8::2"]`,
		"version 3\n unicast_src_ip 2001:db8::2\n unicast_peer {\n 2001:db8::1 min_ttl 255\n }\n check_unicast_src"},
}

// TestTransportsWithKeepalived elects, hands over and fails over in both
// directions.
func TestTransportsWithKeepalived(t *testing.T) {
	for _, tr := range transports {
		t.Run(tr.name, func(t *testing.T) {
			net := lab.New(t)
			ours := net.Node("lbgit", "192.0.2.1/24", "2001:db8::1/64")
			theirs := net.Node("keepalived", "192.0.2.2/24", "2001:db8::2/64")
			us := place(t, ours, t.TempDir()+"/lb.hcl")
			conf := func(priority int) string {
				return fmt.Sprintf("vrrp_instance \"x\" {\n interface = \"eth0\"\n virtual_router_id = 60\n priority = %d\n addresses = [%q]\n %s\n}\n",
					priority, tr.vip+prefix(tr.vip), tr.ours)
			}
			us.push(conf(150))
			lab.Keepalived(theirs, fmt.Sprintf("vrrp_instance x {\n interface eth0\n state BACKUP\n virtual_router_id 60\n priority 100\n virtual_ipaddress {\n %s\n }\n %s\n}\n",
				tr.vip+prefix(tr.vip), tr.theirs), lab.KeepalivedStable)
			holds := func(n, other *lab.Node) {
				t.Helper()
				address(t, n, tr.vip, true)
				address(t, other, tr.vip, false)
			}
			holds(theirs, ours)
			us.start()
			holds(ours, theirs)
			if s := us.now().Instances[0]; s.Priority != 150 || s.State != "MASTER" {
				t.Errorf("%+v", s)
			}
			us.push(conf(50))
			holds(theirs, ours)
			s := us.now().Instances[0]
			if s.State != "BACKUP" || s.MasterPriority != 100 || s.Counters["advert_rcvd"] == 0 {
				t.Errorf("%+v", s)
			}
			us.push(conf(150))
			holds(ours, theirs)
			us.stop()
			holds(theirs, ours)
		})
	}
}

func prefix(addr string) string {
	if strings.Contains(addr, ":") {
		return "/64"
	}
	return "/24"
}

// TestHMAC: two daemons believe each other by keepalived 2.4's trailer, while
// the key is changed over, and nobody without a key.
func TestHMAC(t *testing.T) {
	for _, tr := range []struct{ name, vip, group string }{{"IPv4", "192.0.2.150", ""}, {"IPv6", "2001:db8::50", "version = 3"}} {
		t.Run(tr.name, func(t *testing.T) {
			net := lab.New(t)
			n1, n2 := net.Node("lb1", "192.0.2.1/24"), net.Node("lb2", "192.0.2.2/24")
			conf := func(priority, active int) string {
				return fmt.Sprintf("vrrp_instance \"x\" {\n interface = \"eth0\"\n virtual_router_id = 60\n priority = %d\n addresses = [%q]\n %s\n"+
					" authentication {\n type = \"hmac\"\n active_key = %d\n key \"1\" { secret = \"0123456789abcdef0123456789abcdef\" }\n"+
					" key \"2\" { secret = \"hex:%s\" }\n }\n}\n", priority, tr.vip+prefix(tr.vip), tr.group, active, strings.Repeat("5a", 32))
			}
			d1, d2 := run(t, n1, conf(150, 1)), run(t, n2, conf(100, 2))
			settled := func(master, backup *daemon) {
				t.Helper()
				address(t, master.node, tr.vip, true)
				address(t, backup.node, tr.vip, false)
				lab.Eventually(t, long, "the backup hears the master", func() error {
					if s := backup.now().Instances[0]; s.State != "BACKUP" || s.MasterPriority == 0 || s.Counters["advert_rcvd"] == 0 {
						return fmt.Errorf("%+v", s)
					}
					return nil
				})
			}
			settled(d1, d2)
			d1.push(conf(50, 2))
			settled(d2, d1)
			// Whoever has no key is not heard: both are masters then.
			d2.push(strings.ReplaceAll(strings.ReplaceAll(conf(100, 2), "5a5a", "a5a5"), "\"0123", "\"3210"))
			address(t, n1, tr.vip, true)
			d1.says(0, "vrrp packet rejected", "auth_ext_invalid_hmac")
		})
	}
}
