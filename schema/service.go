package schema

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/schema/diag"
)

// VirtualServer is one service, or the same service on several addresses and
// ports. It names a pool, or carries its real servers itself.
type VirtualServer struct {
	Name  string   `conf:"name,label,optional"`
	Nodes []string `conf:"nodes"`

	// Addresses and Ports span the services: each address with each port. No
	// port means every port, which IPVS allows only with persistence.
	Addresses []AddressRange `conf:"address"`
	Ports     []PortRange    `conf:"ports"`
	// FWMark makes it a firewall-mark service instead; then there is neither
	// address nor port nor protocol. 1 to 4294967295.
	FWMark   uint32   `conf:"fwmark"`
	Family   Family   `conf:"family"`
	Protocol Protocol `conf:"protocol"`

	Scheduler      Scheduler       `conf:"scheduler"`
	SchedulerFlags []SchedulerFlag `conf:"scheduler_flags"`
	// OnePacket schedules every datagram anew; UDP or fwmark only.
	OnePacket   bool         `conf:"one_packet"`
	Forward     Forward      `conf:"forward"`
	Tunnel      *Tunnel      `conf:"tunnel,block"`
	Persistence *Persistence `conf:"persistence,block"`

	Pool        string        `conf:"pool"`
	RealServers []*RealServer `conf:"real_server,block"`
	Checks      []*Check      `conf:"check,block"`
	SorryServer *SorryServer  `conf:"sorry_server,block"`

	// Quorum is the total weight of healthy servers below which the service
	// counts as down; Hysteresis widens the step in both directions.
	Quorum     uint32 `conf:"quorum"`
	Hysteresis uint32 `conf:"hysteresis"`
	// Inhibit keeps failed servers at weight 0 instead of removing them.
	Inhibit bool `conf:"inhibit_on_failure"`
	// Alpha takes servers as down until a check has passed.
	Alpha bool `conf:"alpha"`
	// Omega sends the down notifications when the daemon stops.
	Omega bool `conf:"omega"`
	// HASuspend checks only while this node holds the address.
	HASuspend bool `conf:"ha_suspend"`
	// Drain is how long a server that leaves the configuration is kept at
	// weight 0 for its connections to end; 0 removes at once.
	Drain  time.Duration `conf:"drain"`
	Notify *Notify       `conf:"notify,block"`

	Src diag.Range `conf:"-"`
}

// Pool is a named set of real servers with their checks, for several virtual
// servers to share.
type Pool struct {
	Name        string        `conf:"name,label"`
	Nodes       []string      `conf:"nodes"`
	RealServers []*RealServer `conf:"real_server,block"`
	Checks      []*Check      `conf:"check,block"`
	Inhibit     bool          `conf:"inhibit_on_failure"`
	Alpha       bool          `conf:"alpha"`

	Src diag.Range `conf:"-"`
}

// RealServer is one destination.
type RealServer struct {
	// Endpoint's port 0 stands for the port of the virtual server.
	Endpoint Endpoint `conf:"address,label"`
	Nodes    []string `conf:"nodes"`
	// Weight is 0 to 2147483647 (the kernel reads a signed 32-bit number).
	Weight int32 `conf:"weight"`
	// Upper and Lower are connection counts at which the kernel stops sending
	// new connections, and starts again; 0 means no limit.
	Upper   uint32   `conf:"upper_threshold"`
	Lower   uint32   `conf:"lower_threshold"`
	Forward Forward  `conf:"forward"`
	Tunnel  *Tunnel  `conf:"tunnel,block"`
	Inhibit Tri      `conf:"inhibit_on_failure"`
	Alpha   Tri      `conf:"alpha"`
	Checks  []*Check `conf:"check,block"`
	Notify  *Notify  `conf:"notify,block"`

	Src diag.Range `conf:"-"`
}

// SorryServer serves while the quorum is lost.
type SorryServer struct {
	Endpoint Endpoint `conf:"address"`
	Forward  Forward  `conf:"forward"`
	Tunnel   *Tunnel  `conf:"tunnel,block"`
	// Inhibit keeps it in the table at weight 0 while it is not needed.
	Inhibit bool `conf:"inhibit"`
}

// Tunnel is how a TUN destination is encapsulated.
type Tunnel struct {
	Type     TunnelType     `conf:"type"`
	Port     uint16         `conf:"port"`
	Checksum TunnelChecksum `conf:"checksum"`
}

// Persistence keeps a client on its server.
type Persistence struct {
	// Timeout is in whole seconds, 1 s to 2,678,400 s; 360 s by default.
	Timeout     time.Duration `conf:"timeout"`
	Granularity Netmask       `conf:"granularity"`
	Engine      string        `conf:"engine"`
}

// Endpoint is an address with a port, or with port 0 for "the service's".
type Endpoint struct {
	Addr netip.Addr
	Port uint16
}

func (e Endpoint) String() string {
	switch {
	case !e.Addr.IsValid():
		return ""
	case e.Port == 0:
		return e.Addr.String()
	}
	return netip.AddrPortFrom(e.Addr, e.Port).String()
}

func (e Endpoint) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads "10.0.0.1:80", "10.0.0.1", "[2001:db8::1]:80" or
// "2001:db8::1".
func (e *Endpoint) UnmarshalText(b []byte) error {
	text := string(b)
	if ap, err := netip.ParseAddrPort(text); err == nil {
		if ap.Port() == 0 {
			return fmt.Errorf("%q: port 0 is not a port; leave it out to use the virtual server's", text)
		}
		if err := plain(text, ap.Addr()); err != nil {
			return err
		}
		*e = Endpoint{ap.Addr(), ap.Port()}
		return nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return fmt.Errorf("%q is not an address with a port, such as %q", text, "10.0.0.1:80")
	}
	if err := plain(text, a); err != nil {
		return err
	}
	*e = Endpoint{Addr: a}
	return nil
}

// Title names a virtual server for people when it was given no name.
func (v *VirtualServer) Title() string {
	if v.Name != "" {
		return v.Name
	}
	// No two virtual servers share a service, so the first one is a name.
	for s := range v.Services() {
		return s.String()
	}
	return "virtual server"
}
