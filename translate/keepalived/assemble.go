package keepalived

import (
	"reflect"
	"slices"

	"github.com/lbgit/lbgit/schema"
)

// globals is what global_defs and its neighbours say, as far as other blocks
// depend on it.
type globals struct {
	garp        schema.GARP
	minGARP     bool
	down        uint8
	checkSource bool
	// v3_checksum_as_v2 and vrrp_skip_check_adv_addr
	checksumAsV2, skipAddresses bool
	dev                         string // default_interface
	// quietLower, lastWord and deafOwner are lower_prio_no_advert,
	// higher_prio_send_advert and owner_ignore_adverts.
	quietLower, lastWord, deafOwner schema.Tri
}

// instance is a vrrp_instance that waits until all is known, with the
// globals that stood above it (fact 1.25).
type instance struct {
	stmt *Stmt
	g    globals
	seen int // how many scripts, files, processes and sessions stood above it
}

// assemble maps what waited for the end of the text and puts the
// configuration together.
func (l *loader) assemble() *schema.Config {
	cfg := &schema.Config{Node: l.o.Node}
	cfg.Settings.SetDefaults()
	w := world{decoder: &l.decoder, cfg: cfg, groups: map[string]*group{}, gates: map[string]*gate{}, g: globals{down: schema.DefaultDownAdverts, dev: "eth0"}}
	w.g.garp.SetDefaults()
	w.known = map[string]int{}
	for i := range l.later {
		w.root(&l.later[i])
	}
	w.finish()
	l.virtualServers(cfg, w.groups)
	if c := l.cache; c != nil && c.last != nil {
		reuseLast(cfg, c.last)
	}
	return cfg
}

// reuseLast puts the last load's objects in the place of equal ones.
func reuseLast(cfg, last *schema.Config) {
	if reflect.DeepEqual(cfg.Settings, last.Settings) {
		cfg.Settings = last.Settings
	}
	cfg.Instances = kept(last.Instances, cfg.Instances)
	cfg.SyncGroups = kept(last.SyncGroups, cfg.SyncGroups)
	cfg.GARPGroups = kept(last.GARPGroups, cfg.GARPGroups)
	cfg.Scripts = kept(last.Scripts, cfg.Scripts)
	cfg.Files = kept(last.Files, cfg.Files)
	cfg.Processes = kept(last.Processes, cfg.Processes)
	cfg.BFD = kept(last.BFD, cfg.BFD)
	cfg.Addresses = kept(last.Addresses, cfg.Addresses)
	cfg.Routes = kept(last.Routes, cfg.Routes)
	cfg.Rules = kept(last.Rules, cfg.Rules)
}

// virtualServers lists the services in the order of the text, each under a
// name of its own. keepalived runs two with the same identity side by side on
// one kernel service, where they trample each other at stop and reload (V5);
// here they become one, with the real servers of both.
func (l *loader) virtualServers(cfg *schema.Config, groups map[string]*group) {
	n := 0
	for i := range l.vss {
		n += max(len(l.vss[i].made), 1)
	}
	var old map[string]*schema.VirtualServer
	cfg.VirtualServers = make([]*schema.VirtualServer, 0, n)
	at := make(map[string]int, n)
	for i := range l.vss {
		made := l.vss[i].made
		if s := l.vss[i].stmt; s != nil {
			if made = nil; s.arg(1) == "group" {
				made = l.groupServices(s, groups)
			} else {
				made = l.virtualServer(s)
			}
			if old == nil {
				old = l.cache.byName()
			}
			for j, v := range made {
				if o := old[v.Name]; o != nil && reflect.DeepEqual(o, v) {
					made[j] = o
				}
			}
		}
		for _, v := range made {
			if first, twice := at[v.Name]; twice {
				cfg.VirtualServers[first] = l.join(cfg.VirtualServers[first], v)
				continue
			}
			at[v.Name] = len(cfg.VirtualServers)
			cfg.VirtualServers = append(cfg.VirtualServers, v)
		}
	}
	if len(cfg.VirtualServers) == 0 {
		cfg.VirtualServers = nil
	}
}

// join gives a virtual server the real servers of another with its identity.
func (l *loader) join(first, v *schema.VirtualServer) *schema.VirtualServer {
	l.Warnf(v.Src, "virtual server %s stands twice; the real servers of both are joined, everything else is the first one's", v.Name).
		As("duplicate-service").And(first.Src).Because("the kernel has one service for it; the first is at %s", first.Src)
	own := *first
	own.RealServers = slices.Clone(first.RealServers)
	for _, r := range v.RealServers {
		if !slices.ContainsFunc(own.RealServers, func(o *schema.RealServer) bool { return o.Endpoint == r.Endpoint }) {
			own.RealServers = append(own.RealServers, r)
		}
	}
	if l.cache != nil && l.cache.last != nil {
		for _, o := range l.cache.last.VirtualServers {
			if o.Name == own.Name && reflect.DeepEqual(o, &own) {
				return o
			}
		}
	}
	return &own
}

// byName gives the last load's services.
func (c *Cache) byName() map[string]*schema.VirtualServer {
	out := map[string]*schema.VirtualServer{}
	if c == nil || c.last == nil {
		return out
	}
	for _, v := range c.last.VirtualServers {
		out[v.Name] = v
	}
	return out
}
