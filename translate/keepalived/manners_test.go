package keepalived

import (
	"fmt"
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
