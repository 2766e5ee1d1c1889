package vrrp_test

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

// This file and its siblings check the real code against laws (model_laws):
// every schedule up to a depth (model_exhaustive) and long random ones
// (model_random).  A world is a value: a clone and its original go on apart.

// stepFunc is the code under test, or a mutant of it.
type stepFunc func(group []vrrp.Member, now time.Duration, at int, ev vrrp.Event) []vrrp.Action

func realCode(group []vrrp.Member, now time.Duration, at int, ev vrrp.Event) []vrrp.Action {
	return vrrp.AppendGroup(nil, group, now, at, ev)
}

// world is a few routers on one link, or two, in virtual time.
type world struct {
	*setting
	now    time.Duration
	peers  []peer
	flight []packet // in the order of sending
	// troubles and losses are what may still go wrong (exhaustive search).
	troubles, losses int
	// two is since when a link has two masters, counted anew from every
	// trouble and loss; 0 if it has not.
	two [2]time.Duration
	// released is when the only master of a link left by an advert of priority
	// 0 that nothing has disturbed; 0 if none did.
	released [2]time.Duration
	lostAt   time.Duration // of the last advert that the wire lost
	trail    *trail
}

// setting is what never changes in a world.
type setting struct {
	step    stepFunc
	configs []vrrp.Config
	// grouped makes a router of every two instances in a row, one on each of
	// two links, in a sync group; without it there is one link.
	grouped bool
	// wire says when an advert arrives, or that it is lost; nil: after delay.
	wire  func(w *world, from, to int) (at time.Duration, lost bool)
	delay time.Duration // at most, of the link
	apply time.Duration // at most, of the owner of the addresses
	// overlap is how long two masters may last on an undisturbed link.
	overlap time.Duration
	startup time.Duration // vrrp_startup_delay
	trace   bool
}

// router are the instances of the router of instance i, from and to.
func (s *setting) router(i int) (from, to int) {
	if s.grouped {
		return i &^ 1, i | 1
	}
	return i, i
}

// link is the number of the link of an instance.
func (s *setting) link(i int) int {
	if s.grouped {
		return i & 1
	}
	return 0
}

// peer is one instance.  Its clock is offset and does not run at quite the
// right rate.
type peer struct {
	state  vrrp.State
	up     bool // the process lives
	frozen bool // stopped, or its machine is
	broken bool // addresses cannot be set
	moved  bool // trackers have moved its priority

	offset   time.Duration
	permille int64         // that the clock runs fast
	late     time.Duration // that timers fire late

	// What the laws remember.
	told    vrrp.Role // last reported
	applied bool      // the owner of the addresses confirmed this mastership
	zeros   uint8     // adverts of priority 0 since the last claim
	leaveBy time.Duration
}

// packet is an advert under way, or the word of the owner of the addresses
// (from == to).
type packet struct {
	from, to int
	at       time.Duration // arrives, in the exhaustive search at the latest
	ev       vrrp.Event
}

// trail is how a world came to be.
type trail struct {
	before *trail
	at     time.Duration
	text   string
}

func (w *world) note(format string, args ...any) {
	if w.trace {
		w.trail = &trail{w.trail, w.now, fmt.Sprintf(format, args...)}
	}
}

func (t *trail) String() string {
	var lines []string
	for ; t != nil; t = t.before {
		lines = append(lines, fmt.Sprintf("%10.4f  %s", t.at.Seconds(), t.text))
	}
	slices.Reverse(lines)
	return strings.Join(lines, "\n")
}

// newWorld has every router down.
func newWorld(s *setting) *world {
	w := &world{setting: s, now: time.Hour, peers: make([]peer, len(s.configs))}
	for i := range s.configs {
		s.configs[i].VRID = 1
		s.configs[i].Source = netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)})
	}
	return w
}

func (w *world) clone() *world {
	c := *w
	c.peers, c.flight = slices.Clone(w.peers), slices.Clone(w.flight)
	return &c
}

// local is the time on a router's clock, due the first moment at which that
// clock shows a time or more.
func (p *peer) local(now time.Duration) time.Duration {
	return p.offset + now + now/1000*time.Duration(p.permille)
}

