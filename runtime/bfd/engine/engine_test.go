package engine

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lbgit/lbgit/runtime/bfd"
)

func TestUpAndDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, one, two := pair(t)
		defer one.stop()
		defer two.stop()
		w.disconnect(a2, true)
		cut := time.Now()
		for one.status(t).Up {
			time.Sleep(time.Millisecond)
			synctest.Wait()
		}
		if took := time.Since(cut); took > 55*time.Millisecond {
			t.Errorf("down after %v, the detection time is 50 ms", took)
		}
		w.disconnect(a2, false)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		want := []string{"to2 down: no diagnostic", "to2 up: no diagnostic", "to2 down: detection time expired", "to2 up: no diagnostic"}
		if got := one.reports(); !slices.Equal(got, want) {
			t.Errorf("reported %q\nwant     %q", got, want)
		}
	})
}

// TestOnTheWire: RFC 5881 sections 4 and 5, RFC 5883 section 5.
func TestOnTheWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{cut: map[netip.Addr]bool{}}
		far := spec("far", a3)
		far.Multihop = true
		one := w.begin(a1, spec("near", a2), far)
		defer one.stop()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		ports := map[netip.Addr]uint16{}
		for _, p := range w.packets(a1) {
			to := p.to.Addr()
			want := map[netip.Addr]uint16{a2: 3784, a3: 4784}[to]
			if p.to.Port() != want || p.ttl != 255 || p.from.Port() < 49152 || ports[to] != 0 && ports[to] != p.from.Port() {
				t.Errorf("sent %+v", p)
			}
			ports[to] = p.from.Port()
		}
		if len(ports) != 2 || ports[a2] == ports[a3] {
			t.Errorf("source ports %v", ports)
		}
	})
}

func TestDiscriminatorsAreUnique(t *testing.T) {
	e := newEngine(Options{}, &host{}, func() time.Duration { return time.Hour })
	seen := map[uint32]bool{0: true}
	for range 100 {
		s := &session{}
		s.spec.Config.Discriminator = e.discriminator(nil)
		if seen[s.spec.Config.Discriminator] {
			t.Fatal("zero, or twice the same")
		}
		seen[s.spec.Config.Discriminator] = true
		e.sessions = append(e.sessions, s)
	}
}

func TestDemultiplexing(t *testing.T) {
	e := newEngine(Options{}, &host{}, func() time.Duration { return time.Hour })
	for i, s := range []Session{{Name: "a", Neighbor: a2}, {Name: "b", Neighbor: a2, Source: a1, Multihop: true}, {Name: "c", Neighbor: a3, Source: a1}} {
		s.Config.Discriminator = uint32(i + 1)
		e.sessions = append(e.sessions, &session{spec: s})
	}
	for _, c := range []struct {
		what     string
		src, dst netip.Addr
		multihop bool
		disc     uint32
		want     string
	}{
		{"the discriminator decides", a2, a1, false, 1, "a"},
		{"the discriminator decides, whatever the source", a3, a1, false, 1, "a"},
		{"an unknown discriminator is nobody's, whatever the source", a2, a1, false, 9, ""},
		{"a discriminator of the other port", a2, a1, false, 2, ""},
		{"by source address", a2, a1, false, 0, "a"},
		{"by source address and port", a2, a1, true, 0, "b"},
		{"by both addresses", a3, a1, false, 0, "c"},
		{"to another address of this system", a3, a2, false, 0, ""},
		{"a stranger", a1, a1, false, 0, ""},
	} {
		got := ""
		if s := e.find(c.multihop, datagram{Src: c.src, Dst: c.dst}, c.disc); s != nil {
			got = s.spec.Name
		}
		if got != c.want {
			t.Errorf("%s: session %q, want %q", c.what, got, c.want)
		}
	}
}

// TestRejectedPacketsDoNotCount: a flood of them keeps no dead peer alive, and
// takes no living one down.
func TestRejectedPacketsDoNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, one, two := pair(t)
		defer one.stop()
		bad := bfd.Packet{State: bfd.Down, Multiplier: 5, MyDisc: 1, MinTX: time.Second, MinRX: time.Second}
		flood := func() {
			for range 200 {
				from := netip.AddrPortFrom(a2, 50000)
				w.deliver(from, netip.AddrPortFrom(a1, 3784), 254, bfd.Append(nil, bad)) // from behind a router
				w.deliver(from, netip.AddrPortFrom(a1, 3784), 255, []byte{1, 2, 3})
			}
			time.Sleep(5 * time.Millisecond)
			synctest.Wait()
		}
		for range 100 {
			flood()
		}
		if s := one.status(t); s.State != bfd.Up || s.Counters.Downs != 0 || s.Counters.Errors[bfd.Hops] != 20000 || s.Counters.Errors[bfd.Short] != 20000 {
			t.Errorf("under a flood: %+v", s)
		}
		w.disconnect(a2, false)
		two.host.set(&two.host.refuse, errTest)
		two.host.set(&two.host.refuseSend, errTest)
		for range 20 {
			flood()
		}
		if s := one.status(t); s.State != bfd.Down || s.Diag != bfd.DiagTime {
			t.Errorf("the flood keeps it %s: %+v", s.State, s)
		}
		two.stop()
	})
}

