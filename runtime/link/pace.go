package link

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Limit is the least time between two announcements on a set of interfaces, by
// kind; 0 means any (keepalived vrrp fact 12.7).
type Limit struct {
	Links   []string // none: every interface that no other limit names, each for itself
	ARP, NA time.Duration
}

// frame is one address to be announced, and how often still.
type frame struct {
	owner, link string
	addr        netip.Addr
	left        int
}

func (f *frame) same(o *frame) bool {
	return f.owner == o.owner && f.link == o.link && f.addr == o.addr
}

// pacer spaces the frames of one kind on one set of interfaces. Who hands over
// frames never waits. Round comes after round: every address is announced once
// before any is announced twice.
type pacer struct {
	send func(frame)

	mu      sync.Mutex
	gap     time.Duration
	queue   []frame
	next    time.Time // when the next frame may leave
	running bool
}

// push queues frames; of what waits already the larger number of rounds counts.
func (p *pacer) push(frames []frame) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range frames {
		if i := slices.IndexFunc(p.queue, func(o frame) bool { return o.same(&f) }); i >= 0 {
			p.queue[i].left = max(p.queue[i].left, f.left)
		} else {
			p.queue = append(p.queue, f)
		}
	}
	if !p.running && len(p.queue) > 0 {
		p.running = true
		go p.run()
	}
}

// drop forgets an owner's frames; an empty name means all.
func (p *pacer) drop(owner string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = slices.DeleteFunc(p.queue, func(f frame) bool { return owner == "" || f.owner == owner })
}

// run sends until nothing is queued.
func (p *pacer) run() {
	for {
		f, wait, ok := p.take()
		switch {
		case !ok:
			return
		case wait > 0:
			time.Sleep(wait)
		default:
			p.send(f)
		}
	}
}

// take gives the frame that is due, or the time until there is one.
func (p *pacer) take() (f frame, wait time.Duration, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		p.running = false
		return f, 0, false
	}
	now := time.Now()
	if wait = p.next.Sub(now); wait > 0 {
		return f, wait, true
	}
	f = p.queue[0]
	p.queue = p.queue[1:]
	if f.left--; f.left > 0 {
		p.queue = append(p.queue, f)
	}
	p.next = now.Add(p.gap)
	return f, 0, true
}

// pacerKey is whose announcements go at one pace: a limit's, or an interface's
// under the general limit.
type pacerKey struct {
	limit int
	link  string
	v4    bool
}

// SetLimits replaces the limits. If they are others, what waits is forgotten.
func (a *Announcer) SetLimits(limits []Limit) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if slices.EqualFunc(limits, a.limits, func(x, y Limit) bool {
		return x.ARP == y.ARP && x.NA == y.NA && slices.Equal(x.Links, y.Links)
	}) {
		return
	}
	for _, p := range a.pacers {
		p.drop("")
	}
	a.limits, a.pacers = limits, map[pacerKey]*pacer{}
}

// pacer gives the pacer of an interface's announcements, or nil where there is
// no limit.
func (a *Announcer) pacer(base string, v4 bool) *pacer {
	a.mu.Lock()
	defer a.mu.Unlock()
	k := pacerKey{limit: -1, v4: v4}
	for i, l := range a.limits {
		if slices.Contains(l.Links, base) {
			k.limit, k.link = i, ""
			break
		}
		if len(l.Links) == 0 {
			k.limit, k.link = i, base
		}
	}
	if k.limit < 0 {
		return nil
	}
	gap := a.limits[k.limit].NA
	if v4 {
		gap = a.limits[k.limit].ARP
	}
	if gap <= 0 {
		return nil
	}
	if a.pacers[k] == nil {
		a.pacers[k] = &pacer{gap: gap, send: func(f frame) {
			if err := a.now(f.link, []netip.Addr{f.addr}, 1); err != nil {
				a.log.Warn("announcement", "interface", f.link, "address", f.addr, "error", err)
			}
		}}
	}
	return a.pacers[k]
}

// Drop forgets the announcements of an owner that wait: its addresses are not
// here any more (fact 12.3).
func (a *Announcer) Drop(owner string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range a.pacers {
		p.drop(owner)
	}
}
