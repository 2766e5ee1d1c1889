package schema

import (
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/schema/diag"
)

// Config is the desired state of one node.
type Config struct {
	// Node is the name of the node that this is the view of.
	Node string `conf:"-"`
	// Declared names every node that the source mentions, sorted.
	Declared []string `conf:"-"`
	// Tables are the names of routing tables on the node, where it is known.
	Tables map[string]uint32 `conf:"-"`

	Settings       Settings         `conf:"settings,block"`
	Pools          []*Pool          `conf:"pool,block"`
	VirtualServers []*VirtualServer `conf:"virtual_server,block"`
	Instances      []*VRRPInstance  `conf:"vrrp_instance,block"`
	GARPGroups     []*GARPGroup     `conf:"garp_group,block"`
	SyncGroups     []*SyncGroup     `conf:"sync_group,block"`
	Scripts        []*TrackScript   `conf:"track_script,block"`
	Files          []*TrackFile     `conf:"track_file,block"`
	Processes      []*TrackProcess  `conf:"track_process,block"`
	BFD            []*BFDSession    `conf:"bfd_session,block"`
	Addresses      []*StaticAddress `conf:"static_address,block"`
	Routes         []*StaticRoute   `conf:"static_route,block"`
	Rules          []*StaticRule    `conf:"static_rule,block"`
}

// Settings are about the node as a whole.
type Settings struct {
	// RouterID names the node in mails and status; the node's name by default.
	RouterID string `conf:"router_id"`
	// AllowEmpty lets a configuration without any object replace one that had
	// some. Without it an emptied source is refused.
	AllowEmpty bool `conf:"allow_empty"`
	// VRRPVersion is for instances that do not say: 2 or 3. IPv6 is always 3.
	VRRPVersion uint8 `conf:"vrrp_version"`
	// Strict refuses instances that go beyond the RFCs (keepalived vrrp_strict).
	// It is a check and nothing else: no packet is filtered.
	Strict bool `conf:"vrrp_strict"`
	// MulticastGroup and MulticastGroup6 replace 224.0.0.18 and ff02::12.
	MulticastGroup  netip.Addr `conf:"vrrp_multicast_group"`
	MulticastGroup6 netip.Addr `conf:"vrrp_multicast_group6"`
	// StartupDelay is how long after the start of the daemon nobody becomes
	// master here, BootDelay the same from the start of the machine; the later
	// end counts. Adverts are heard in the meantime. Up to 4294 s.
	StartupDelay time.Duration `conf:"vrrp_startup_delay"`
	BootDelay    time.Duration `conf:"vrrp_delay_after_boot"`
	// LogUnknownVRIDs logs adverts of virtual routers that are not configured.
	LogUnknownVRIDs bool             `conf:"log_unknown_vrids"`
	InterfaceDelays []InterfaceDelay `conf:"interface_delay,block"`
	// GARPInterval and NAInterval are the least time between two gratuitous ARPs
	// and two unsolicited neighbour advertisements of one interface that is in no
	// garp_group; 0 means any.
	GARPInterval time.Duration `conf:"garp_interval"`
	NAInterval   time.Duration `conf:"na_interval"`
	// VMACPrefix begins the names of VMAC links that have none, "vrrp" when left
	// out; VMACAddressPrefix those for addresses on other interfaces.
	VMACPrefix        string `conf:"vmac_prefix"`
	VMACAddressPrefix string `conf:"vmac_address_prefix"`
	// FlushOnStop removes the node's own IPVS rows when the daemon stops.
	FlushOnStop bool `conf:"lvs_flush_on_stop"`

	Timeouts   *Timeouts   `conf:"lvs_timeouts,block"`
	SyncDaemon *SyncDaemon `conf:"lvs_sync_daemon,block"`
	Mail       *Mail       `conf:"mail,block"`

	// FIFOs are named pipes that get a line for every event.
	FIFOs []*FIFO `conf:"notify_fifo,block"`
	// PriorityChanges writes a line to the FIFOs when an effective priority
	// changes, for instances and groups that do not say.
	PriorityChanges bool `conf:"notify_priority_changes"`
	// StatesOnReload writes every state to the FIFOs again after a new revision.
	StatesOnReload bool `conf:"notify_states_on_reload"`

	// StartupScript is run, and waited for, before anything else, and
	// ShutdownScript is the last thing that is run. Each is ended at its time
	// limit: 1 s to 1000 s, 0 means 10 s.
	StartupScript   Command       `conf:"startup_script"`
	StartupTimeout  time.Duration `conf:"startup_timeout"`
	ShutdownScript  Command       `conf:"shutdown_script"`
	ShutdownTimeout time.Duration `conf:"shutdown_timeout"`
	// Umask is the file creation mask of everything that the daemon starts, in
	// octal ("027"); empty leaves the daemon's own.
	Umask string `conf:"umask"`

	// ScriptUser and ScriptGroup run scripts that name no user. Left out, the
	// account keepalived_script does where the node has it, and else the
	// daemon's own (keepalived vrrp fact 15.1).
	ScriptUser  string `conf:"script_user"`
	ScriptGroup string `conf:"script_group"`
	// ScriptGroups lets scripts have all groups of their user, not only one.
	ScriptGroups bool `conf:"script_supplementary_groups"`
	// ScriptSecurity refuses a revision, on the node that it is for, with a
	// script run by root that others may write, or whose user does not exist.
	// Without it these are warnings.
	ScriptSecurity bool `conf:"script_security"`

	Src diag.Range `conf:"-"`
}

// InterfaceDelay is how long an interface must be down, or up, before that
// counts for the instances on it; 0 to 255 s.
type InterfaceDelay struct {
	Name string        `conf:"name,label"`
	Down time.Duration `conf:"down"`
	Up   time.Duration `conf:"up"`

	Src diag.Range `conf:"-"`
}

// Timeouts are the kernel's IPVS connection timeouts; whole seconds, 0 leaves
// the kernel's value (at most 2,678,400 s).
type Timeouts struct {
	TCP    time.Duration `conf:"tcp"`
	TCPFin time.Duration `conf:"tcp_fin"`
	UDP    time.Duration `conf:"udp"`
}

// SyncDaemon runs the kernel's IPVS connection synchronisation.
type SyncDaemon struct {
	Interface string     `conf:"interface"`
	Instance  string     `conf:"vrrp_instance"`
	ID        uint8      `conf:"id"`
	MaxLen    uint16     `conf:"max_length"`
	Port      uint16     `conf:"port"`
	TTL       uint8      `conf:"ttl"`
	Group     netip.Addr `conf:"group"`
}
