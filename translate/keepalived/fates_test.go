package keepalived

import (
	"fmt"
	"sort"
	"strings"
	"testing"
)

// frames are minimal files: %s is where a keyword of the block stands.
var frames = map[string]string{
	"root":                    "%s\n",
	"global_defs":             "global_defs {\n%s\n}",
	"virtual_server":          "virtual_server 10.0.0.1 80 {\nprotocol UDP\nlb_kind NAT\nsorry_server 10.0.0.9 80\n%s\nreal_server 10.0.0.2 80 { PING_CHECK }\n}",
	"virtual_server_group":    "virtual_server_group g {\n%s\n}",
	"real_server":             "virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_kind NAT\nreal_server 10.0.0.2 80 {\n%s\n}\n}",
	"SSL":                     "SSL {\n%s\n}",
	"vrrp_instance":           "vrrp_instance a {\ninterface eth0\nvirtual_router_id 1\n%s\n}",
	"authentication":          "vrrp_instance a {\ninterface eth0\nvirtual_router_id 1\nauthentication {\n%s\n}\n}",
	"auth_hmac":               "vrrp_instance a {\nauth_hmac {\n%s\n}\n}",
	"vrrp_sync_group":         "vrrp_instance a {\n}\nvrrp_sync_group g {\ngroup { a }\n%s\n}",
	"vrrp_script":             "vrrp_script s {\n%s\n}",
	"track_file":              "track_file s {\nfile /x\n%s\n}",
	"vrrp_track_file":         "vrrp_track_file s {\nfile /x\n%s\n}",
	"vrrp_track_process":      "vrrp_track_process s {\nprocess x\n%s\n}",
	"bfd_instance":            "bfd_instance s {\nneighbor_ip 10.0.0.1\n%s\n}",
	"virtual_ipaddress-entry": "vrrp_instance a {\nvirtual_ipaddress {\n10.0.0.1/24 %s\n}\n}",
	"unicast_peer-entry":      "vrrp_instance a {\nunicast_peer {\n10.0.0.1 %s\n}\n}",
	"virtual_routes-entry":    "vrrp_instance a {\nvirtual_routes {\n10.0.0.0/24 via 10.1.0.1 %s\n}\n}",
	"virtual_rules-entry":     "vrrp_instance a {\nvirtual_rules {\ntable 5 preference 7 %s\n}\n}",
	"track-entry":             "vrrp_script s { script /x }\nvrrp_instance a {\ntrack_script {\ns weight 5 %s\n}\n}",
	"track_group":             "track_group a {\n%s\n}", "garp_group": "garp_group {\n%s\n}",
	"linkbeat_interfaces": "linkbeat_interfaces {\n%s\n}", "interface_up_down_delays": "interface_up_down_delays {\n%s\n}",
}

