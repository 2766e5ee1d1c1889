package labtest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbgit/lbgit/reconcile/state"
)

func TestSweepNamesWhatDiffers(t *testing.T) {
	node, table := open(t)
	rows := everything()
	apply(t, table, additions(rows)...)
	s := table.Sweeper()
	s.Expect(rows)
	same := func(what string, got, want []state.ServiceKey) {
		t.Helper()
		if diff := cmp.Diff(sorted(want), sorted(got), exact); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	web, mark4, mark6 := key(tcp, "10.9.0.1:80"), state.ServiceKey{Mark: 7}, state.ServiceKey{Mark: 7, V6: true}
	for _, step := range []struct {
		what, change, undo string
		changed, unknown   []state.ServiceKey
	}{
		{what: "nothing"},
		{what: "weight", change: "-e -t 10.9.0.1:80 -r 10.0.1.2:8080 -m -w 3", undo: "-e -t 10.9.0.1:80 -r 10.0.1.2:8080 -m -w 2147483647", changed: []state.ServiceKey{web}},
		{what: "forward", change: "-e -t 10.9.0.2:443 -r 10.0.1.9:443 -i -w 1", undo: "-e -t 10.9.0.2:443 -r 10.0.1.9:443 -g -w 1", changed: []state.ServiceKey{key(tcp, "10.9.0.2:443")}},
		{what: "extra destination", change: "-a -t 10.9.0.1:80 -r 10.0.1.77:80 -m", undo: "-d -t 10.9.0.1:80 -r 10.0.1.77:80", changed: []state.ServiceKey{web}},
		{what: "scheduler", change: "-E -t 10.9.0.1:80 -s rr", undo: "-E -t 10.9.0.1:80 -s wrr", changed: []state.ServiceKey{web}},
		{what: "persistence", change: "-E -t 10.9.0.2:443 -s wlc -p 361 -M 255.255.255.0", undo: "-E -t 10.9.0.2:443 -s wlc -p 360 -M 255.255.255.0", changed: []state.ServiceKey{key(tcp, "10.9.0.2:443")}},
		{what: "IPv6 netmask", change: "-E --sctp-service [2001:db8::11]:3868 -s lc -p 1800 -M 63", undo: "-E --sctp-service [2001:db8::11]:3868 -s lc -p 1800 -M 64", changed: []state.ServiceKey{key(sctp, "[2001:db8::11]:3868")}},
		{what: "one-packet", change: "-E -u 10.9.0.7:53 -s dh -o", undo: "-E -u 10.9.0.7:53 -s dh", changed: []state.ServiceKey{key(udp, "10.9.0.7:53")}},
		{what: "unknown", change: "-A -u 10.9.0.70:53 -s rr", undo: "-D -u 10.9.0.70:53", unknown: []state.ServiceKey{key(udp, "10.9.0.70:53")}},
		{what: "unknown mark", change: "-A -f 70 -s rr", undo: "-D -f 70", unknown: []state.ServiceKey{{Mark: 70}, {Mark: 70, V6: true}}},
		{what: "mark", change: "-E -f 7 -6 -s wrr", undo: "-E -f 7 -6 -s rr", changed: []state.ServiceKey{mark4, mark6}},
		{what: "gone", change: "-D -u 10.9.0.7:53", undo: "-A -u 10.9.0.7:53 -s dh", changed: []state.ServiceKey{key(udp, "10.9.0.7:53")}},
		{what: "nothing again"},
	} {
		run := func(command string) {
			if command != "" {
				node.Run("bash", "-c", "ipvsadm "+command)
			}
		}
		run(step.change)
		drift, err := s.Sweep()
		if err != nil {
			t.Fatal(err)
		}
		same(step.what, drift.Changed, step.changed)
		same(step.what+", unknown", drift.Unknown, step.unknown)
		run(step.undo)
	}
}
