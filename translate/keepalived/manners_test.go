package keepalived

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestManners: how an instance answers other masters, from the global defaults
// above it, its own words, and strict mode (facts 1.25, 1.36, 2.15).
func TestManners(t *testing.T) {
	for _, tc := range []struct {
		global, instance             string
		answers, lastWord, deafOwner bool
	}{
		{"", "", true, false, false},
		{"vrrp_lower_prio_no_advert", "", false, false, false},
		{"vrrp_lower_prio_no_advert\nvrrp_higher_prio_send_advert", "lower_prio_no_advert off", true, true, false},
		{"", "higher_prio_send_advert\npriority 255\nowner_ignore_adverts", true, true, true},
		{"", "owner_ignore_adverts", true, false, false}, // no owner
		{"vrrp_owner_ignore_adverts", "priority 255\nowner_ignore_adverts off", true, false, false},
		{"vrrp_strict", "", false, false, false},
		{"vrrp_strict", "lower_prio_no_advert off", true, false, false},
		{"", "strict_mode on\npriority 255", false, false, true},
		{"vrrp_strict", "strict_mode off\npriority 255", true, false, false},
	} {
		text := fmt.Sprintf("global_defs {\n%s\n}\nvrrp_instance a {\ninterface eth0\nvirtual_router_id 1\n%s\n}\n", tc.global, tc.instance)
		r := Load(tree{entryFile: text}, entryFile, Options{}, nil)
		v := r.Config.Instances[0]
		if v.AnswerLower != tc.answers || v.AdvertOnYield != tc.lastWord || v.OwnerIgnores != tc.deafOwner {
			t.Errorf("%q, %q: answers %t, last word %t, deaf %t", tc.global, tc.instance, v.AnswerLower, v.AdvertOnYield, v.OwnerIgnores)
		}
	}
}

func TestStartupDelays(t *testing.T) {
	r := Load(tree{entryFile: "global_defs {\nvrrp_startup_delay 5.5\nvrrp_delay_after_boot 60\n}\n"}, entryFile, Options{}, nil)
	if s := r.Config.Settings; s.StartupDelay != 5500*time.Millisecond || s.BootDelay != time.Minute {
		t.Errorf("%s and %s\n%s", s.StartupDelay, s.BootDelay, r.Diags.Text())
	}
}

// TestNativeIPv6: the old keyword counts where no address tells the family.
func TestNativeIPv6(t *testing.T) {
	tests := []struct{ name, block, group, rules string }{
		{"ok: no address", "native_ipv6\nno_virtual_ipaddress", "ff02::12", ""},
		{"ok: an IPv6 address tells", "native_ipv6\nvirtual_ipaddress { fe80::1 }", "invalid IP", ""},
		{"bad: an IPv4 address after it", "native_ipv6\nno_virtual_ipaddress\nvirtual_ipaddress { 10.0.0.1 }", "ff02::12", "warning:family"},
		{"bad: an IPv4 address before it", "virtual_ipaddress { 10.0.0.1 }\nnative_ipv6", "invalid IP", "warning:family"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			r := Load(tree{"k": "vrrp_instance a {\ninterface eth0\nvirtual_router_id 1\n" + tc.block + "\n}\n"}, "k", Options{}, nil)
			v := r.Config.Instances[0]
			if got := v.MulticastGroup.String(); got != tc.group || v.IsIPv6() != strings.Contains(tc.block+tc.group, "::") {
				t.Errorf("group %s, IPv6 %v, want %s", got, v.IsIPv6(), tc.group)
			}
			if got := rules(r.Diags); got != tc.rules {
				t.Errorf("findings %q, want %q:\n%s", got, tc.rules, r.Diags.Text())
			}
		})
	}
}

// Most configurations in the field say 0, as a sample of old has it.
func TestNoPauseBetweenAnnouncements(t *testing.T) {
	r := Load(tree{"k": "global_defs {\nvrrp_garp_interval 0\nvrrp_gna_interval 0\n}\n"}, "k", Options{}, nil)
	if s := r.Config.Settings; len(r.Diags) > 0 || s.GARPInterval != 0 || s.NAInterval != 0 {
		t.Errorf("%v, %v, %s", s.GARPInterval, s.NAInterval, r.Diags.Text())
	}
}