// values are arguments for keywords that a bare 1 does not suit.
var values = map[string]string{
	"root.virtual_server": "10.0.0.1 80 { protocol TCP\nlb_kind NAT\nreal_server 10.0.0.2 80 { } }", "root.global_defs": "{ }", "root.SSL": "{ }",
	"root.vrrp_instance": "a { }", "root.vrrp_sync_group": "g { }", "root.vrrp_script": "s { script /x }", "root.virtual_server_group": "g { }",
	"root.vrrp_track_process": "s { }", "root.track_file": "s { file /x }", "root.vrrp_track_file": "s { file /x }", "root.bfd_instance": "s { neighbor_ip 10.0.0.1 }",
	"root.static_ipaddress": "{ 10.0.0.1/24 dev eth0 }", "root.static_routes": "{ 10.0.0.0/24 via 10.1.0.1 }", "root.static_rules": "{ from 10.0.0.1 table 5 preference 6 }",
	"notification_email": "{ a@example.org }", "smtp_server": "192.0.2.1 25", "vrrp_version": "2", "lvs_timeouts": "tcp 5", "lvs_sync_daemon": "eth0",
	"vrrp_mcast_group4": "224.0.0.99", "vrrp_mcast_group6": "ff02::99", "lvs_flush_on_stop": "VS", "lvs_flush_onstop": "VS",
	"ip_family": "inet", "lb_algo": "rr", "lvs_sched": "rr", "lb_kind": "NAT", "lvs_method": "NAT", "persistence_granularity": "255.255.255.0", "protocol": "TCP",
	"sorry_server": "10.0.0.3 80", "sorry_server_lvs_method": "NAT", "real_server": "10.0.0.3 80 { }",
	"virtual_server.ops": "", "sh-port": "", "sh-fallback": "", "mh-port": "", "mh-fallback": "", "flag-1": "", "flag-2": "", "flag-3": "",
	"virtual_server.alpha": "", "omega": "", "virtual_server.inhibit_on_failure": "", "ha_suspend": "", "hashed": "",
	"smtp_alert": "on", "alpha": "on", "real_server.inhibit_on_failure": "off", "enable_sni": "on", "vrrp_strict": "off",
	"TCP_CHECK": "{ }", "HTTP_GET": "{ url { path / } }", "SSL_GET": "{ url { path / } }", "SMTP_CHECK": "{ }", "DNS_CHECK": "{ }", "MISC_CHECK": "{ misc_path /x }",
	"UDP_CHECK": "{ }", "PING_CHECK": "{ }", "FILE_CHECK": "{ track_file x }", "BFD_CHECK": "{ name x }",
	"connect_ip": "10.0.0.7", "bindto": "10.0.0.7", "bind_if": "eth0", "http_protocol": "1.1", "url": "{ path /x }", "path": "/x",
	"digest": "640205b7b0fc66c1ea91c463fac6334d", "status_code": "200", "type": "A", "name": "example.org", "host": "{ connect_ip 10.0.0.8 }", "payload": "01", "require_reply": "01",
	"misc_dynamic": "", "state": "BACKUP", "interface": "eth0", "version": "2", "auth_type": "PASS", "authentication": "{ }", "auth_hmac": "{ }",
	"nopreempt": "", "preempt": "", "accept": "", "no_accept": "", "dont_track_primary": "", "vmac_xmit_base": "", "use_vmac": "vrrp.1", "no_virtual_ipaddress": "",
	"mcast_src_ip": "10.0.0.1", "unicast_src_ip": "10.0.0.1", "mcast_dst_ip": "224.0.0.99", "unicast_peer": "{ 10.0.0.2 }", "strict_mode": "off",
	"lower_prio_no_advert": "on", "higher_prio_send_advert": "on", "owner_ignore_adverts": "on",
	"vrrp_lower_prio_no_advert": "on", "vrrp_higher_prio_send_advert": "on", "vrrp_owner_ignore_adverts": "on",
	"virtual_ipaddress": "{ 10.0.0.1/24 }", "virtual_ipaddress_excluded": "{ 10.0.0.1/24 }", "virtual_routes": "{ 10.0.0.0/24 via 10.1.0.1 }", "virtual_rules": "{ from 10.0.0.1 table 5 preference 4 }",
	"track_script": "{ s }", "track_interface": "{ eth1 }", "track_file": "{ s }", "track_process": "{ s }", "track_bfd": "{ s }", "group": "{ a }",
	"lvs_sync_daemon_interface": "eth0", "vrrp_script.script": "/bin/x", "init_fail": "", "neighbor_ip": "10.0.0.2", "neighbour_ip": "10.0.0.2", "source_ip": "10.0.0.3",
	"dev": "eth0", "oif": "eth0", "iif": "eth0", "scope": "link", "broadcast": "+", "brd": "10.0.0.255", "label": "eth0:1", "peer": "10.0.0.9", "no_track": "", "noprefixroute": "", "-nodad": "",
	"home": "", "mngtmpaddr": "", "autojoin": "", "virtual_ipaddress-entry.use_vmac": "", "src": "10.0.0.1", "via": "10.1.0.2", "gw": "10.1.0.2", "to": "10.3.0.0/24", "from": "10.3.0.0/24", "<address>": "", "<destination>": "", "<ip>": "",
	"reverse": "", "noreverse": "", "weight": "1", "inet": "", "inet6": "", "virtual_routes-entry.inet": "to 10.0.0.0/8", "sync_group_tracking_weight": "", "global_tracking": "", "enable_script_security": "", "dynamic_interfaces": "",
	"virtual_server_group.fwmark": "5", "virtual_routes-entry.to": "10.3.0.0/24", "vrrp_garp_master_delay": "1",
}

