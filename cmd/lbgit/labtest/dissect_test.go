package labtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lbgit/lbgit/runtime/lab"
)

// TestDissect: tshark, which verifies every checksum, takes lbgit's adverts, gratuitous ARPs and neighbour advertisements
// apart without a complaint.
func TestDissect(t *testing.T) {
	net := lab.New(t)
	node := net.Node("lb1", "192.0.2.1/24", "2001:db8::1/64")
	seen := lab.Capture(net.Node("observer", "192.0.2.9/24"), "eth0", "ip proto 112 or ip proto 51 or ip6 proto 112 or arp or icmp6")
	run(t, node, `
vrrp_instance "two" {
  interface         = "eth0"
  virtual_router_id = 51
  addresses         = ["192.0.2.51/24", "192.0.2.61/24"]
}
vrrp_instance "pass" {
  interface         = "eth0"
  virtual_router_id = 52
  addresses         = ["192.0.2.52/24"]
  authentication {
    type     = "pass"
    password = "s3cret"
  }
}
vrrp_instance "ah" {
  interface         = "eth0"
  virtual_router_id = 53
  addresses         = ["192.0.2.53/24"]
  authentication {
    type     = "ah"
    password = "s3cret"
  }
}
vrrp_instance "three" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 54
  advert_interval   = "100ms"
  addresses         = ["192.0.2.54/24"]
}
vrrp_instance "six" {
  interface         = "eth0"
  virtual_router_id = 55
  advert_interval   = "100ms"
  addresses         = ["fe80::55/64", "2001:db8::55/64"]
}
`)
	adverts := map[string]string{"51": "2 192.0.2.51,192.0.2.61 ", "52": "2 192.0.2.52 ", "53": "2 192.0.2.53 ", "54": "3 192.0.2.54 ", "55": "3  fe80::55,2001:db8::55"}
	announced := []string{"192.0.2.51", "192.0.2.61", "192.0.2.52", "192.0.2.53", "192.0.2.54", "fe80::55", "2001:db8::55"}
	fields := []string{
		"_ws.expert.message", "_ws.malformed", "ip.checksum.status", "vrrp.checksum.status", "vrrp.virt_rtr_id", "vrrp.version", "vrrp.ip_addr", "vrrp.ipv6_addr",
		"arp.isgratuitous", "arp.src.proto_ipv4", "icmpv6.nd.na.target_address", "icmpv6.checksum.status",
	}
	lab.Eventually(t, long, "an advert of every instance and an announcement of every address", func() error {
		heard, said := map[string]bool{}, map[string]bool{}
		for _, line := range seen.Dissect(fields...) {
			f := strings.Split(line, "\t")
			if len(f) != len(fields) {
				continue // nothing was seen yet
			}
			if f[0] != "" || f[1] != "" {
				t.Fatalf("tshark complains: %q", line)
			}
			if vrid := f[4]; vrid != "" {
				if f[3] != "1" || f[2] != "1" && f[7] == "" || f[5]+" "+f[6]+" "+f[7] != adverts[vrid] {
					t.Fatalf("an advert of router %s is %q", vrid, line)
				}
				heard[vrid] = true
			}
			if f[8] == "1" || f[8] == "True" {
				said[f[9]] = true
			}
			if f[10] != "" && f[11] == "1" {
				said[f[10]] = true
			}
		}
		for vrid := range adverts {
			if !heard[vrid] {
				return fmt.Errorf("router %s was not heard, only %v", vrid, heard)
			}
		}
		for _, a := range announced {
			if !said[a] {
				return fmt.Errorf("%s was not announced, only %v", a, said)
			}
		}
		return nil
	})
}
