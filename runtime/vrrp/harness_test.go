package vrrp_test

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

// lan is several nodes on simulated links in virtual time.  It also plays
// the owner of the addresses: a reported MASTER is applied a little later.
type lan struct {
	now    time.Duration
	nodes  []*node
	queue  []letter // sorted by time, then by order of sending
	seq    int
	delay  time.Duration             // of the link
	lost   func(from, to *node) bool // nil: nothing is lost
	cut    map[[2]string]bool        // pairs that do not hear each other
	apply  time.Duration             // how long the owner of the addresses takes
	trace  func(format string, args ...any)
	quiet  bool // do not trace adverts that come on time
	frozen map[string]bool
}

type node struct {
	name   string
	link   string  // nodes hear each other on the same one only
	group  []*node // the sync group, if any
	cfg    vrrp.Config
	state  vrrp.State
	dead   bool
	broken bool // addresses cannot be set
	held   bool // addresses are on the interface
	sent   int
}

// letter is an advert under way, or word of the owner of the addresses.
type letter struct {
	at  time.Duration
	seq int
	to  *node
	ev  vrrp.Event
}

func newLAN() *lan {
	return &lan{
		delay: time.Millisecond, apply: 20 * time.Millisecond,
		cut: map[[2]string]bool{}, frozen: map[string]bool{}, trace: func(string, ...any) {},
	}
}

func (l *lan) add(name string, c vrrp.Config) *node {
	if !c.Source.IsValid() {
		c.Source = netip.AddrFrom4([4]byte{10, 0, 0, byte(len(l.nodes) + 1)})
	}
	n := &node{name: name, cfg: c}
	l.nodes = append(l.nodes, n)
	return n
}

func (l *lan) node(name string) *node {
	for _, n := range l.nodes {
		if n.name == name {
			return n
		}
	}
	return nil
}

// feed steps one node and carries out its actions.
func (l *lan) feed(n *node, ev vrrp.Event) {
	if n.dead || l.frozen[n.name] {
		return
	}
	_, ticked := ev.(vrrp.Tick)
	group := n.group
	if group == nil {
		group = []*node{n}
	}
	var members []vrrp.Member
	for _, m := range group {
		members = append(members, vrrp.Member{Config: &m.cfg, State: &m.state})
	}
	acts := vrrp.AppendGroup(nil, members, l.now, slices.Index(group, n), ev)
	regular := ticked && len(acts) == 1 && acts[0].Kind == vrrp.SendAdvert
	for _, a := range acts {
		n := group[a.Member]
		if !(regular && l.quiet) {
			l.trace("%9.3f  %-4s %s", l.now.Seconds(), n.name, a)
		}
		switch a.Kind {
		case vrrp.SendAdvert:
			n.sent++
			l.broadcast(n, vrrp.Advert{Priority: a.Priority, Interval: n.cfg.Interval, From: n.cfg.Source})
		case vrrp.Report:
			l.answer(n, a.Role)
		}
	}
}

func (l *lan) broadcast(from *node, a vrrp.Advert) {
	for _, to := range l.nodes {
		if to != from && to.link == from.link && !l.cut[[2]string{from.name, to.name}] && (l.lost == nil || !l.lost(from, to)) {
			l.post(l.now+l.delay, to, a)
		}
	}
}

func (l *lan) answer(n *node, r vrrp.Role) {
	switch {
	case r == vrrp.Master && n.broken:
		l.post(l.now+l.apply, n, vrrp.ApplyFailed{Role: r})
	default:
		n.held = r == vrrp.Master
		l.post(l.now+l.apply, n, vrrp.Applied{Role: r})
	}
}

func (l *lan) post(at time.Duration, to *node, ev vrrp.Event) {
	l.seq++
	l.queue = append(l.queue, letter{at, l.seq, to, ev})
	slices.SortStableFunc(l.queue, func(a, b letter) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq))
	})
}

// run advances time by d, in the order of events.
func (l *lan) run(d time.Duration) {
	end := l.now + d
	for {
		var who *node
		next := end + 1
		for _, n := range l.nodes {
			if at := n.state.Deadline; !n.dead && !l.frozen[n.name] && at != 0 && at < next {
				next, who = at, n
			}
		}
		if len(l.queue) > 0 && l.queue[0].at <= next && l.queue[0].at <= end {
			m := l.queue[0]
			l.queue = l.queue[1:]
			l.now = max(l.now, m.at)
			l.feed(m.to, m.ev)
			continue
		}
		if who == nil {
			break
		}
		l.now = max(l.now, next)
		l.feed(who, vrrp.Tick{})
	}
	l.now = end
}

// show is one line per node.
func (l *lan) show() string {
	var b strings.Builder
	for _, n := range l.nodes {
		role := n.state.Role.String()
		if n.dead {
			role = "(dead)"
		}
		fmt.Fprintf(&b, "           %-4s %-6s priority=%d", n.name, role, n.state.Priority)
		if n.held {
			b.WriteString(" addresses")
		}
		for _, f := range []struct {
			on   bool
			word string
		}{
			{n.state.Held, "listening"}, {n.state.LeaveAt != 0, "leaving"}, {n.state.Wants, "waits for its group"},
			{n.state.StandsBack, "stands back"}, {n.state.Led, "leads"},
		} {
			if f.on {
				b.WriteString(" " + f.word)
			}
		}
		if n.state.Faults != 0 {
			fmt.Fprintf(&b, " faults=%q", n.state.Faults)
		}
		if a := n.state.MasterAddr; !n.dead && n.state.Role == vrrp.Backup && a.IsValid() {
			fmt.Fprintf(&b, " master=%s/%d every %s, down after %s", a, n.state.MasterPriority, n.state.MasterInterval, n.state.Down)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
