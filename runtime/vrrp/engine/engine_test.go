package engine

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

func wantHeard(t *testing.T, r *rig, want ...string) {
	t.Helper()
	if got := r.heard(); !slices.Equal(got, want) {
		t.Errorf("heard %q\n  want %q", got, want)
	}
}

// pair is two engines on one link, after the election; a is master.
func pair(t *testing.T) (a, b *rig) {
	seg := &segment{}
	a, b = newRig(t, newHost(seg, "10.0.0.1"), Options{}), newRig(t, newHost(seg, "10.0.0.2"), Options{})
	a.Configure([]Instance{front(150)})
	b.Configure([]Instance{front(100)})
	<-a.Ready()
	<-b.Ready()
	time.Sleep(10 * time.Second)
	wantHeard(t, a, "front BACKUP: start", "front MASTER: no advert from a master")
	wantHeard(t, b, "front BACKUP: start")
	return a, b
}

func TestElection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t)
		s := a.status(t, "front")
		if s.Role != vrrp.Master || !s.Applied || s.Counters.BecameMaster != 1 || s.Counters.Sent != 7 || s.Source != netip.MustParseAddr("10.0.0.1") {
			t.Errorf("a: %+v", s)
		}
		if s := b.status(t, "front"); s.Role != vrrp.Backup || s.MasterAddr != netip.MustParseAddr("10.0.0.1") || s.Counters.Received != 7 {
			t.Errorf("b: %+v", s)
		}
		if a.announced != 2 || b.announced != 0 {
			t.Errorf("announced %d and %d times", a.announced, b.announced)
		}
	})
}

func TestFailover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t)
		a.stop() // without Release: a crash to its peers
		time.Sleep(4 * time.Second)
		wantHeard(t, a)
		wantHeard(t, b, "front MASTER: no advert from a master")
	})
}

func TestRelease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t)
		p := a.port()
		if err := a.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		if sent, _ := p.history(); sent[len(sent)-1] != "51/0" {
			t.Errorf("sent %v", sent)
		}
		time.Sleep(700 * time.Millisecond) // b's skew is 609 ms
		wantHeard(t, a, "front BACKUP: shutdown, a successor was heard")
		wantHeard(t, b, "front MASTER: master released")
		a.Configure([]Instance{front(200)})
		time.Sleep(10 * time.Second)
		wantHeard(t, a)
		a.stop()
		if err := a.Release(t.Context()); err != nil {
			t.Errorf("after the end: %v", err)
		}
	})
}

// TestBlockedConsumer: neither an agent nor a log that hangs holds up adverts.
func TestBlockedConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, newHost(&segment{}, "10.0.0.1"), Options{})
		r.block = make(chan struct{})
		r.Configure([]Instance{front(150)})
		time.Sleep(time.Minute)
		sent, times := r.port().history()
		if len(sent) != 57 {
			t.Errorf("%d adverts in a minute", len(sent))
		}
		for n := 1; n < len(times); n++ {
			if d := times[n].Sub(times[n-1]); d != time.Second {
				t.Errorf("advert %d after %s", n, d)
			}
		}
		close(r.block)
		synctest.Wait()
		wantHeard(t, r, "front BACKUP: start", "front MASTER: no advert from a master")
	})
}

// TestFlood: rejected packets neither delay adverts nor move a timer (fact
// 4.9), and are logged once per master (fact 4.8).
func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := pair(t)
		src := netip.MustParseAddr("10.0.0.66")
		pdu := wire.Append(nil, wire.Packet{Version: 2, VRID: 51, Priority: 254, Interval: time.Second, AuthType: wire.AuthPass}, src, wire.GroupIPv4)
		before, _ := a.port().history()
		for range 1000 {
			for range 50 {
				a.hears(datagram{Src: src, Dst: wire.GroupIPv4, TTL: wire.TTL, Payload: pdu})
			}
			time.Sleep(10 * time.Millisecond)
		}
		after, times := a.port().history()
		if n := len(after) - len(before); n != 10 {
			t.Errorf("%d adverts in 10 s", n)
		}
		for n := 1; n < len(times); n++ {
			if d := times[n].Sub(times[n-1]); d != time.Second {
				t.Errorf("advert %d after %s", n, d)
			}
		}
		s := a.status(t, "front")
		if s.Counters.Errors[wire.AuthMismatch] != 50000 || s.Role != vrrp.Master {
			t.Errorf("%+v", s)
		}
		if n := a.logged("vrrp packet rejected"); n != 1 {
			t.Errorf("logged %d times", n)
		}
	})
}

