package engine

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// forge is an advert with higher priority than anybody's.
func forge(src, dst string, edit func(*wire.Packet)) datagram {
	p := wire.Packet{Version: 2, VRID: 51, Priority: 254, Interval: time.Second, Addresses: parse("192.0.2.10")}
	if edit != nil {
		edit(&p)
	}
	d := datagram{Src: netip.MustParseAddr(src), Dst: netip.MustParseAddr(dst), TTL: 255}
	d.Payload = wire.Append(nil, p, d.Src, d.Dst)
	return d
}

// TestUnicast: adverts go to every peer, and only peers in reach are believed
// (fact 4.6 t, u).
func TestUnicast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seg := &segment{}
		unicast := func(r *rig, name string, priority uint8, peers ...Peer) {
			s := front(priority)
			s.Name, s.Unicast, s.Peers, s.CheckSource = name, true, peers, true
			r.Configure([]Instance{s})
		}
		ip := netip.MustParseAddr
		var told []string
		note := func(ifname string, source netip.Addr) { told = append(told, ifname+" "+source.String()) }
		a, b := newRig(t, newHost(seg, "10.0.0.1"), Options{AnnounceSource: note}), newRig(t, newHost(seg, "10.0.0.2"), Options{})
		unicast(a, "front", 150, Peer{Addr: ip("10.0.0.2"), MinTTL: 254}, Peer{Addr: ip("10.0.0.3")})
		unicast(b, "front", 100, Peer{Addr: ip("10.0.0.1")})
		time.Sleep(10 * time.Second)
		wantHeard(t, a, "front BACKUP: start", "front MASTER: no advert from a master")
		wantHeard(t, b, "front BACKUP: start")
		if s := a.status(t, "front"); s.Counters.Sent != 7 { // one advert, however many peers (fact 3.13)
			t.Errorf("%+v", s.Counters)
		}
		far := forge("10.0.0.2", "10.0.0.1", nil)
		far.TTL = 253
		a.hears(far)
		a.hears(forge("10.0.0.9", "10.0.0.1", nil))
		a.hears(forge("10.0.0.3", "224.0.0.18", nil)) // nobody listens
		synctest.Wait()
		if s := a.status(t, "front"); s.Role != vrrp.Master || s.Counters.Errors[wire.HopLimit] != 1 || s.Counters.Errors[wire.Source] != 1 {
			t.Errorf("%+v", s)
		}
		// Renamed, and without peers: the same router, at fault.
		unicast(a, "edge", 150)
		synctest.Wait()
		wantHeard(t, a, "edge MASTER: no advert from a master", "edge FAULT: configuration")
		unicast(a, "edge", 150, Peer{Addr: ip("10.0.0.2")})
		time.Sleep(5 * time.Second)
		wantHeard(t, a, "edge BACKUP: fault cleared", "edge MASTER: master has lower priority")
		if len(told) != 1 || told[0] != "eth0 10.0.0.1" { // fact 7.4
			t.Errorf("announced its source %q", told)
		}
	})
}

// TestUnicastSharedVRID: the sender tells which of several routers is meant
// (fact 4.5); with a common peer it cannot (fact 2.20).
func TestUnicastSharedVRID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, newHost(&segment{}, "10.0.0.1"), Options{})
		spec := func(name, peer string) Instance {
			s := front(100)
			s.Name, s.Unicast, s.Peers = name, true, []Peer{{Addr: netip.MustParseAddr(peer)}}
			return s
		}
		r.Configure([]Instance{spec("two", "10.0.0.2"), spec("three", "10.0.0.3"), spec("again", "10.0.0.3")})
		synctest.Wait()
		r.hears(forge("10.0.0.3", "10.0.0.1", nil))
		r.hears(forge("10.0.0.4", "10.0.0.1", nil))
		synctest.Wait()
		if s := r.status(t, "two"); s.Counters.Received != 0 || s.UnknownVRIDs != 1 {
			t.Errorf("two: %+v", s)
		}
		if s := r.status(t, "three"); s.Counters.Received != 1 {
			t.Errorf("three: %+v", s)
		}
		if s := r.status(t, "again"); s.Faults != vrrp.FaultDuplicate {
			t.Errorf("again: %+v", s)
		}
	})
}

