package engine

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// crowd is an engine with many masters that send into nothing, and its clock.
func crowd(n int) (*Engine, *time.Duration) {
	now := new(time.Hour)
	e := newEngine(Options{}, nil, func() time.Duration { return *now })
	sockets := map[int]*socket{}
	for k := range n {
		dev := k / 250
		if sockets[dev] == nil {
			sockets[dev] = &socket{key: listenKey{ifname: fmt.Sprint("eth", dev), local: wire.GroupIPv4}}
		}
		i := &instance{sender: null{}}
		spec := front(100)
		spec.Name, spec.Interface = fmt.Sprint("i", k), sockets[dev].key.ifname
		spec.Config.VRID, spec.Config.Source, spec.Config.AnnounceDelay = uint8(1+k%250), netip.MustParseAddr("10.0.0.1"), 0
		i.adopt(spec)
		e.instances = append(e.instances, i)
		*now += 100 * time.Microsecond
		e.step(i, vrrp.Start{})
	}
	for len(e.masters) < n {
		*now = max(*now, min(e.masters.next(), e.backups.next()))
		e.turn()
	}
	return e, now
}

// TestTimers: every master speaks once a second, and a turn looks at nobody
// whose time has not come.
func TestTimers(t *testing.T) {
	const n = 1000
	e, now := crowd(n)
	before, start, turns := sent(e), *now, 0
	for *now < start+10*time.Second {
		*now += e.turn()
		turns++
	}
	e.turn()
	if got := sent(e) - before; got < 10*n || got > 10*n+n {
		t.Errorf("%d adverts of %d masters in 10 s", got, n)
	}
	if turns > 11*n {
		t.Errorf("%d turns", turns)
	}
	for k := range e.masters {
		if i := e.masters[k]; i.slot != k || i.due != i.state.Deadline || k > 0 && i.due < e.masters[(k-1)/2].due {
			t.Fatalf("timer %d: %+v", k, i.state)
		}
	}
}

func sent(e *Engine) (n uint64) {
	for _, i := range e.instances {
		n += i.count.Sent
	}
	return n
}

// BenchmarkTurn is an advert of one of 4,000 masters, without the socket.
func BenchmarkTurn(b *testing.B) {
	e, now := crowd(4000)
	b.ReportAllocs()
	for b.Loop() {
		*now += e.turn()
	}
}
