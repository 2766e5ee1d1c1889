package track

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbgit/lbgit/schema"
)

// use is one tracked object of a kind that is good or bad.
func use(weight int32, reverse bool, s State) Use {
	return Use{Object: Object{Script, "s"}, Weight: weight, Reverse: reverse, Verdict: Verdict{State: s}}
}

// file is one tracked file that says a number.
func file(weight int32, reverse bool, number int32) Use {
	return Use{Object: Object{File, "f"}, Weight: weight, Reverse: reverse, Verdict: Verdict{State: Good, Number: number}}
}

// TestEffect holds the arithmetic of keepalived's vrrp facts 7.9 to 8.5.
func TestEffect(t *testing.T) {
	tests := []struct {
		name           string
		uses           []Use
		sum            int
		fault, pending bool
	}{
		{"nothing", nil, 0, false, false},
		{"8.2: +W while good", []Use{use(20, false, Good)}, 20, false, false},
		{"8.2: +W while bad", []Use{use(20, false, Bad)}, 0, false, false},
		{"8.2: -W while good", []Use{use(-20, false, Good)}, 0, false, false},
		{"8.2: -W while bad", []Use{use(-20, false, Bad)}, -20, false, false},
		{"8.2: +W reversed while good", []Use{use(20, true, Good)}, -20, false, false},
		{"8.2: +W reversed while bad", []Use{use(20, true, Bad)}, 0, false, false},
		{"8.2: -W reversed while good", []Use{use(-20, true, Good)}, 0, false, false},
		{"8.2: -W reversed while bad", []Use{use(-20, true, Bad)}, 20, false, false},
		{"7.9: weight 0 while good", []Use{use(0, false, Good)}, 0, false, false},
		{"7.9: weight 0 while bad", []Use{use(0, false, Bad)}, 0, true, false},
		{"8.2: weight 0 reversed while good", []Use{use(0, true, Good)}, 0, true, false},
		{"8.2: weight 0 reversed while bad", []Use{use(0, true, Bad)}, 0, false, false},
		{"8.3: weighted without a result", []Use{use(20, false, Pending), use(-20, true, Pending)}, 0, false, false},
		{"7.10: weight 0 without a result is awaited", []Use{use(0, false, Pending)}, 0, false, true},
		{"7.10: weight 0 reversed without a result is awaited", []Use{use(0, true, Pending)}, 0, false, true},
		{"a fault does not hide what is awaited", []Use{use(0, false, Bad), use(0, false, Pending), use(5, false, Good)}, 5, true, true},
		{"8.1: the sum is not clamped", []Use{use(253, false, Good), use(253, false, Good), use(-253, false, Bad), use(253, true, Good), use(-253, false, Bad)}, -253, false, false},

		{"8.4: number times weight", []Use{file(2, false, 30)}, 60, false, false},
		{"8.4: a negative number", []Use{file(2, false, -30)}, -60, false, false},
		{"8.4: reversed", []Use{file(2, true, 30)}, -60, false, false},
		{"8.4: -253 is a priority", []Use{file(1, false, -253)}, -253, false, false},
		{"8.4: -254 is a fault", []Use{file(1, false, -254)}, 0, true, false},
		{"8.4: 254 is 253", []Use{file(127, false, 2)}, 253, false, false},
		{"8.4: the largest product", []Use{file(254, false, 1<<31-1)}, 253, false, false},
		{"8.4: the smallest product", []Use{file(254, false, -1<<31)}, 0, true, false},
		{"8.4: missing counts 0", []Use{file(254, false, 0)}, 0, false, false},
		{"7.9: weight 0, nonzero", []Use{file(0, false, -1)}, 0, true, false},
		{"7.9: weight 0, zero", []Use{file(0, false, 0)}, 0, false, false},
		{"8.4: weight 0 reversed, zero", []Use{file(0, true, 0)}, 0, true, false},
		{"8.4: weight 0 reversed, nonzero", []Use{file(0, true, 7)}, 0, false, false},
		{"a file that was not read yet", []Use{{Object: Object{File, "f"}}}, 0, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if sum, fault, pending := Effect(tt.uses); sum != tt.sum || fault != tt.fault || pending != tt.pending {
				t.Errorf("got %d, fault %t, pending %t", sum, fault, pending)
			}
		})
	}
}

func weight(n int32) *int32 { return &n }

