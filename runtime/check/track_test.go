package check_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/lbgit/lbgit/runtime/check"
)

func TestTrack(t *testing.T) {
	tests := []struct {
		name    string
		c       check.TrackConfig
		results string
		want    string // u good, d bad
	}{
		{"ok: one success is enough at the start (vrrp 9.3)", check.TrackConfig{Rise: 3, Fall: 3}, "p", "u"},
		{"ok: the first failure counts at once (vrrp 9.3)", check.TrackConfig{Rise: 3, Fall: 3}, "fpp", "ddd"},
		{"ok: rise successes after a failure (vrrp 9.2)", check.TrackConfig{Rise: 3, Fall: 2}, "fppp", "dddu"},
		{"ok: fall failures to come down (vrrp 9.2)", check.TrackConfig{Rise: 2, Fall: 3}, "pfff", "uuud"},
		{"ok: a success jumps back to the top", check.TrackConfig{Rise: 2, Fall: 3}, "pffpfff", "uuuuuud"},
		{"ok: limits below 1", check.TrackConfig{}, "pfp", "udu"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, got := tt.c.Start(), ""
			if tt.c.Good(s) {
				t.Error("good before the first run")
			}
			for _, r := range tt.results {
				was := tt.c.Good(s)
				next, changed := tt.c.Step(s, r == 'p')
				if s = next; changed != (tt.c.Good(s) != was) {
					t.Errorf("changed is %v", changed)
				}
				got += map[bool]string{true: "u", false: "d"}[tt.c.Good(s)]
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// The counter stays within 0..rise+fall-1, Rise successes in a row are always good and Fall failures always bad.
func TestTrackProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := check.TrackConfig{Rise: rapid.IntRange(1, 6).Draw(t, "rise"), Fall: rapid.IntRange(1, 6).Draw(t, "fall")}
		s := check.Track{Count: rapid.IntRange(-2, 20).Draw(t, "carried over")}
		passes, fails := 0, 0
		for _, ok := range rapid.SliceOf(rapid.Bool()).Draw(t, "results") {
			s, _ = c.Step(s, ok)
			if ok {
				passes, fails = passes+1, 0
			} else {
				passes, fails = 0, fails+1
			}
			if s.Count < 0 || s.Count > c.Rise+c.Fall-1 || !s.Ran {
				t.Fatalf("%+v out of bounds for %+v", s, c)
			}
			if passes >= c.Rise && !c.Good(s) || fails >= c.Fall && c.Good(s) {
				t.Fatalf("%+v after %d passes or %d failures with %+v", s, passes, fails, c)
			}
		}
	})
}