// fate tells what becomes of a keyword: mapped, unsupported or unknown.
func fate(block, keyword string) (string, Result) {
	f, ok := frames[block]
	if !ok {
		f = frames["real_server"]
		need := map[string]string{"HTTP_GET": "url { path / }\n", "SSL_GET": "url { path / }\n", "MISC_CHECK": "misc_path /x\n", "FILE_CHECK": "track_file x\n", "BFD_CHECK": "name x\n"}
		if check, inner, nested := strings.Cut(block, "."); nested {
			f = fmt.Sprintf(f, check+" {\n"+inner+" {\npath /\n%s\n}\n}")
			if inner == "host" {
				f = strings.Replace(f, "path /\n", "", 1)
			}
		} else {
			f = fmt.Sprintf(f, block+" {\n"+need[block]+"%s\n}")
		}
	}
	if block == "virtual_server" && len(keyword) > 3 && keyword[1:3] == "h-" {
		f = strings.Replace(f, "%s", "lb_algo "+keyword[:2]+"\n%s", 1)
	}
	if keyword == "connect_port" || keyword == "ops" {
		f = strings.Replace(f, "%s", "%s", 1)
	}
	r := Load(tree{entryFile: fmt.Sprintf(f, line(block, keyword))}, entryFile, Options{}, nil)
	for _, d := range r.Diags {
		if d.Rule == "unsupported" || d.Rule == "unknown" {
			return d.Rule, r
		}
	}
	return "mapped", r
}

// line is a statement with the keyword.
func line(block, keyword string) string {
	arg, ok := values[block+"."+keyword]
	if !ok {
		if arg, ok = values[keyword]; !ok {
			arg = "1"
		}
	}
	line := keyword + " " + arg
	if strings.HasPrefix(keyword, "<") {
		line = arg
		if block == "virtual_server_group" {
			line = strings.NewReplacer("<ip>", "10.0.0.1", "<last>", "9", "<len>", "32").Replace(keyword)
			line = strings.Replace(line, "10.0.0.1-10.0.0.1", "10.0.0.1-10.0.0.2", 1)
		}
	}
	return line
}

// TestSeedKeywords: every keyword of the seed tier reaches the model, and no
// keyword that keepalived knows is called unknown.
func TestSeedKeywords(t *testing.T) {
	counts := map[string]int{}
	for block, kws := range keywordTable() {
		for kw, tier := range kws {
			got, r := fate(block, kw)
			counts[tier+" "+got]++
			if tier == "seed" && got != "mapped" {
				t.Errorf("bad: seed keyword %s.%s is %s:\n%s", block, kw, got, r.Diags.Text())
			}
			if got == "unknown" && !strings.Contains(kw, " ") && !strings.HasPrefix(kw, "<") && tier != "rare" {
				t.Logf("%s.%s (%s) is called unknown: %s", block, kw, tier, r.Diags.Text())
			}
			if testing.Verbose() && tier == "common" && got != "mapped" {
				t.Logf("common %s.%s: %s", block, kw, got)
			}
		}
	}
	var keys []string
	for k := range counts {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		t.Logf("%4d %s", counts[k], k)
	}
}