// TestUses: the instance's word goes before the object's and before its sync
// group's (fact 11.7), and an interface that holds an address is depended on
// like one that is named (fact 2.19).
func TestUses(t *testing.T) {
	cfg := &schema.Config{
		Scripts:   []*schema.TrackScript{{Name: "a", Weight: 10, Reverse: true}, {Name: "b", Weight: -5}, {Name: "c", Weight: -6}},
		Files:     []*schema.TrackFile{{Name: "f", Weight: 2}},
		Processes: []*schema.TrackProcess{{Name: "p", Weight: 4, Reverse: true}},
		BFD:       []*schema.BFDSession{{Name: "n", Weight: -9, Reverse: true}},
		SyncGroups: []*schema.SyncGroup{
			{Instances: []string{"i"}, Tracking: schema.Tracking{Scripts: []schema.Track{{Name: "b", Weight: weight(7)}, {Name: "c"}}}},
			{Instances: []string{"j"}, Tracking: schema.Tracking{Scripts: []schema.Track{{Name: "a"}}}},
		},
	}
	in := &schema.VRRPInstance{
		Name: "i", Interface: "eth0",
		Tracking: schema.Tracking{
			Scripts:        []schema.Track{{Name: "a"}, {Name: "a", Weight: weight(0)}, {Name: "b", Weight: weight(3), Reverse: true}, {Name: "missing"}},
			Files:          []schema.Track{{Name: "f", Reverse: true}},
			Processes:      []schema.Track{{Name: "p"}},
			Interfaces:     []schema.Track{{Name: "eth9", Weight: weight(20)}, {Name: "eth8"}},
			BFD:            []schema.Track{{Name: "n"}},
			VirtualServers: []schema.Track{{Name: "web", Weight: weight(-20)}},
		},
		Addresses: []schema.VirtualAddress{{}, {Dev: "eth0"}, {Dev: "eth9"}, {Dev: "eth1"}, {Dev: "eth2", NoTrack: true}},
		Excluded:  []schema.VirtualAddress{{Dev: "eth1"}},
	}
	cfg.Instances = []*schema.VRRPInstance{in, {Name: "j"}}
	verdict := func(o Object) Verdict { return Verdict{State: Good, Reason: o.String()} }
	got := Uses(in, cfg, verdict)
	var want []Use
	for _, u := range []Use{
		{Object: Object{Script, "a"}, Weight: 10, Reverse: true}, {Object: Object{Script, "b"}, Weight: 3, Reverse: true},
		{Object: Object{File, "f"}, Weight: 2, Reverse: true}, {Object: Object{Process, "p"}, Weight: 4, Reverse: true},
		{Object: Object{Interface, "eth9"}, Weight: 20}, {Object: Object{Interface, "eth8"}},
		{Object: Object{BFD, "n"}, Weight: -9, Reverse: true}, {Object: Object{VirtualServer, "web"}, Weight: -20},
		{Object: Object{Script, "c"}, Weight: -6}, {Object: Object{Interface, "eth1"}},
	} {
		u.Verdict = verdict(u.Object)
		want = append(want, u)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !Depends(in, cfg, Object{Script, "c"}) || Depends(in, cfg, Object{Script, "d"}) || Depends(in, cfg, Object{Interface, "eth0"}) {
		t.Error("Depends knows otherwise")
	}
	if diff := cmp.Diff(map[string]bool{"a": true, "b": true, "c": true, "missing": true}, Used(cfg, Script)); diff != "" {
		t.Error(diff)
	}
}

// TestExplain shows what status prints of it.
func TestExplain(t *testing.T) {
	list := Explain([]Use{
		{Object: Object{Script, "nginx"}, Weight: -20, Verdict: Answer(false, "timed out")},
		{Object: Object{File, "load"}, Weight: 2, Verdict: Verdict{State: Good, Number: 15}},
		{Object: Object{Interface, "eth1"}, Verdict: Answer(true, "")},
		{Object: Object{VirtualServer, "web"}, Verdict: Answer(false, "no quorum")},
		{Object: Object{Process, "bird"}},
	})
	if got, want := Sum(150, list), "160 = 150, script nginx -20, file load +30"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want := []string{
		"script nginx -20 (bad: timed out)", "file load +30 (15)", "interface eth1 (good)",
		"virtual server web fault (bad: no quorum)", "process bird awaited (no result yet)",
	}
	for i, c := range list {
		if c.String() != want[i] {
			t.Errorf("got  %s\nwant %s", c, want[i])
		}
	}
}
