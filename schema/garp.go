package schema

import (
	"time"

	"github.com/lbgit/lbgit/schema/diag"
)

// GARP are the gratuitous ARP and unsolicited NA settings of an instance
// (keepalived vrrp facts 12.1 to 12.9). A burst is a number of rounds, each of
// one frame for every address.
type GARP struct {
	// Delay is the wait for the second burst of a new master; 0 means none.
	Delay time.Duration `conf:"delay"`
	// Repeat is the rounds of these two bursts, at least 1.
	Repeat uint32 `conf:"repeat"`
	// Refresh repeats the announcement while master, RefreshRepeat rounds at a
	// time; 0 means never.
	Refresh       time.Duration `conf:"refresh"`
	RefreshRepeat uint32        `conf:"refresh_repeat"`
	// LowerDelay and LowerRepeat are for the bursts after an advert of lower
	// priority; left out they are as above. 0 rounds means none.
	LowerDelay  *time.Duration `conf:"lower_priority_delay"`
	LowerRepeat *uint32        `conf:"lower_priority_repeat"`
	// Extra is how often one address is announced on each virtual MAC that no
	// adverts leave from, so that switches do not forget it; 0 means never, up to
	// a day. ExtraAll does so on every interface that addresses are on.
	Extra    time.Duration `conf:"extra_interval"`
	ExtraAll bool          `conf:"extra_on_all"`
}

// GARPGroup is a set of interfaces whose announcements share one rate.
type GARPGroup struct {
	Name  string   `conf:"name,label"`
	Nodes []string `conf:"nodes"`
	// Interval is the least time between two gratuitous ARPs, NAInterval that
	// between two unsolicited neighbour advertisements; 0 means any.
	Interval   time.Duration `conf:"garp_interval"`
	NAInterval time.Duration `conf:"na_interval"`
	Interfaces []string      `conf:"interfaces"`

	Src diag.Range `conf:"-"`
}

// Lower are the wait and the rounds of announcements after an advert of lower
// priority.
func (g *GARP) Lower() (delay time.Duration, repeat uint32) {
	delay, repeat = g.Delay, g.Repeat
	if g.LowerDelay != nil {
		delay = *g.LowerDelay
	}
	if g.LowerRepeat != nil {
		repeat = *g.LowerRepeat
	}
	return delay, repeat
}

// Announcements are an instance's settings, or the usual ones.
func (v *VRRPInstance) Announcements() GARP {
	if v.GARP != nil {
		return *v.GARP
	}
	var g GARP
	g.SetDefaults()
	return g
}

// garp checks the settings of announcements.
func (v *validator) garp() {
	const most = 100
	for _, i := range v.cfg.Instances {
		g := i.GARP
		if g == nil {
			continue
		}
		_, lower := g.Lower()
		if g.Repeat < 1 || g.Repeat > most || g.RefreshRepeat < 1 || g.RefreshRepeat > most || lower > most {
			v.Errorf(i.Src, "garp of VRRP instance %q: repeat and refresh_repeat are 1 to %d, lower_priority_repeat 0 to %d", i.Name, most, most)
		}
		if g.Delay < 0 || g.Refresh < 0 || g.Extra < 0 || g.LowerDelay != nil && *g.LowerDelay < 0 {
			v.Errorf(i.Src, "garp of VRRP instance %q: a time cannot be negative", i.Name)
		}
		if g.Extra > 24*time.Hour || g.Extra > 0 && g.Extra < time.Second {
			v.Errorf(i.Src, "garp of VRRP instance %q: extra_interval is 1s to 24h", i.Name)
		}
	}
	if s := &v.cfg.Settings; s.GARPInterval < 0 || s.NAInterval < 0 {
		v.Errorf(s.Src, "garp_interval and na_interval cannot be negative")
	}
	in := map[string]*GARPGroup{}
	for _, g := range v.cfg.GARPGroups {
		if g.Interval < 0 || g.NAInterval < 0 {
			v.Errorf(g.Src, "garp_group %q: an interval cannot be negative", g.Name)
		}
		for _, dev := range g.Interfaces {
			if first := in[dev]; first != nil {
				v.Errorf(g.Src, "interface %s is in the garp_groups %q and %q", dev, first.Name, g.Name).And(first.Src)
			}
			in[dev] = g
		}
	}
}