func (p *peer) due(at time.Duration) time.Duration {
	t := (at - p.offset) / time.Duration(1000+p.permille) * 1000
	for p.local(t) < at {
		t += time.Microsecond
	}
	return t + p.late
}

// send puts an advert on the wire.
func (w *world) send(from int, priority uint8) {
	c := &w.configs[from]
	ev := vrrp.Advert{Priority: priority, Interval: cmp.Or(c.Interval, time.Second), From: c.Source}
	for to := range w.peers {
		if to == from || !w.peers[to].up || w.link(to) != w.link(from) {
			continue
		}
		at, lost := w.now+w.delay, false
		if w.wire != nil {
			at, lost = w.wire(w, from, to)
		}
		if lost {
			w.disturbed()
			w.lostAt = w.now
			continue
		}
		for _, p := range w.flight { // a link does not change the order
			if p.from == from && p.to == to {
				at = max(at, p.at)
			}
		}
		w.flight = append(w.flight, packet{from, to, at, ev})
	}
}

// hand lets a packet arrive.
func (w *world) hand(i int) error {
	p := w.flight[i]
	w.flight = slices.Delete(w.flight, i, i+1)
	return w.feed(p.to, p.ev)
}

// run lets time pass without choices: everything arrives when it is due.
func (w *world) run(d time.Duration) error {
	for end := w.now + d; ; {
		at, do := w.next()
		if do == nil || at > end {
			w.now = end
			return nil
		}
		w.now = max(w.now, at)
		if err := do(); err != nil {
			return err
		}
	}
}

// next is what happens next, and when.
func (w *world) next() (at time.Duration, do func() error) {
	for i, p := range w.flight {
		if do == nil || p.at < at {
			at, do = p.at, func() error { return w.hand(i) }
		}
	}
	for i := range w.peers {
		p := &w.peers[i]
		if !p.up || p.frozen || p.state.Deadline == 0 {
			continue
		}
		if t := p.due(p.state.Deadline); do == nil || t < at {
			at, do = t, func() error { return w.feed(i, vrrp.Tick{}) }
		}
	}
	return at, do
}

// show is one line for a failure.
func (w *world) show() string {
	var b strings.Builder
	for i := range w.peers {
		p := &w.peers[i]
		role := p.state.Role.String()
		if !p.up {
			role = "down"
		}
		fmt.Fprintf(&b, " %d:%s/%d", i, role, p.state.Priority)
	}
	return b.String()
}

// moments are the fields of State that hold a point in time.
var moments = func() (list []reflect.StructField) {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[vrrp.State]()) {
		if f.Type == reflect.TypeFor[time.Duration]() && f.Name != "Down" && f.Name != "MasterInterval" {
			list = append(list, f)
		}
	}
	return list
}()

// passes says that a moment counts only until it has passed.
func passes(name string) bool {
	return name == "NotBefore" || name == "MetUntil" || name == "AnswerAt" || name == "ZeroAt"
}

var seed = maphash.MakeSeed()

// hash is equal for worlds that differ in nothing but the time of day.
func (w *world) hash() uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	ago := func(t time.Duration) time.Duration {
		if t == 0 {
			return 1 << 62
		}
		return t - w.now
	}
	maphash.WriteComparable(&h, [6]int{w.troubles, w.losses,
		int(ago(w.two[0])), int(ago(w.two[1])), int(ago(w.released[0])), int(ago(w.released[1]))})
	for _, p := range w.peers {
		v := reflect.ValueOf(&p.state).Elem()
		for _, f := range moments {
			t := time.Duration(v.FieldByIndex(f.Index).Int())
			if passes(f.Name) && t <= w.now {
				t = 0
			}
			v.FieldByIndex(f.Index).SetInt(int64(ago(t)))
		}
		p.leaveBy = ago(p.leaveBy)
		maphash.WriteComparable(&h, p)
	}
	for _, p := range w.flight {
		p.at -= w.now
		maphash.WriteComparable(&h, p)
	}
	return h.Sum64()
}
