package state

import (
	"cmp"
	"slices"
	"strings"
)

// Link is an interface. Most are only observed: others need to know that they
// are there. Those that lbgit makes (a VRRP instance's own MAC address lives on
// a macvlan, keepalived vrrp fact 13.1) are desired, too.
type Link struct {
	Dev string `json:"name"`
	// Up: it is switched on and has a carrier. Observed only.
	Up bool `json:"up,omitempty"`
	// Type is the kernel's name of a made link, "macvlan" or "ipvlan";
	// Parent the link that it sits on; Mode the way it deals with its siblings
	// ("private", "bridge", "vepa").
	Type   string `json:"kind,omitempty"`
	Parent string `json:"parent,omitempty"`
	Mode   string `json:"mode,omitempty"`
	MAC    string `json:"mac,omitempty"`
	// Group is the kernel's number of a group of links (ip link ... group);
	// Master the VRF that the link is in.
	Group  uint32 `json:"group,omitempty"`
	Master string `json:"master,omitempty"`
	// On: it is switched on.
	On bool `json:"on,omitempty"`
	// Owned links carry lbgit's mark, the alias "lbgit".
	Owned bool `json:"owned,omitempty"`
}

// Same tells whether two links are equal in what can be desired.
func (l Link) Same(o Link) bool {
	l.Up, o.Up = false, false
	return l == o
}

// Alike tells whether one can be changed into the other in place.
func (l Link) Alike(o Link) bool {
	return l.Type == o.Type && l.Parent == o.Parent && l.Mode == o.Mode
}

// FindLink gives the link of that name, or nil.
func (s *State) FindLink(name string) *Link {
	i, ok := slices.BinarySearchFunc(s.Links, name, func(l Link, n string) int { return cmp.Compare(l.Dev, n) })
	if !ok {
		return nil
	}
	return &s.Links[i]
}

// HasLink tells whether there is an interface of that name.
func (s *State) HasLink(name string) bool { return s.FindLink(name) != nil }

// Sysctl is a value under /proc/sys, its path written with slashes.
type Sysctl struct {
	Path  string `json:"path"`
	Value string `json:"value"`
}

// SettingOf makes a setting of an interface, such as
// net/ipv4/conf/eth0/arp_ignore.
func SettingOf(family, link, name, value string) Sysctl {
	return Sysctl{Path: "net/" + family + "/conf/" + link + "/" + name, Value: value}
}

// Link is the interface that a setting is about, if any.
func (s Sysctl) Link() string {
	if p := strings.Split(s.Path, "/"); len(p) == 5 && p[2] == "conf" {
		return p[3]
	}
	return ""
}

// FindSysctl gives the setting of that path, or nil.
func (s *State) FindSysctl(path string) *Sysctl {
	i, ok := slices.BinarySearchFunc(s.Sysctls, path, func(x Sysctl, p string) int { return cmp.Compare(x.Path, p) })
	if !ok {
		return nil
	}
	return &s.Sysctls[i]
}
