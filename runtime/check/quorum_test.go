package check_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/lbgit/lbgit/runtime/check"
)

func TestNewBand(t *testing.T) {
	tests := []struct {
		name                      string
		quorum, hysteresis, total int64
		want                      check.Band
	}{
		{"ok: default quorum 1", 1, 0, 10, check.Band{Gain: 1, Lose: 1}},
		{"ok: hysteresis widens both ways (Q2)", 5, 2, 10, check.Band{Gain: 7, Lose: 3}},
		{"ok: quorum above the total is lowered (V7)", 20, 0, 10, check.Band{Gain: 10, Lose: 10}},
		{"ok: hysteresis below quorum (V7)", 3, 9, 10, check.Band{Gain: 5, Lose: 1}},
		{"ok: gaining threshold within the total (V8)", 9, 4, 10, check.Band{Gain: 10, Lose: 5}},
		{"ok: all weights 0 (V7)", 3, 2, 0, check.Band{Gain: 1, Lose: 1}},
		{"ok: negative numbers", -3, -2, -1, check.Band{Gain: 1, Lose: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := check.NewBand(tt.quorum, tt.hysteresis, tt.total); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestBandNext(t *testing.T) {
	b := check.NewBand(5, 2, 10)
	up, got := false, ""
	for _, live := range []int64{0, 6, 7, 3, 6, 2, 6, 7, 10, 0} {
		up = b.Next(up, live)
		got += map[bool]string{true: "u", false: "d"}[up]
	}
	if want := "dduuudduud"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if (check.Band{}).Next(true, 0) || (check.Band{}).Next(false, 0) {
		t.Error("a live weight of 0 has quorum (Q2)")
	}
}

// Whatever the numbers: the band is sane, the full pool has quorum, an empty one has not, and a weight that moves inside the
// band never changes the answer, so there is no oscillation.
func TestBandProperties(t *testing.T) {
	weight := rapid.Int64Range(-5, 40)
	rapid.Check(t, func(t *rapid.T) {
		total := weight.Draw(t, "total")
		b := check.NewBand(weight.Draw(t, "quorum"), weight.Draw(t, "hysteresis"), total)
		if b.Lose < 1 || b.Gain < b.Lose || b.Gain > max(total, 1) {
			t.Fatalf("%+v", b)
		}
		if !b.Next(false, max(total, 1)) || b.Next(true, 0) {
			t.Fatalf("%+v: extremes", b)
		}
		up, changes := rapid.Bool().Draw(t, "up"), 0
		up = b.Next(up, rapid.Int64Range(0, 50).Draw(t, "first"))
		for _, live := range rapid.SliceOf(rapid.Int64Range(b.Lose, max(b.Gain-1, b.Lose))).Draw(t, "inside") {
			if b.Gain == b.Lose {
				break // an empty band has no inside
			}
			next := b.Next(up, live)
			if next != up {
				changes++
			}
			up = next
		}
		if changes != 0 {
			t.Fatalf("%+v: %d changes inside the band", b, changes)
		}
		// Monotonic: more weight never loses a quorum that less weight has.
		live := rapid.Int64Range(0, 50).Draw(t, "live")
		for _, was := range []bool{true, false} {
			if b.Next(was, live) && !b.Next(was, live+1) {
				t.Fatalf("%+v: %d has quorum, %d has not", b, live, live+1)
			}
		}
	})
}

func TestDynamicWeight(t *testing.T) {
	tests := []struct {
		code   int
		weight int64
		ok     bool
	}{{0, 7, true}, {1, 7, false}, {2, 0, true}, {255, 253, true}, {256, 7, false}, {-1, 7, false}}
	for _, tt := range tests {
		if w, ok := check.DynamicWeight(tt.code, 7); w != tt.weight || ok != tt.ok {
			t.Errorf("DynamicWeight(%d, 7) = %d, %v (W4)", tt.code, w, ok)
		}
	}
}
