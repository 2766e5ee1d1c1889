package keepalived

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lbgit/lbgit/schema/diag"
)

// vrrpBlocks are the blocks whose every keyword works or is told of.
var vrrpBlocks = strings.Fields(`root global_defs linkbeat_interfaces interface_up_down_delays track_group garp_group vrrp_sync_group vrrp_instance
	authentication auth_hmac vrrp_script vrrp_track_process track_file vrrp_track_file bfd_instance track-entry unicast_peer-entry
	virtual_ipaddress-entry virtual_routes-entry virtual_rules-entry`)

// noEffect are the findings that say that a keyword does nothing (yet).
var noEffect = []string{"ignored", "unsupported", "no-effect", "inactive"}

// TestKeywordsAreTold: a keyword of VRRP, BFD and the whole daemon does what it
// says or stands among the keywords without effect in the list of differences,
// and those that stand there really have none.
func TestKeywordsAreTold(t *testing.T) {
	listed, idle := listedKeywords(t), map[string]bool{}
	for _, block := range vrrpBlocks {
		for kw := range keywordTable()[block] {
			name := block + "." + kw
			if name == "root.SSL" { // of the checks
				continue
			}
			text := file(block, kw)
			r := Load(tree{entryFile: text}, entryFile, Options{}, nil)
			first, _, _ := strings.Cut(strings.TrimPrefix(kw, "nexthop "), " ")
			if kw[0] == '<' {
				first = block
			}
			for _, d := range append(r.Diags, r.Config.Inactive()...) {
				switch {
				case d.Severity == diag.Note || name == "vrrp_script.init_fail" && d.Rule == "init-fail":
				case !slices.Contains(noEffect, d.Rule):
					t.Errorf("bad: %s is not tried as it is meant:\n%s\n%s", name, text, r.Diags.Text())
				default:
					if idle[first] = true; !listed[first] {
						t.Errorf("bad: %s has no effect and is not listed: %s", name, d.Summary)
					}
				}
			}
		}
	}
	for _, kw := range slices.Sorted(maps.Keys(listed)) {
		if !idle[kw] {
			t.Errorf("bad: %s is listed as without effect and is not reported", kw)
		}
	}
}

