package agent

import (
	"context"
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/reconcile/compile"
	"github.com/lbgit/lbgit/runtime/link"
	"github.com/lbgit/lbgit/runtime/vrrp"
	"github.com/lbgit/lbgit/schema"
)

// announcement is where and how often an instance's addresses are announced.
type announcement struct {
	garp   schema.GARP
	sender string            // the link that adverts leave from
	places []place           // in the order of the configuration
	base   map[string]string // of links that are made, the interface they are on
}

type place struct {
	addr netip.Addr
	link string
}

// announceFor prepares the announcements of a configuration.
func (a *Agent) announceFor(p *compile.Prepared) {
	all := map[string]*announcement{}
	for _, in := range p.Instances {
		n := &announcement{garp: in.VRRP.Announcements(), sender: in.Sender(), base: map[string]string{}}
		if n.sender == "" {
			n.sender = in.VRRP.Interface
		}
		for _, ad := range in.Addresses {
			n.places = append(n.places, place{ad.Prefix.Addr(), ad.Link})
		}
		for _, m := range in.Made {
			n.base[m.Link.Dev] = m.Link.Parent
		}
		all[in.VRRP.Name] = n
	}
	a.announcements.Store(&all)
	var limits []link.Limit
	for _, g := range p.Config.GARPGroups {
		if len(g.Interfaces) > 0 {
			limits = append(limits, link.Limit{Links: g.Interfaces, ARP: g.Interval, NA: g.NAInterval})
		}
	}
	limits = append(limits, link.Limit{ARP: p.Config.Settings.GARPInterval, NA: p.Config.Settings.NAInterval})
	a.arp.SetLimits(limits)
}

// announcementOf gives an instance's, or nil.
func (a *Agent) announcementOf(instance string) *announcement {
	if all := a.announcements.Load(); all != nil {
		return (*all)[instance]
	}
	return nil
}

// announce tells the neighbours where addresses are. It runs beside the loop,
// in the engine's own queue.
func (a *Agent) announce(instance string, addrs []netip.Addr, why vrrp.Burst) {
	n := a.announcementOf(instance)
	if a.opts.Observe || n == nil {
		return
	}
	wanted := map[netip.Addr]bool{}
	for _, ad := range addrs {
		wanted[ad] = true
	}
	var links []string
	byLink := map[string][]netip.Addr{}
	for _, p := range n.places {
		if !wanted[p.addr] {
			continue
		}
		if byLink[p.link] == nil {
			links = append(links, p.link)
		}
		byLink[p.link] = append(byLink[p.link], p.addr)
	}
	for _, l := range links {
		a.burst(instance, n, l, byLink[l], n.rounds(why))
	}
}

// rounds is how often a burst names each address (keepalived vrrp facts 12.2,
// 12.9).
func (n *announcement) rounds(why vrrp.Burst) int {
	_, lower := n.garp.Lower()
	switch why {
	case vrrp.BurstRefresh:
		return int(n.garp.RefreshRepeat)
	case vrrp.BurstLower:
		return int(lower)
	}
	return int(n.garp.Repeat)
}

func (a *Agent) burst(instance string, n *announcement, l string, addrs []netip.Addr, rounds int) {
	base := n.base[l]
	if base == "" {
		base = l
	}
	if err := a.arp.Announce(link.Burst{Owner: instance, Link: l, Base: base, Addrs: addrs, Repeat: rounds}); err != nil {
		a.log.Warn("announcement of addresses", "instance", instance, "interface", l, "error", err)
	}
}

// announceExtra keeps switches from forgetting virtual MACs that no adverts leave
// from: now and then one address is announced on each (garp_extra_if, fact
// 12.8).
func (a *Agent) announceExtra(ctx context.Context) error {
	last := map[string]time.Time{}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			if a.wantsExtra() {
				a.extra(now, last)
			}
		}
	}
}

// wantsExtra tells whether any instance asks for it; mostly none does.
func (a *Agent) wantsExtra() bool {
	if all := a.announcements.Load(); all != nil {
		for _, n := range *all {
			if n.garp.Extra > 0 {
				return true
			}
		}
	}
	return false
}

func (a *Agent) extra(now time.Time, last map[string]time.Time) {
	for _, s := range a.engine.Snapshot() {
		n := a.announcementOf(s.Name)
		if n == nil || n.garp.Extra == 0 || s.Role != vrrp.Master || now.Sub(last[s.Name]) < n.garp.Extra {
			continue
		}
		last[s.Name] = now
		done := map[string]bool{n.sender: true}
		for _, p := range n.places {
			if !done[p.link] && (n.garp.ExtraAll || n.base[p.link] != "") {
				done[p.link] = true
				a.burst(s.Name, n, p.link, []netip.Addr{p.addr}, 1)
			}
		}
	}
}
