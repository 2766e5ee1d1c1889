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

	// Interface may be left out of a unicast instance; VRF is then the VRF whose
	// routes it uses, if any.
	Interface string `conf:"interface"`
	VRF       string `conf:"vrf"`
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
	// AnswerLower makes a master answer an advert of lower priority with its
	// own at once (RFC 9568 section 6.4.3; keepalived lower_prio_no_advert).
	AnswerLower bool `conf:"answer_lower_priority"`
	// AdvertOnYield sends one last advert before a master gives way to a higher
	// priority (keepalived higher_prio_send_advert).
	AdvertOnYield bool `conf:"advert_before_yielding"`
	// OwnerIgnores makes an owner (priority 255) deaf to adverts (RFC 9568
	// section 7.1). Two deaf owners both stay master.
	OwnerIgnores bool `conf:"owner_ignores_adverts"`
	// Strict says for this instance what settings.vrrp_strict says for all.
	Strict Tri `conf:"strict"`
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
	// TrackSource makes it a fault that the source address is not there.
	TrackSource bool `conf:"track_source_address"`
	// Peers make the instance speak to them instead of the multicast group.
	Peers []Peer `conf:"unicast_peers"`
	// UnicastOnly makes an instance without peers a fault instead of a
	// multicast one.
	UnicastOnly bool `conf:"unicast_only"`
	// UnicastTTL is what adverts to peers are sent with, 1 to 255.
	UnicastTTL uint8 `conf:"unicast_ttl"`
	// CheckSource refuses unicast adverts of anybody but the peers.
	CheckSource    bool       `conf:"check_unicast_source"`
	MulticastGroup netip.Addr `conf:"multicast_group"`
	// ChecksumAsV2 leaves the pseudo header out of version 3's checksum over
	// IPv4; OldChecksum is about unicast peers older than keepalived 1.4.
	ChecksumAsV2 bool        `conf:"v3_checksum_as_v2"`
	OldChecksum  OldChecksum `conf:"old_unicast_checksum"`
	// SkipAddresses compares the addresses of a peer's adverts only when it
	// becomes master.
	SkipAddresses bool `conf:"skip_address_check"`
	// ReceiveBuffer is the size of the socket's queue in bytes, 0 for lbgit's
	// own choice; the largest of the instances that share a socket counts.
	ReceiveBuffer uint32  `conf:"receive_buffer"`
	VMAC          *VMAC   `conf:"vmac,block"`
	IPVLAN        *IPVLAN `conf:"ipvlan,block"`
	// PromoteSecondaries keeps the other addresses of a subnet on the interface
	// when its first one is removed (net.ipv4.conf.*.promote_secondaries).
	PromoteSecondaries bool  `conf:"promote_secondaries"`
	GARP               *GARP `conf:"garp,block"`

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
	// VMAC puts the address on a macvlan with the virtual router's MAC.
	VMAC bool `conf:"use_vmac"`
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

// Peer is another router of a unicast instance. In a list it may be a bare
// string, its Addr.
type Peer struct {
	Addr netip.Addr `conf:"address,short,label"`
	// MinTTL and MaxTTL bound what its adverts arrive with, and so its distance.
	MinTTL uint8 `conf:"min_ttl"`
	MaxTTL uint8 `conf:"max_ttl"`

	Src diag.Range `conf:"-"`
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
		return v.Peers[0].Addr.Is6()
	case v.MulticastGroup.IsValid():
		return v.MulticastGroup.Is6()
	case len(v.Addresses) > 0:
		return v.Addresses[0].Prefix.Addr.Is6()
	}
	return false
}

// IsUnicast tells whether an instance speaks to peers (keepalived fact 2.13).
func (v *VRRPInstance) IsUnicast() bool { return len(v.Peers) > 0 || v.UnicastOnly }