func TestRejections(t *testing.T) {
	src := netip.MustParseAddr("10.0.0.66")
	good := wire.Packet{Version: 2, VRID: 51, Priority: 254, Interval: time.Second, Addresses: parse("192.0.2.10"), AuthType: wire.AuthPass, AuthData: wire.PassAuth("secret")}
	for _, tc := range []struct {
		name string
		edit func(p *wire.Packet, d *datagram)
		want wire.Reject
	}{
		{"ok: good", func(*wire.Packet, *datagram) {}, wire.Accepted},
		{"bad: TTL", func(_ *wire.Packet, d *datagram) { d.TTL = 64 }, wire.HopLimit},
		{"bad: password", func(p *wire.Packet, _ *datagram) { p.AuthData = wire.PassAuth("sesame") }, wire.AuthFailure},
		{"bad: interval", func(p *wire.Packet, _ *datagram) { p.Interval = 2 * time.Second }, wire.Interval},
		{"bad: version", func(p *wire.Packet, _ *datagram) { p.Version = 3 }, wire.Version},
		{"bad: unicast", func(_ *wire.Packet, d *datagram) { d.Dst = netip.MustParseAddr("10.0.0.1") }, wire.Mode},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, newHost(&segment{}, "10.0.0.1"), Options{})
				spec := front(100)
				spec.AuthPass = "secret"
				r.Configure([]Instance{spec})
				time.Sleep(time.Second)
				synctest.Wait()
				p, d := good, datagram{Src: src, Dst: wire.GroupIPv4, TTL: 255}
				tc.edit(&p, &d)
				d.Payload = wire.Append(nil, p, src, wire.GroupIPv4)
				if d.Dst != wire.GroupIPv4 { // a socket of the kernel would not hear it
					r.host.seg.ports[0].deliver(d)
				}
				r.hears(d)
				synctest.Wait()
				s := r.status(t, "front")
				if tc.want == wire.Accepted {
					if s.Counters.Received != 1 || s.Counters.AddressList != 0 || s.MasterPriority != 254 {
						t.Errorf("%+v", s)
					}
				} else if s.Counters.Errors[tc.want] != 1 || s.Counters.Received != 0 {
					t.Errorf("%+v", s.Counters)
				}
			})
		})
	}
}

// TestReload is fact 16.5 to 16.9.
func TestReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t)
		renamed := front(140)
		renamed.Name = "edge"
		a.Configure([]Instance{renamed})
		time.Sleep(4500 * time.Millisecond)
		wantHeard(t, a, "edge MASTER: no advert from a master") // again, under the new name
		if s := a.status(t, "edge"); s.Role != vrrp.Master || s.Priority != 140 {
			t.Errorf("%+v", s)
		}
		sent, _ := a.port().history()
		a.Configure([]Instance{renamed}) // no change, nothing said
		synctest.Wait()
		if again, _ := a.port().history(); len(again) != len(sent) {
			t.Error("unchanged reload sent something")
		}
		a.SetPriority("edge", 90)
		time.Sleep(5 * time.Second)
		wantHeard(t, a, "edge BACKUP: advert with higher priority")
		wantHeard(t, b, "front MASTER: master has lower priority")
		p := b.port()
		moved := front(100)
		moved.Config.VRID = 52
		b.Configure([]Instance{moved})
		synctest.Wait()
		if sent, _ := p.history(); sent[len(sent)-1] != "51/0" {
			t.Errorf("sent %v", sent)
		}
		time.Sleep(3 * time.Second)
		wantHeard(t, b, "front BACKUP: shutdown", "front INIT: removed from configuration", "front BACKUP: start")
		b.Configure(nil)
		synctest.Wait()
		wantHeard(t, b, "front INIT: removed from configuration")
		if len(a.host.seg.ports) != 1 {
			t.Error("socket left open")
		}
	})
}

