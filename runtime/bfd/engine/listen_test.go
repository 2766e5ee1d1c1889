package engine

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestSocketsAreTriedAgain: fact 19.10, but within a second.
func TestSocketsAreTriedAgain(t *testing.T) {
	for name, where := range map[string]func(*host) *error{
		"open":   func(h *host) *error { return &h.refuse },
		"send":   func(h *host) *error { return &h.refuseSend },
		"listen": func(h *host) *error { return &h.refuseListen },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &wire{cut: map[netip.Addr]bool{}}
				one, two := w.begin(a1), w.begin(a2, spec("to1", a1))
				defer one.stop()
				defer two.stop()
				synctest.Wait()
				one.host.set(where(one.host), errTest)
				one.Configure([]Session{spec("to2", a2)})
				time.Sleep(5 * time.Second)
				synctest.Wait()
				if s := one.status(t); s.Up || s.Problem != errTest.Error() {
					t.Errorf("while it fails: %+v", s)
				}
				one.host.set(where(one.host), nil)
				time.Sleep(4 * time.Second)
				synctest.Wait()
				if s := one.status(t); !s.Up || s.Problem != "" {
					t.Errorf("afterwards: %+v", s)
				}
			})
		})
	}
}

// TestListeningSockets: one for all addresses, or one for each that is named.
func TestListeningSockets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{cut: map[netip.Addr]bool{}}
		bound := func(neighbor, source netip.Addr) Session { s := spec("x", neighbor); s.Source = source; return s }
		one := w.begin(a1)
		defer one.stop()
		for _, c := range []struct {
			list []Session
			want []string
		}{
			{[]Session{bound(a2, a1), bound(a3, a1)}, []string{"192.0.2.1:3784"}},
			{[]Session{bound(a2, a1), bound(a3, a2)}, []string{"192.0.2.1:3784", "192.0.2.2:3784"}},
			{[]Session{bound(a2, a1), bound(a3, netip.Addr{})}, []string{"0.0.0.0:3784"}},
			{nil, nil},
		} {
			one.Configure(c.list)
			synctest.Wait()
			var got []string
			w.mu.Lock()
			for _, in := range w.inputs {
				got = append(got, in.local.String())
			}
			w.mu.Unlock()
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("listens on %v, want %v", got, c.want)
			}
		}
	})
}