// TestHops: the check of the received TTL (facts 19.1, 19.7).
func TestHops(t *testing.T) {
	for _, c := range []struct {
		ttl      uint8
		hops     int
		received uint8
		ok       bool
	}{
		{255, 0, 255, true}, {255, 0, 254, false}, {255, 2, 253, true}, {255, 2, 252, false}, {255, 255, 1, true},
		{64, 0, 64, true}, {64, 0, 255, true}, {64, 0, 63, false}, {64, -1, 64, false}, {64, -1, 65, true},
	} {
		e := newEngine(Options{}, &host{}, func() time.Duration { return time.Hour })
		s := &session{spec: Session{Neighbor: a2, TTL: c.ttl, MaxHops: c.hops}}
		s.spec.Config.Discriminator = 7
		e.sessions = []*session{s}
		p := bfd.Packet{State: bfd.Down, Multiplier: 1, MyDisc: 1}
		e.judge(false, datagram{Src: a2, Dst: a1, TTL: c.received, Payload: bfd.Append(nil, p)})
		if got := s.count.Received == 1; got != c.ok || got == (s.count.Errors[bfd.Hops] == 1) {
			t.Errorf("%+v: accepted %v", c, got)
		}
	}
}

// TestHeldUpLoop: a machine that stood still for longer than the detection
// time waits for what arrived meanwhile before it judges.
func TestHeldUpLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, one, two := pair(t)
		defer one.stop()
		defer two.stop()
		slack := spec("to2", a2)
		slack.Config.Multiplier = 255 // the peer bears the stall
		one.Configure([]Session{slack})
		time.Sleep(time.Second)
		w.mu.Lock()
		w.stall, w.stalled = 200*time.Millisecond, a1
		w.mu.Unlock()
		time.Sleep(time.Second)
		synctest.Wait()
		if s := one.status(t); w.stall != 0 || s.Counters.Downs != 0 || s.Counters.Received == 0 {
			t.Errorf("a stall of the own loop took the session down: %+v", s)
		}
	})
}

func TestReconfigure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, one, two := pair(t)
		defer one.stop()
		defer two.stop()
		disc := one.status(t).Disc
		other := spec("renamed", a2)
		other.Config.MinTX, other.Config.Multiplier, other.TTL = 40*time.Millisecond, 7, 200
		port := w.packets(a1)[0].from.Port()
		one.Configure([]Session{other})
		time.Sleep(time.Second)
		synctest.Wait()
		if s := one.status(t); s.Disc != disc || s.Counters.Downs != 0 || s.Interval != 40*time.Millisecond || s.Name != "renamed" {
			t.Errorf("after a change of name and intervals: %+v", s)
		}
		last := w.packets(a1)[len(w.packets(a1))-1]
		if last.ttl != 200 || last.from.Port() != port || last.p.Multiplier != 7 {
			t.Errorf("sends %+v", last)
		}
		if s := two.status(t); s.Detect != 280*time.Millisecond || s.Counters.Downs != 0 {
			t.Errorf("the peer: %+v", s)
		}
		one.Configure(nil)
		time.Sleep(10 * time.Millisecond)
		synctest.Wait()
		if s := two.status(t); s.State != bfd.Down || s.RemoteState != bfd.AdminDown || !s.Up {
			t.Errorf("the peer of a removed session: %+v", s)
		}
		want := []string{"to2 down: no diagnostic", "to2 up: no diagnostic", "renamed up: no diagnostic"}
		if got := one.reports(); !slices.Equal(got, want) {
			t.Errorf("reported %q, want %q", got, want)
		}
	})
}

// TestStop: the peer of a node that stops acts at once.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, one, two := pair(t)
		defer two.stop()
		one.stop()
		synctest.Wait()
		if s := two.status(t); s.Up || s.RemoteState != bfd.Down || s.RemoteDiag != bfd.DiagByAdmin {
			t.Errorf("the peer: %+v", s)
		}
		if n := len(w.inputs); n != 1 {
			t.Errorf("%d sockets are open, want the other engine's", n)
		}
	})
}
