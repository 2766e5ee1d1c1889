package link

import (
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestPacer: one frame at a time, rounds before repetitions, and nothing of an
// owner that has dropped its own (keepalived vrrp facts 12.3, 12.7).
func TestPacer(t *testing.T) {
	a, b, c := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("192.0.2.3")
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		var got []string
		p := &pacer{gap: time.Second, send: func(f frame) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, fmt.Sprintf("%v %s", time.Since(start), f.addr))
		}}
		expect := func(what string, want ...string) {
			t.Helper()
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if !slices.Equal(got, want) {
				t.Errorf("%s: got %q, want %q", what, got, want)
			}
			got = nil
		}
		p.push([]frame{{"x", "eth0", a, 2}, {"x", "eth0", b, 2}})
		expect("at once", "0s 192.0.2.1")
		p.push([]frame{{"x", "eth0", a, 2}, {"y", "eth0", c, 1}})
		time.Sleep(2500 * time.Millisecond)
		expect("rounds", "1s 192.0.2.2", "2s 192.0.2.1")
		p.drop("x")
		time.Sleep(3 * time.Second)
		expect("after x has left", "3s 192.0.2.3")
		time.Sleep(10 * time.Second)
		p.push([]frame{{"x", "eth0", a, 1}})
		expect("at once again", "15.5s 192.0.2.1")
		p.push([]frame{{"x", "eth0", b, 1}})
		expect("the gap counts from the last one")
		time.Sleep(time.Second)
		expect("then", "16.5s 192.0.2.2")
	})
}

// TestLimits: which interfaces share a pace.
func TestLimits(t *testing.T) {
	a := NewAnnouncer(slog.New(slog.DiscardHandler))
	defer a.Close()
	if a.pacer("eth0", true) != nil {
		t.Error("a pace without a limit")
	}
	a.SetLimits([]Limit{{Links: []string{"eth0", "eth1"}, ARP: time.Second}, {ARP: time.Second, NA: 2 * time.Second}})
	for _, tt := range []struct {
		what     string
		one, two *pacer
		same     bool
	}{
		{"a group", a.pacer("eth0", true), a.pacer("eth1", true), true},
		{"others", a.pacer("eth2", true), a.pacer("eth3", true), false},
		{"one interface", a.pacer("eth2", true), a.pacer("eth2", true), true},
		{"both kinds", a.pacer("eth2", true), a.pacer("eth2", false), false},
	} {
		if (tt.one == tt.two) != tt.same || tt.one == nil || tt.two == nil {
			t.Errorf("%s: %v", tt.what, tt)
		}
	}
	if a.pacer("eth0", false) != nil {
		t.Error("the group has no limit for advertisements")
	}
}
