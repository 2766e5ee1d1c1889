package schema

import (
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/schema/diag"
)

// VRRPInstance is one virtual router (RFC 9568, RFC 3768).
type VRRPInstance struct {
	Name  string   `conf:"name,label"`
	Nodes []string `conf:"nodes"`

	Interface string `conf:"interface"`
	// VRID is 1 to 255, unique per interface and family.
	VRID uint8 `conf:"virtual_router_id"`
	// Priority is 1 to 255; 255 is the owner of the addresses.
	Priority uint8 `conf:"priority"`
	// Version is 2 or 3; 0 means settings.vrrp_version, and 3 for IPv6.
	Version uint8 `conf:"version"`
	// AdvertInterval is 10 ms to 40.95 s; version 2 has whole seconds only.
	AdvertInterval time.Duration `conf:"advert_interval"`
	// DownAdverts is how many adverts a backup misses before it takes over.
	DownAdverts  uint8         `conf:"down_adverts"`
	Preempt      bool          `conf:"preempt"`
	PreemptDelay time.Duration `conf:"preempt_delay"`
	// Accept lets the master answer on addresses it does not own (RFC 9568
	// section 6.1, Accept_Mode).
	Accept bool `conf:"accept"`

	// Addresses are held while master and named in the adverts; Excluded are
	// held but not named.
	Addresses []VirtualAddress `conf:"addresses"`
	Excluded  []VirtualAddress `conf:"excluded_addresses"`
	Routes    []RouteSpec      `conf:"route,block"`
	Rules     []RuleSpec       `conf:"rule,block"`

	Authentication *Authentication `conf:"authentication,block"`
	Source         netip.Addr      `conf:"source_address"`
	Peers          []netip.Addr    `conf:"unicast_peers"`
	MulticastGroup netip.Addr      `conf:"multicast_group"`
	VMAC           *VMAC           `conf:"vmac,block"`
	GARP           *GARP           `conf:"garp,block"`

	Tracking   `conf:",inline"`
	NoTrackOwn bool    `conf:"ignore_own_interface"`
	Notify     *Notify `conf:"notify,block"`

	Src diag.Range `conf:"-"`
}

// VirtualAddress is an address of an instance. In a list it may be a bare
// string, its Prefix.
type VirtualAddress struct {
	// Prefix without a length is a host address (/32, /128).
	Prefix    Prefix `conf:"address,short,label"`
	Dev       string `conf:"dev"`
	Label     string `conf:"label"`
	Scope     Scope  `conf:"scope"`
	Broadcast string `conf:"broadcast"`
	Peer      Prefix `conf:"peer"`
	// NoTrack keeps the address's interface and the kernel's refusal of the
	// address out of the instance's role. It is put back like any other when it
	// vanishes.
	NoTrack bool `conf:"no_track"`
	// NoPrefixRoute, Home, ManageTemp and AutoJoin are flags of the kernel
	// (IFA_F_NOPREFIXROUTE, HOMEADDRESS, MANAGETEMPADDR, MCAUTOJOIN); DAD asks for
	// duplicate address detection (IPv6). AutoJoin is for multicast addresses.
	NoPrefixRoute bool `conf:"no_prefix_route"`
	Home          bool `conf:"home"`
	ManageTemp    bool `conf:"manage_temporary"`
	AutoJoin      bool `conf:"autojoin"`
	DAD           bool `conf:"dad"`
	// Preferred is how long the address may be chosen as a source, once it is
	// set: for ever, but never for an IPv6 host address (keepalived fact 1.44).
	// IPv4 knows forever and 0 only. The kernel counts it down; lbgit does not
	// renew it.
	Preferred Lifetime `conf:"preferred_lifetime"`

	Src diag.Range `conf:"-"`
}

// Authentication is of version 2 only, but for HMAC.
type Authentication struct {
	Type AuthType `conf:"type"`
	// Password is at most 8 bytes for pass and ah.
	Password Secret `conf:"password"`
}

// VMAC asks for the virtual router's own MAC address on a macvlan.
type VMAC struct {
	Name     string `conf:"name"`
	XmitBase bool   `conf:"transmit_on_parent"`
}

// GARP are the gratuitous ARP and unsolicited NA settings of an instance.
type GARP struct {
	Delay         time.Duration `conf:"delay"`
	Repeat        uint32        `conf:"repeat"`
	Refresh       time.Duration `conf:"refresh"`
	RefreshRepeat uint32        `conf:"refresh_repeat"`
}

// BFDSession is a BFD neighbour (RFC 5880).
type BFDSession struct {
	Name       string        `conf:"name,label"`
	Nodes      []string      `conf:"nodes"`
	Neighbor   netip.Addr    `conf:"neighbor"`
	Source     netip.Addr    `conf:"source_address"`
	MinRX      time.Duration `conf:"min_rx"`
	MinTX      time.Duration `conf:"min_tx"`
	Multiplier uint8         `conf:"multiplier"`
	Src        diag.Range    `conf:"-"`
}

// SyncGroup is a set of instances that change their state together.
type SyncGroup struct {
	Name      string   `conf:"name,label"`
	Nodes     []string `conf:"nodes"`
	Instances []string `conf:"instances"`
	// Tracking counts for each of its instances, unless the instance tracks
	// the same object in its own way (keepalived vrrp fact 11.7).
	Tracking `conf:",inline"`
	Notify   *Notify `conf:"notify,block"`

	Src diag.Range `conf:"-"`
}

// IsIPv6 tells the family of an instance: that of its source, its peers or
// its first address (keepalived fact 1.29); IPv4 when none says.
func (v *VRRPInstance) IsIPv6() bool {
	switch {
	case v.Source.IsValid():
		return v.Source.Is6()
	case len(v.Peers) > 0:
		return v.Peers[0].Is6()
	case v.MulticastGroup.IsValid():
		return v.MulticastGroup.Is6()
	case len(v.Addresses) > 0:
		return v.Addresses[0].Prefix.Addr.Is6()
	}
	return false
}