func TestDuplicate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, newHost(&segment{}, "10.0.0.1"), Options{})
		two := front(100)
		two.Name = "two"
		r.Configure([]Instance{front(100), two})
		synctest.Wait()
		wantHeard(t, r, "front BACKUP: start", "two FAULT: duplicate VRID")
		two.Config.VRID = 52
		r.Configure([]Instance{front(100), two})
		synctest.Wait()
		wantHeard(t, r, "two INIT: removed from configuration", "two BACKUP: start")
	})
}

func TestLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHost(&segment{})
		h.ifs = map[string]linkInfo{}
		r := newRig(t, h, Options{})
		r.Configure([]Instance{front(100)})
		<-r.Ready()
		synctest.Wait()
		wantHeard(t, r, "front FAULT: interface down")
		h.set(linkInfo{Name: "eth0", Index: 2, Up: true})
		r.LinkChanged("eth0")
		synctest.Wait()
		if s := r.status(t, "front"); s.Faults != vrrp.FaultSource {
			t.Errorf("without an address: %s", s.Faults)
		}
		wantHeard(t, r)
		// The virtual address is no source (fact 17.1).
		h.set(linkInfo{Name: "eth0", Index: 2, Up: true, Addrs: parse("192.0.2.10")})
		r.LinkChanged("eth0")
		synctest.Wait()
		if s := r.status(t, "front"); s.Faults != vrrp.FaultSource {
			t.Errorf("with the virtual address: %s", s.Faults)
		}
		h.set(linkInfo{Name: "eth0", Index: 2, Up: true, Addrs: parse("192.0.2.10", "10.0.0.1")})
		r.LinkChanged("eth0")
		time.Sleep(5 * time.Second)
		wantHeard(t, r, "front BACKUP: fault cleared", "front MASTER: no advert from a master")
		h.set(linkInfo{Name: "eth0", Index: 2, Addrs: parse("10.0.0.1")})
		r.LinkChanged("eth0")
		synctest.Wait()
		wantHeard(t, r, "front FAULT: interface down")
		h.set(linkInfo{Name: "eth0", Index: 7, Up: true, Addrs: parse("10.0.0.1")}) // made anew
		r.LinkChanged("eth0")
		time.Sleep(5 * time.Second)
		wantHeard(t, r, "front BACKUP: fault cleared", "front MASTER: no advert from a master")
	})
}

func TestApplyFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t)
		a.Applied("front", vrrp.Master, errors.New("no"))
		time.Sleep(time.Second)
		wantHeard(t, a, "front FAULT: apply failed")
		wantHeard(t, b, "front MASTER: master released")
		a.Applied("nobody", vrrp.Master, nil)
		a.SetFault("front", vrrp.FaultTracker, true)
		time.Sleep(time.Minute)
		wantHeard(t, a)
		a.SetFault("front", vrrp.FaultTracker, false)
		time.Sleep(5 * time.Second)
		wantHeard(t, a, "front BACKUP: fault cleared", "front MASTER: master has lower priority")
	})
}

func TestHeldStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, newHost(&segment{}, "192.0.2.10", "10.0.0.1"), Options{})
		spec := front(254)
		spec.Held = true
		r.Configure([]Instance{spec})
		synctest.Wait()
		wantHeard(t, r)
		if s := r.status(t, "front"); !s.Listening {
			t.Errorf("%+v", s)
		}
		time.Sleep(1100 * time.Millisecond)
		wantHeard(t, r, "front MASTER: addresses held at start, no other master heard")
	})
}

func TestObserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seg := &segment{}
		r := newRig(t, newHost(seg, "10.0.0.1"), Options{Observe: true})
		r.Configure([]Instance{front(150)})
		time.Sleep(10 * time.Second)
		if r.announced > 0 {
			t.Error("announced")
		}
		if sent, _ := r.port().history(); len(sent) > 0 {
			t.Errorf("sent %v", sent)
		}
		if len(r.facts) != 2 || r.facts[1].Role != vrrp.Backup || r.facts[1].Would != vrrp.Master {
			t.Errorf("%+v", r.facts)
		}
		if s := r.status(t, "front"); s.Role != vrrp.Backup || s.Would != vrrp.Master {
			t.Errorf("%+v", s)
		}
	})
}

// TestLateLoop: a backup whose loop was held up for longer than its wait reads
// what came meanwhile before it takes over.
func TestLateLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, b := pair(t)
		b.commands.push(func() { time.Sleep(5 * time.Second) }) // one that hangs, holding the loop
		time.Sleep(10 * time.Second)
		wantHeard(t, b)
	})
}

