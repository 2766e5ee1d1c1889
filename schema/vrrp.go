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
	IPVLAN         *IPVLAN         `conf:"ipvlan,block"`
	// PromoteSecondaries keeps the other addresses of a subnet on the interface
	// when its first one is removed (net.ipv4.conf.*.promote_secondaries).
	PromoteSecondaries bool  `conf:"promote_secondaries"`
	GARP               *GARP `conf:"garp,block"`

	Scripts    []Track `conf:"track_script,block"`
	Interfaces []Track `conf:"track_interface,block"`
	Files      []Track `conf:"track_file,block"`
	Processes  []Track `conf:"track_process,block"`
	BFD        []Track `conf:"track_bfd,block"`
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
	NoTrack   bool   `conf:"no_track"`
	// VMAC puts the address on a macvlan with the virtual router's MAC.
	VMAC bool `conf:"use_vmac"`
	// NoPrefixRoute and Home are flags of the kernel (IFA_F_NOPREFIXROUTE,
	// IFA_F_HOMEADDRESS); DAD asks for duplicate address detection (IPv6).
	NoPrefixRoute bool `conf:"no_prefix_route"`
	DAD           bool `conf:"dad"`

	Src diag.Range `conf:"-"`
}

// Authentication is of version 2 only, but for HMAC.
type Authentication struct {
	Type AuthType `conf:"type"`
	// Password is at most 8 bytes for pass and ah.
	Password Secret `conf:"password"`
}

// GARP are the gratuitous ARP and unsolicited NA settings of an instance.
type GARP struct {
	Delay         time.Duration `conf:"delay"`
	Repeat        uint32        `conf:"repeat"`
	Refresh       time.Duration `conf:"refresh"`
	RefreshRepeat uint32        `conf:"refresh_repeat"`
}

// Track is the use of a tracked object by an instance.
type Track struct {
	Name string `conf:"name,label"`
	// Weight is added while the object is good (positive) or subtracted while
	// it is bad (negative), -253 to 253; 0 means that a bad object is a fault.
	// Left out, the object's own weight counts.
	Weight  *int32 `conf:"weight"`
	Reverse bool   `conf:"reverse"`
}

// TrackScript is a program that is run at intervals for its exit status.
type TrackScript struct {
	Name     string        `conf:"name,label"`
	Nodes    []string      `conf:"nodes"`
	Command  string        `conf:"command"`
	Interval time.Duration `conf:"interval"`
	Timeout  time.Duration `conf:"timeout"`
	Weight   int32         `conf:"weight"`
	Reverse  bool          `conf:"reverse"`
	Rise     uint32        `conf:"rise"`
	Fall     uint32        `conf:"fall"`
	User     string        `conf:"user"`
	Group    string        `conf:"group"`
	InitFail bool          `conf:"start_failed"`

	Src diag.Range `conf:"-"`
}

// TrackFile is a file whose number counts.
type TrackFile struct {
	Name   string     `conf:"name,label"`
	Nodes  []string   `conf:"nodes"`
	File   string     `conf:"file"`
	Weight int32      `conf:"weight"`
	Src    diag.Range `conf:"-"`
}

// TrackProcess is a process that must run.
type TrackProcess struct {
	Name   string     `conf:"name,label"`
	Nodes  []string   `conf:"nodes"`
	Match  string     `conf:"process"`
	Weight int32      `conf:"weight"`
	Quorum uint32     `conf:"quorum"`
	Src    diag.Range `conf:"-"`
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
	Notify    *Notify  `conf:"notify,block"`

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
