package notify

import (
	"fmt"
	"testing"

	"github.com/lbgit/lbgit/schema"
)

// TestMailSwitches are facts 14.10 and 14.11.
func TestMailSwitches(t *testing.T) {
	to := func(m schema.Mail) *schema.Mail { m.To, m.Server = []string{"a@b"}, "s"; return &m }
	tests := []struct {
		name  string
		mail  *schema.Mail
		own   schema.Tri
		state State
		want  bool
	}{
		{"no mail at all", nil, schema.On, Master, false},
		{"nobody to send to", &schema.Mail{Server: "s", Alert: schema.On}, schema.On, Master, false},
		{"no server", &schema.Mail{To: []string{"a@b"}}, schema.On, Master, false},
		{"off by default", to(schema.Mail{}), schema.Unset, Master, false},
		{"global", to(schema.Mail{Alert: schema.On}), schema.Unset, Master, true},
		{"VRRP before global", to(schema.Mail{Alert: schema.On, AlertVRRP: schema.Off}), schema.Unset, Master, false},
		{"own before VRRP", to(schema.Mail{AlertVRRP: schema.Off}), schema.On, Stop, true},
		{"own off", to(schema.Mail{AlertVRRP: schema.On}), schema.Off, Master, false},
		{"checkers do not count", to(schema.Mail{AlertCheckers: schema.On}), schema.Unset, Master, false},
		{"no_email_faults", to(schema.Mail{NoFaults: true}), schema.On, Fault, false},
		{"no_email_faults, other states", to(schema.Mail{NoFaults: true}), schema.On, Backup, true},
		{"a priority", to(schema.Mail{}), schema.On, MasterPriority, false},
		{"two masters", to(schema.Mail{}), schema.On, TwoMasters, true},
	}
	for _, tt := range tests {
		r := rulesOf(&schema.Config{Settings: schema.Settings{Mail: tt.mail}, Instances: []*schema.VRRPInstance{instance("a", schema.Notify{Mail: tt.own})}})
		if o, _ := r.order(&Event{Object: Object{Instance, "a"}, State: tt.state}); o.mail != tt.want {
			t.Errorf("%s: %t", tt.name, o.mail)
		}
	}
}

// TestPrioritySwitches: own word, group's word, settings' word.
func TestPrioritySwitches(t *testing.T) {
	for _, tt := range []struct {
		own, group schema.Tri
		settings   bool
		want       bool
	}{
		{schema.Unset, schema.Unset, false, false}, {schema.Unset, schema.Unset, true, true},
		{schema.Unset, schema.On, false, true}, {schema.Unset, schema.Off, true, false},
		{schema.Off, schema.On, true, false}, {schema.On, schema.Off, false, true},
	} {
		r := rulesOf(&schema.Config{
			Settings:   schema.Settings{PriorityChanges: tt.settings},
			Instances:  []*schema.VRRPInstance{instance("a", schema.Notify{PriorityChanges: tt.own})},
			SyncGroups: []*schema.SyncGroup{{Name: "g", Instances: []string{"a"}, Notify: &schema.Notify{PriorityChanges: tt.group}}},
		})
		if o, _ := r.order(&Event{Object: Object{Instance, "a"}, State: BackupPriority}); o.fifo != tt.want {
			t.Errorf("%+v: %t", tt, o.fifo)
		}
	}
}

// TestSubjects are keepalived's (fact 14.12).
func TestSubjects(t *testing.T) {
	for want, e := range map[string]Event{
		"[lb] VRRP Instance a - Entering MASTER state": {Object: Object{Instance, "a"}, State: Master},
		"[lb] VRRP Group g - Entering FAULT state":     {Object: Object{Group, "g"}, State: Fault},
		"[lb] VRRP Instance a - Stopping":              {Object: Object{Instance, "a"}, State: Stop},
		"[lb] VRRP Instance a - Deleted":               {Object: Object{Instance, "a"}, State: Deleted},
	} {
		if got := e.subject("lb"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestIdentity: a command's own user counts, or else settings' (fact 15.1).
func TestIdentity(t *testing.T) {
	s := &schema.Settings{ScriptUser: "u", ScriptGroup: "g"}
	for _, tt := range []struct {
		c    schema.Command
		want string
	}{
		{schema.Command{Command: "/x 'a b'"}, "u g [/x a b]"},
		{schema.Command{Command: "/x", User: "v"}, "v  [/x]"},
		{schema.Command{Command: "/x", Group: "h"}, " h [/x]"},
	} {
		spec, err := Spec(tt.c, s)
		if got := fmt.Sprintf("%s %s %v", spec.User, spec.Group, spec.Command); err != nil || got != tt.want || !spec.Quiet {
			t.Errorf("%q, want %q (%v)", got, tt.want, err)
		}
	}
	if _, err := Spec(command(`"open`), s); err == nil {
		t.Error("an open quote is no error")
	}
}