// TestTransmit: adverts leave from another interface, whose loss is a fault.
func TestTransmit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(&segment{}, "10.0.0.1")
		h.set(linkInfo{Name: "vrrp.51", Index: 7, Up: true, Addrs: parse("fe80::5")})
		r := newRig(t, h, Options{})
		v4, v6 := front(100), front(100)
		v4.Transmit, v6.Transmit = "vrrp.51", "vrrp.51"
		v6.Name, v6.Config.Version, v6.Advertised = "six", 3, parse("fe80::10")
		r.Configure([]Instance{v4, v6})
		time.Sleep(5 * time.Second)
		if s := r.status(t, "front"); s.Source.String() != "10.0.0.1" || s.Role != vrrp.Master {
			t.Errorf("%+v", s)
		}
		if s := r.status(t, "six"); s.Source.String() != "fe80::5" || s.Role != vrrp.Master {
			t.Errorf("%+v", s)
		}
		for key := range r.senders {
			if key.ifname != "vrrp.51" {
				t.Errorf("sends by %q", key.ifname)
			}
		}
		h.set(linkInfo{Name: "vrrp.51", Index: 7, Addrs: parse("fe80::5")})
		r.LinkChanged("vrrp.51")
		synctest.Wait()
		if s := r.status(t, "front"); s.Faults != vrrp.FaultLink {
			t.Errorf("%+v", s)
		}
	})
}

// TestWake: what came while the process was stopped is not taken for the
// present, and nothing is said before listening.
func TestWake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, newHost(&segment{}, "10.0.0.1"), Options{})
		r.Configure([]Instance{front(150)})
		time.Sleep(10 * time.Second)
		r.heard()
		before, _ := r.port().history()
		r.Engine.mu.Lock()
		time.Sleep(20 * time.Second)
		r.hears(forge("10.0.0.9", "224.0.0.18", nil))
		r.Engine.mu.Unlock()
		synctest.Wait()
		wantHeard(t, r, "front BACKUP: stalled longer than the master-down time")
		if s := r.status(t, "front"); s.Counters.Received != 0 || r.logged("discarded") != 1 {
			t.Errorf("%+v", s.Counters)
		}
		if after, _ := r.port().history(); len(after) != len(before) {
			t.Errorf("sent %v", after[len(before):])
		}
		time.Sleep(5 * time.Second)
		wantHeard(t, r, "front MASTER: no advert from a master")
	})
}

// TestInterfaceDelays: a short loss is none, but a longer one is, before the
// peers take over (fact 2.23); dont_track_primary ignores it altogether.
func TestInterfaceDelays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, newHost(&segment{}, "10.0.0.1"), Options{})
		spec := front(100)
		spec.DownDelay, spec.UpDelay = time.Minute, time.Second // the first is cut to 2 s less 1/256
		deaf := front(100)
		deaf.Name, deaf.Config.VRID, deaf.IgnoreLink = "deaf", 52, true
		deaf.DownDelay, deaf.UpDelay = spec.DownDelay, spec.UpDelay
		r.Configure([]Instance{spec, deaf})
		time.Sleep(10 * time.Second)
		r.heard()
		link := func(up bool) {
			r.host.set(linkInfo{Name: "eth0", Index: 2, Up: up, Addrs: parse("10.0.0.1")})
			r.LinkChanged("eth0")
		}
		link(false)
		time.Sleep(1900 * time.Millisecond)
		link(true)
		time.Sleep(5 * time.Second)
		wantHeard(t, r)
		link(false)
		time.Sleep(2 * time.Second)
		wantHeard(t, r, "front FAULT: interface down")
		link(true)
		time.Sleep(990 * time.Millisecond)
		wantHeard(t, r)
		time.Sleep(20 * time.Millisecond)
		wantHeard(t, r, "front BACKUP: fault cleared")
	})
}

// TestNoise: rejected packets add up in the counters and leave no garbage,
// whatever is wrong with them.
func TestNoise(t *testing.T) {
	e, i := silent()
	i.ah = nil
	s := i.socket
	short := forge("10.0.0.9", "224.0.0.18", nil)
	short.Payload = short.Payload[:7]
	far := forge("10.0.0.9", "224.0.0.18", nil)
	far.TTL = 1
	sum := forge("10.0.0.9", "224.0.0.18", nil)
	sum.Payload[7]++
	cases := map[wire.Reject]datagram{
		wire.Length: short, wire.HopLimit: far, wire.Checksum: sum,
		wire.Version:      forge("10.0.0.9", "224.0.0.18", func(p *wire.Packet) { p.Version = 3 }),
		wire.AuthMismatch: forge("10.0.0.9", "224.0.0.18", func(p *wire.Packet) { p.AuthType = wire.AuthPass }),
		wire.AuthUnknown:  forge("10.0.0.9", "224.0.0.18", func(p *wire.Packet) { p.AuthType = 9 }),
		wire.Interval:     forge("10.0.0.9", "224.0.0.18", func(p *wire.Packet) { p.Interval = time.Minute }),
	}
	for reason, d := range cases {
		e.judge(s, d) // the first of its kind is logged
		before := i.state
		if n := testing.AllocsPerRun(100, func() { e.judge(s, d) }); n > 0 {
			t.Errorf("%s: %v allocations", reason.Name(), n)
		}
		if i.count.Errors[reason] != 102 || i.state != before {
			t.Errorf("%s: %v", reason.Name(), i.count.Errors)
		}
	}
	if lines := len(e.lines.take()); lines > len(cases)+2 {
		t.Errorf("%d log lines", lines)
	}
}

