package track

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbgit/lbgit/schema"
)

// TestEffect holds the arithmetic of keepalived's vrrp facts 8.2 and 8.3.
func TestEffect(t *testing.T) {
	tests := []struct {
		name           string
		uses           []Use
		sum            int
		fault, pending bool
	}{
		{"nothing", nil, 0, false, false},
		{"8.2: +W while good", []Use{{20, false, Good}}, 20, false, false},
		{"8.2: +W while bad", []Use{{20, false, Bad}}, 0, false, false},
		{"8.2: -W while good", []Use{{-20, false, Good}}, 0, false, false},
		{"8.2: -W while bad", []Use{{-20, false, Bad}}, -20, false, false},
		{"8.2: +W reversed while good", []Use{{20, true, Good}}, -20, false, false},
		{"8.2: +W reversed while bad", []Use{{20, true, Bad}}, 0, false, false},
		{"8.2: -W reversed while good", []Use{{-20, true, Good}}, 0, false, false},
		{"8.2: -W reversed while bad", []Use{{-20, true, Bad}}, 20, false, false},
		{"8.2: weight 0 while good", []Use{{0, false, Good}}, 0, false, false},
		{"8.2: weight 0 while bad", []Use{{0, false, Bad}}, 0, true, false},
		{"8.2: weight 0 reversed while good", []Use{{0, true, Good}}, 0, true, false},
		{"8.2: weight 0 reversed while bad", []Use{{0, true, Bad}}, 0, false, false},
		{"8.3: weighted without a result", []Use{{20, false, Pending}, {-20, true, Pending}}, 0, false, false},
		{"weight 0 without a result is awaited", []Use{{0, false, Pending}}, 0, false, true},
		{"weight 0 reversed without a result is awaited", []Use{{0, true, Pending}}, 0, false, true},
		{"a fault does not hide what is awaited", []Use{{0, false, Bad}, {0, false, Pending}, {5, false, Good}}, 5, true, true},
		{"8.1: the sum is not clamped", []Use{{253, false, Good}, {253, false, Good}, {-253, false, Bad}, {253, true, Good}, {-253, false, Bad}}, -253, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if sum, fault, pending := Effect(tt.uses); sum != tt.sum || fault != tt.fault || pending != tt.pending {
				t.Errorf("got %d, fault %t, pending %t", sum, fault, pending)
			}
		})
	}
}

// TestUses: the instance's word goes before the script's, and an interface that
// holds an address is depended on like one that is named.
func TestUses(t *testing.T) {
	w := func(n int32) *int32 { return &n }
	cfg := &schema.Config{Scripts: []*schema.TrackScript{
		{Name: "a", Weight: 10, Reverse: true}, {Name: "b", Weight: -5}, {Name: "late", Weight: 7}, {Name: "failed", Weight: -7, InitFail: true}, {Name: "unused"},
	}}
	in := &schema.VRRPInstance{
		Interface: "eth0",
		Scripts: []schema.Track{
			{Name: "a"}, {Name: "a", Weight: w(0)}, {Name: "b", Weight: w(3), Reverse: true}, {Name: "b", Reverse: true}, {Name: "missing"}, {Name: "late"}, {Name: "failed"},
		},
		Interfaces: []schema.Track{{Name: "up", Weight: w(20)}, {Name: "down"}},
		Addresses:  []schema.VirtualAddress{{}, {Dev: "eth0"}, {Dev: "up"}, {Dev: "eth1"}, {Dev: "eth2", NoTrack: true}},
		Excluded:   []schema.VirtualAddress{{Dev: "eth1"}},
	}
	got := Uses(in, cfg, func(s string) Verdict { return map[string]Verdict{"a": Good, "b": Bad}[s] }, func(l string) bool { return l == "up" })
	want := []Use{
		{10, true, Good}, {0, false, Good}, {3, true, Bad}, {-5, true, Bad}, {7, false, Pending}, {-7, false, Bad},
		{20, false, Good}, {0, false, Bad}, {0, false, Bad},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