// listedKeywords are those in the first column of the section "Keywords without
// effect".
func listedKeywords(t *testing.T) map[string]bool {
	t.Helper()
	b, err := os.ReadFile("../../docs/keepalived-differences.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(b), "\n## Keywords without effect\n")
	if !ok {
		t.Fatal("bad: there is no section of keywords without effect")
	}
	text, _, _ = strings.Cut(text, "\n## ")
	list := map[string]bool{}
	for line := range strings.Lines(text) {
		if column := strings.Split(line, " | "); strings.HasPrefix(line, "| `") {
			for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(column[0], -1) {
				list[m[1]] = true
			}
		}
	}
	return list
}

const member = "vrrp_script s { script /x }\nvrrp_track_process p { process x }\ntrack_file f { file /x }\nbfd_instance b { neighbor_ip 10.0.0.9 }\n" +
	"vrrp_instance a {\ninterface eth0\nvirtual_router_id 1\n"

// files are those of the keywords that make sense in company only.
var files = map[string]string{
	"root.vrrp_sync_group":          member + "}\nvrrp_sync_group g { group { a } }",
	"root.vrrp_track_process":       "vrrp_track_process s { process x }",
	"root.track_group":              member + "}\ntrack_group g { group { a } }",
	"root.interface_up_down_delays": "interface_up_down_delays {\neth0 1 2\n}", "interface_up_down_delays.<interface>": "interface_up_down_delays {\neth0 1\n}",
	"root.instance":              "instance x",
	"authentication.auth_type":   member + "authentication {\nauth_type PASS\nauth_pass x\n}\n}",
	"authentication.auth_pass":   member + "authentication {\nauth_type PASS\nauth_pass x\n}\n}",
	"track_group.group":          member + "}\ntrack_group g { group { a } }",
	"vrrp_instance.track_script": member + "track_script { s }\n}", "vrrp_instance.track_file": member + "track_file { f }\n}",
	"vrrp_instance.track_process": member + "track_process { p }\n}", "vrrp_instance.track_bfd": member + "track_bfd { b }\n}",
	"vrrp_sync_group.track_script": member + "}\nvrrp_sync_group g {\ngroup { a }\ntrack_script { s }\n}", "vrrp_sync_group.track_file": member + "}\nvrrp_sync_group g {\ngroup { a }\nsync_group_tracking_weight\ntrack_file { f }\n}",
	"vrrp_sync_group.track_process": member + "}\nvrrp_sync_group g {\ngroup { a }\ntrack_process { p }\n}", "vrrp_sync_group.track_bfd": member + "}\nvrrp_sync_group g {\ngroup { a }\ntrack_bfd { b }\n}",
	"vrrp_instance.track_src_ip":   member + "mcast_src_ip 10.0.0.1\ntrack_src_ip\n}",
	"vrrp_instance.unicast_src_ip": member + "unicast_src_ip 10.0.0.1\nunicast_peer { 10.0.0.2 }\n}",
	"vrrp_instance.vmac_xmit_base": member + "use_vmac\nvmac_xmit_base\n}",
	"vrrp_instance.vrf":            "vrrp_instance a {\nvirtual_router_id 1\nvrf blue\nunicast_src_ip 10.0.0.1\nunicast_peer { 10.0.0.2 }\n}",
	"virtual_ipaddress-entry.peer": member + "virtual_ipaddress {\n10.0.0.1 peer 10.0.0.9/32\n}\n}",
	"virtual_routes-entry.<type>":  member + "virtual_routes {\nblackhole 10.3.0.0/24\n}\n}",
	"virtual_routes-entry.to":      member + "virtual_routes {\nto 10.3.0.0/24 via 10.1.0.1\n}\n}",
	"virtual_routes-entry.inet":    member + "virtual_routes {\ninet to 10.3.0.0/24 via 10.1.0.1\n}\n}",
	"virtual_routes-entry.inet6":   member + "virtual_routes {\ninet6 to fd00::/64 via fe80::1 dev eth0\n}\n}",
	"virtual_routes-entry.or":      member + "virtual_routes {\n10.3.0.0/24 via 10.1.0.1 or 10.1.0.2\n}\n}",
	"vrrp_instance.native_ipv6":    member + "native_ipv6\nno_virtual_ipaddress\n}",
}

// arguments are for keywords that neither a bare 1 nor the older table suits.
var arguments = map[string]string{
	"multihop": "on", "set_supplementary_groups": "on", "smtp_alert_checker": "on", "smtp_alert_vrrp": "on", "vrrp_min_garp": "on", "vrrp_notify_priority_changes": "on",
	"notify_priority_changes": "on", "no_checker_emails": "on", "param_match": "initial", "idle_tx": "1000", "sport": "1-2", "dport": "1-2", "uidrange": "1-2",
	"add": "", "append": "", "prepend": "", "onlink": "", "features": "ecn", "pref": "low", "nop": "", "blackhole": "", "prohibit": "", "unreachable": "", "l3mdev": "", "not": "",
	"skip_check_adv_addr": "on", "vrrp_skip_check_adv_addr": "on", "v3_checksum_as_v2": "on", "key": "1 0123456789abcdef0123456789abcdef", "anti_replay": "time", "mode": "enforce",
	"virtual_rules-entry.type": "blackhole", "init_fail": "", "tos": "0x10", "dsfield": "0x10",
	"notify_fifo_script": "/bin/x\nnotify_fifo /tmp/x", "vrrp_notify_fifo_script": "/bin/x\nvrrp_notify_fifo /tmp/x", "lvs_notify_fifo_script": "/bin/x\nlvs_notify_fifo /tmp/x",
	"vrrp_script.rise": "1\nscript /x",
}

// file is a text in which the keyword is used as it is meant.
func file(block, kw string) string {
	if f, ok := files[block+"."+kw]; ok {
		return f
	}
	if sub, ok := strings.CutPrefix(kw, "nexthop"); ok && block == "virtual_routes-entry" {
		arg := map[string]string{"": "via 10.1.0.1", " via": "via 10.1.0.1", " dev": "dev eth0", " weight": "via 10.1.0.1 weight 2",
			" onlink": "via 10.1.0.1 onlink", " realms": "via 10.1.0.1 realms 1", " encap": "via 10.1.0.1 encap ip id 1"}[sub]
		return member + "virtual_routes {\n10.3.0.0/24 nexthop " + arg + "\n}\n}"
	}
	if root, ok := map[string]string{"virtual_ipaddress-entry": "static_ipaddress", "virtual_routes-entry": "static_routes", "virtual_rules-entry": "static_rules"}[block]; ok && kw == "track_group" {
		what := map[string]string{"static_ipaddress": "10.0.0.1/24", "static_routes": "10.3.0.0/24", "static_rules": "from 10.0.0.1 table 5 preference 7"}[root]
		return "track_group g { group { a } }\n" + root + " {\n" + what + " dev eth0 track_group g\n}\n" + member + "}"
	}
	f := frames[block]
	if block == "vrrp_script" && kw != "script" {
		f = "vrrp_script s {\nscript /x\n%s\n}"
	}
	return fmt.Sprintf(f, statement(block, kw))
}

func statement(block, kw string) string {
	if arg, ok := arguments[block+"."+kw]; ok {
		return kw + " " + arg
	}
	if arg, ok := arguments[kw]; ok {
		return kw + " " + arg
	}
	return line(block, kw)
}