// TestNoiseHMAC: the same for forged and replayed trailers.
func TestNoiseHMAC(t *testing.T) {
	secret := []byte("0123456789abcdef0123456789abcdef")
	spec := &HMAC{Keys: map[uint8][]byte{1: secret}, Active: 1}
	h := newHMAC(spec, nil)
	now := time.Unix(1e9, 0)
	path := wire.Path{Src: netip.MustParseAddr("10.0.0.9"), Dst: wire.GroupIPv4}
	p := wire.Packet{Version: 3, VRID: 51, Priority: 1, Interval: time.Second, Signed: true}
	advert := func(id uint8, seq uint64, with []byte) *datagram {
		var f wire.Frame
		f.Build(&p, path)
		f.Sign(wire.NewKey(with), id, seq, path)
		return &datagram{Src: path.Src, Dst: path.Dst, Payload: f.Bytes()[20:]}
	}
	judge := func(d *datagram) error {
		q := wire.Packet{Signed: true}
		if err := q.Decode(d.Payload, d.Src, d.Dst); err != nil {
			return err
		}
		_, err := h.verify(&q, d, time.Second, 0, now)
		return err
	}
	seq := wire.Sequence(now)
	for _, tc := range []struct {
		name string
		d    *datagram
		want error
	}{
		{"first", advert(1, seq, secret), nil},
		{"again", advert(1, seq, secret), wire.ExtReplay},
		{"older", advert(1, seq-1, secret), wire.ExtReplay},
		{"newer", advert(1, seq+1, secret), nil},
		{"unknown key", advert(2, seq+2, secret), wire.ExtUnknownKey},
		{"forged", advert(1, seq+3, append([]byte("x"), secret...)), wire.ExtInvalid},
		{"stale", advert(1, wire.Sequence(now.Add(-6*time.Second)), secret), wire.ExtStale},
		{"ahead", advert(1, wire.Sequence(now.Add(6*time.Second)), secret), wire.ExtStale},
		{"unsigned", &datagram{Src: path.Src, Dst: path.Dst, Payload: wire.Append(nil, p, path.Src, path.Dst)}, wire.ExtMissing},
		{"a forged one has not moved the mark", advert(1, seq+2, secret), nil},
	} {
		if err := judge(tc.d); err != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
	q, d := wire.Packet{Signed: true}, advert(1, seq, secret)
	if n := testing.AllocsPerRun(100, func() { _ = q.Decode(d.Payload, d.Src, d.Dst); _, _ = h.verify(&q, d, time.Second, 0, now) }); n > 0 {
		t.Errorf("%v allocations for a replay", n)
	}
	// A table that is full forgets whom it has not heard for longest.
	for n := range 4 {
		if !h.grows(netip.MustParseAddr(fmt.Sprint("10.0.1.", n)), 1, groupSenders) || len(h.heard) > groupSenders {
			t.Errorf("%+v", h.heard)
		}
	}
	if h.grows(netip.MustParseAddr("10.0.1.0"), 1, groupSenders) {
		t.Error("forgot the wrong one")
	}
	// The clock may go back; the sequence does not.
	if a, b := h.next(now), h.next(now.Add(-time.Hour)); b != a+1 {
		t.Errorf("%x then %x", a, b)
	}
}

// TestLearnsOldChecksum is fact 3.6.
func TestLearnsOldChecksum(t *testing.T) {
	for _, never := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, newHost(&segment{}, "10.0.0.1"), Options{})
			s := front(100)
			s.Config.Version, s.Unicast, s.Peers = 3, true, []Peer{{Addr: netip.MustParseAddr("10.0.0.2")}}
			if never {
				s.OldUnicast = OldUnicastNever
			}
			r.Configure([]Instance{s})
			synctest.Wait()
			r.hears(forge("10.0.0.2", "10.0.0.1", func(p *wire.Packet) { p.Version, p.OldUnicast = 3, true }))
			synctest.Wait()
			st := r.status(t, "front")
			if learned := r.instances[0].packet.OldUnicast; learned == never || (st.Counters.Errors[wire.Checksum] == 1) != never {
				t.Errorf("never %v: learned %v, %+v", never, learned, st.Counters)
			}
		})
	}
}