// TestStall: a master whose loop was held up for longer than that gives way
// before it sends anything.
func TestStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t)
		before, _ := a.port().history()
		p := a.port()
		a.commands.push(func() { time.Sleep(20 * time.Second) })
		time.Sleep(21 * time.Second)
		wantHeard(t, a, "front BACKUP: stalled longer than the master-down time")
		wantHeard(t, b, "front MASTER: no advert from a master")
		if after, _ := p.history(); len(after) != len(before) {
			t.Errorf("sent %v", after[len(before):])
		}
		time.Sleep(5 * time.Second)
		wantHeard(t, a, "front MASTER: master has lower priority")
		wantHeard(t, b, "front BACKUP: advert with higher priority")
	})
}

func TestInterval(t *testing.T) {
	for _, tc := range []struct {
		version  uint8
		in, want time.Duration
	}{
		{2, 0, time.Second}, {2, 1400 * time.Millisecond, time.Second}, {2, time.Millisecond, time.Second}, {2, time.Hour, 255 * time.Second},
		{3, 0, time.Second}, {3, 104 * time.Millisecond, 100 * time.Millisecond}, {3, 1, 10 * time.Millisecond}, {3, time.Hour, 40950 * time.Millisecond},
	} {
		if got := carried(vrrp.Config{Version: tc.version, Interval: tc.in}); got != tc.want {
			t.Errorf("v%d %s: %s, want %s", tc.version, tc.in, got, tc.want)
		}
	}
}

// TestProblem: an interface that the kernel does not answer about keeps its master.
func TestProblem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := pair(t)
		good := a.host.Probe("eth0")
		a.host.set(linkInfo{Name: "eth0", Problem: errors.New("interrupted")})
		a.LinkChanged("eth0")
		time.Sleep(time.Minute)
		a.host.set(good)
		time.Sleep(time.Minute)
		wantHeard(t, a)
		if n := a.logged("cannot examine"); n != 1 {
			t.Errorf("logged %d times", n)
		}
	})
}

func TestSendError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := pair(t)
		a.commands.push(func() { a.senders[dialKey{"eth0", false}].(*memSender).err = errors.New("no buffer") })
		time.Sleep(5 * time.Second)
		if s := a.status(t, "front"); s.SendError == "" || s.Counters.SendErrors < 5 || a.logged("cannot send") != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// TestSendAllocs: a master in steady state makes no garbage.
func TestSendAllocs(t *testing.T) {
	e, i := silent()
	if n := testing.AllocsPerRun(100, func() { e.step(i, vrrp.Tick{}) }); n != 0 {
		t.Errorf("%v allocations per advert", n)
	}
}

// null is a sender that swallows everything.
type null struct{ sender }

func (null) Send([]byte, netip.Addr) error { return nil }

// silent is a master whose every step is a due advert.
func silent() (*Engine, *instance) {
	now := time.Hour
	e := newEngine(Options{}, nil, func() time.Duration { now += time.Second; return now })
	i := &instance{sender: null{}, socket: &socket{key: listenKey{ifname: "eth0", local: wire.GroupIPv4}}}
	i.socket.routers[51] = []*instance{i}
	spec := front(100)
	spec.Config.Source = netip.MustParseAddr("10.0.0.1")
	spec.Config.AnnounceDelay = 0
	i.adopt(spec)
	e.instances = append(e.instances, i)
	e.step(i, vrrp.Start{})
	for i.state.Role != vrrp.Master {
		e.step(i, vrrp.Tick{})
	}
	return e, i
}

func BenchmarkAdvert(b *testing.B) {
	e, i := silent()
	b.ReportAllocs()
	for b.Loop() {
		e.step(i, vrrp.Tick{})
	}
}

func BenchmarkReceive(b *testing.B) {
	e, i := silent()
	src := netip.MustParseAddr("10.0.0.9")
	d := datagram{Src: src, Dst: wire.GroupIPv4, TTL: 255}
	d.Payload = wire.Append(nil, wire.Packet{Version: 2, VRID: 51, Priority: 200, Interval: time.Second, Addresses: parse("192.0.2.10")}, src, wire.GroupIPv4)
	e.judge(i.socket, d)
	b.ReportAllocs()
	for b.Loop() {
		e.judge(i.socket, d)
	}
}
