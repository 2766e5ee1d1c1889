package schema

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/lbgit/lbgit/schema/diag"
)

func at(line uint32) diag.Range { return diag.Range{File: "a.hcl", Line: line, Col: 1} }

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func pre(s string) Prefix {
	var p Prefix
	if err := p.UnmarshalText([]byte(s)); err != nil {
		panic(err)
	}
	return p
}

func end(s string) Endpoint {
	var e Endpoint
	if err := e.UnmarshalText([]byte(s)); err != nil {
		panic(err)
	}
	return e
}

func span(s string) AddressRange {
	var r AddressRange
	if err := r.UnmarshalText([]byte(s)); err != nil {
		panic(err)
	}
	return r
}

func ports(s ...string) []PortRange {
	out := make([]PortRange, len(s))
	for i := range s {
		if err := out[i].UnmarshalText([]byte(s[i])); err != nil {
			panic(err)
		}
	}
	return out
}

func server(e string) *RealServer {
	r := &RealServer{Endpoint: end(e), Src: at(30)}
	r.SetDefaults()
	return r
}

func tcpCheck() *Check {
	c := &Check{Type: CheckTCP, Src: at(40)}
	c.SetDefaults()
	return c
}

// good is a configuration without a finding: one of each.
func good() *Config {
	c := &Config{Node: "lb1"}
	c.Settings.SetDefaults()
	c.Settings.Src = at(1)
	vs := &VirtualServer{
		Name: "web", Addresses: []AddressRange{One(addr("192.0.2.10"))}, Ports: ports("80"), Src: at(10),
		RealServers: []*RealServer{server("10.0.0.1:80"), server("10.0.0.2:80")}, Checks: []*Check{tcpCheck()},
	}
	vs.SetDefaults()
	pool := &Pool{Name: "spare", RealServers: []*RealServer{server("10.0.0.3")}, Src: at(20)}
	in := &VRRPInstance{Name: "front", Interface: "eth0", VRID: 51, Addresses: []VirtualAddress{{Prefix: pre("192.0.2.10/24"), Src: at(52)}}, Src: at(50)}
	in.SetDefaults()
	script := &TrackScript{Name: "up", Command: "/bin/true", Src: at(60)}
	script.SetDefaults()
	c.VirtualServers, c.Pools, c.Instances, c.Scripts = []*VirtualServer{vs}, []*Pool{pool}, []*VRRPInstance{in}, []*TrackScript{script}
	c.Addresses = []*StaticAddress{{VirtualAddress: VirtualAddress{Prefix: pre("10.9.0.1/24"), Dev: "eth1", Src: at(70)}}}
	c.Routes = []*StaticRoute{{RouteSpec: RouteSpec{To: "10.20.0.0/16", Via: addr("10.9.0.2"), Src: at(80)}}}
	return c
}

func TestGoodIsGood(t *testing.T) {
	c := good()
	if l := append(c.Validate(), c.Inactive()...); len(l) > 0 {
		t.Error(l.Text())
	}
}

func weight(n int32) *int32 { return &n }

// TestValidate breaks one rule at a time; each has one finding, at its place.
func TestValidate(t *testing.T) {
	web := func(f func(*VirtualServer)) func(*Config) { return func(c *Config) { f(c.VirtualServers[0]) } }
	first := func(f func(*RealServer)) func(*Config) {
		return func(c *Config) { f(c.VirtualServers[0].RealServers[0]) }
	}
	check := func(f func(*Check)) func(*Config) { return func(c *Config) { f(c.VirtualServers[0].Checks[0]) } }
	front := func(f func(*VRRPInstance)) func(*Config) { return func(c *Config) { f(c.Instances[0]) } }
	script := func(f func(*TrackScript)) func(*Config) { return func(c *Config) { f(c.Scripts[0]) } }
	trackFile := func(f TrackFile, w int32) func(*Config) {
		f.Name, f.Src = "n", at(61)
		return func(c *Config) {
			c.Files, c.Instances[0].Files = []*TrackFile{&f}, []Track{{Name: "n", Weight: &w}}
		}
	}
	process := func(p TrackProcess) func(*Config) {
		p.Name, p.Src = "n", at(62)
		return func(c *Config) { c.Processes = []*TrackProcess{&p} }
	}
	two := uint32(2)
	long := strings.Repeat("x", 16)
	tests := []struct {
		name  string
		spoil func(*Config)
		want  string
	}{
		{"bad: VRRP version", func(c *Config) { c.Settings.VRRPVersion, c.Instances = 4, nil }, `a.hcl:1:1: error: vrrp_version is 4; VRRP has versions 2 and 3`},
		{"bad: timeouts in parts of a second", func(c *Config) { c.Settings.Timeouts = &Timeouts{UDP: 1500 * time.Millisecond} },
			`a.hcl:1:1: error: lvs_timeouts has 1.5s; the kernel takes whole seconds from 1s to 744h0m0s`},
		{"bad: timeouts too long", func(c *Config) { c.Settings.Timeouts = &Timeouts{TCP: maxTimeout + time.Second} },
			`a.hcl:1:1: error: lvs_timeouts has 744h0m1s; the kernel takes whole seconds from 1s to 744h0m0s`},
		{"ok: timeouts", func(c *Config) { c.Settings.Timeouts = &Timeouts{TCP: maxTimeout} }, ""},

		{"bad: pool twice", func(c *Config) { c.Pools = append(c.Pools, &Pool{Name: "spare", Src: at(21)}) }, `a.hcl:21:1: error: pool "spare" is declared twice`},
		{"bad: virtual server twice", func(c *Config) {
			v := *c.VirtualServers[0]
			v.Ports, v.Src = ports("81"), at(11)
			c.VirtualServers = append(c.VirtualServers, &v)
		}, `a.hcl:11:1: error: virtual server "web" is declared twice`},
		{"bad: instance twice", func(c *Config) {
			i := *c.Instances[0]
			i.VRID, i.Src = 52, at(51)
			c.Instances = append(c.Instances, &i)
		}, `a.hcl:51:1: error: VRRP instance "front" is declared twice`},
		{"bad: script twice", func(c *Config) { c.Scripts = append(c.Scripts, c.Scripts[0]) }, `a.hcl:60:1: error: track script "up" is declared twice`},
		{"bad: sync group twice", func(c *Config) {
			c.SyncGroups = []*SyncGroup{{Name: "g", Src: at(90)}, {Name: "g", Src: at(91)}}
		}, `a.hcl:91:1: error: sync group "g" is declared twice`},
		{"bad: two sync groups for one", func(c *Config) {
			c.SyncGroups = []*SyncGroup{{Name: "g", Instances: []string{"front"}, Src: at(90)}, {Name: "h", Instances: []string{"front"}, Src: at(91)}}
		}, `a.hcl:90:1: warning: sync group "g" has only one instance
a.hcl:91:1: error: VRRP instance "front" is in the sync groups "g" and "h"`},
		{"bad: strict", func(c *Config) {
			c.Settings.Strict = true
			c.Instances[0].PreemptDelay = time.Second
			c.Instances[0].Authentication = &Authentication{Type: AuthPass, Password: SecretOf("x")}
		}, `a.hcl:50:1: error: VRRP instance "front" is strict and has authentication
a.hcl:50:1: error: VRRP instance "front" is strict and has a preempt_delay`},
		{"ok: strict but for one", func(c *Config) {
			c.Settings.Strict, c.Instances[0].Strict = true, Off
			c.Instances[0].PreemptDelay = time.Second
		}, ``},
		{"bad: sync group of nothing", func(c *Config) { c.SyncGroups = []*SyncGroup{{Name: "g", Instances: []string{"x"}, Src: at(90)}} },
			`a.hcl:90:1: error: sync group "g" names the VRRP instance "x", which does not exist`},

		{"bad: mark and address", web(func(v *VirtualServer) { v.FWMark = 1 }), `a.hcl:10:1: error: virtual server "web" has a fwmark and an address`},
		{"bad: neither", web(func(v *VirtualServer) { v.Addresses = nil }), `a.hcl:10:1: error: virtual server "web" has neither an address nor a fwmark`},
		{"bad: no ports", web(func(v *VirtualServer) { v.Ports = nil }), `a.hcl:10:1: error: virtual server "web" has no ports`},
		{"ok: no ports with persistence", web(func(v *VirtualServer) { v.Ports, v.Persistence = nil, &Persistence{Timeout: time.Minute} }), ""},
		{"bad: too many services", web(func(v *VirtualServer) {
			v.Addresses, v.RealServers = []AddressRange{span("10.1.0.0/16"), span("10.2.0.0/31")}, nil
		}),
			`a.hcl:10:1: error: virtual server "web" spans more than 65536 services`},
		{"bad: families mixed", web(func(v *VirtualServer) { v.Addresses = append(v.Addresses, One(addr("2001:db8::1"))) }),
			`a.hcl:10:1: error: virtual server "web" mixes IPv4 and IPv6 addresses`},
		{"ok: families mixed in tunnels", web(func(v *VirtualServer) {
			v.Addresses, v.Forward = append(v.Addresses, One(addr("2001:db8::1"))), TUN
		}), ""},
		{"bad: persistence 0", web(func(v *VirtualServer) { v.Persistence = &Persistence{} }),
			`a.hcl:10:1: error: persistence timeout of "web" is 0s; the kernel takes whole seconds from 1s to 744h0m0s`},
		{"bad: persistence in parts of a second", web(func(v *VirtualServer) { v.Persistence = &Persistence{Timeout: 1100 * time.Millisecond} }),
			`a.hcl:10:1: error: persistence timeout of "web" is 1.1s; the kernel takes whole seconds from 1s to 744h0m0s`},
		{"bad: granularity of IPv6", web(func(v *VirtualServer) {
			v.Persistence = &Persistence{Timeout: time.Minute, Granularity: Netmask{Bits: 64}}
		}),
			`a.hcl:10:1: error: granularity 64 of virtual server "web" is for IPv6; IPv4 has at most 32`},
		{"bad: granularity of IPv4", web(func(v *VirtualServer) {
			v.Addresses, v.RealServers = []AddressRange{span("2001:db8::1")}, nil
			v.Persistence = &Persistence{Timeout: time.Minute, Granularity: Netmask{V4: 0xffffff00}}
		}), `a.hcl:10:1: error: granularity 255.255.255.0 of virtual server "web" is for IPv4; IPv6 has a prefix length`},
		{"bad: one packet over TCP", web(func(v *VirtualServer) { v.OnePacket = true }), `a.hcl:10:1: error: virtual server "web": one_packet is for udp and fwmark services`},
		{"bad: another scheduler's flag", web(func(v *VirtualServer) { v.SchedulerFlags = []SchedulerFlag{SHPort} }),
			`a.hcl:10:1: error: virtual server "web": flag sh-port belongs to scheduler sh, not wlc`},
		{"bad: no such pool", web(func(v *VirtualServer) { v.Pool, v.RealServers = "spar", nil }), `a.hcl:10:1: error: virtual server "web" names the pool "spar", which does not exist`},
		{"bad: pool and servers", web(func(v *VirtualServer) { v.Pool = "spare" }), `a.hcl:10:1: error: virtual server "web" has a pool and real servers of its own`},
		{"bad: overlap", func(c *Config) {
			v := &VirtualServer{Name: "all", Addresses: []AddressRange{span("192.0.2.0/28")}, Ports: ports("70-90"), Src: at(12)}
			c.VirtualServers = append(c.VirtualServers, v)
		}, `a.hcl:12:1: error: virtual server "all" and "web" are both tcp 192.0.2.10:80`},
		{"ok: same port of another protocol", func(c *Config) {
			v := &VirtualServer{Name: "udp", Addresses: c.VirtualServers[0].Addresses, Ports: ports("80"), Protocol: UDP, Src: at(12)}
			c.VirtualServers = append(c.VirtualServers, v)
		}, ""},
		{"bad: mark twice", func(c *Config) {
			c.VirtualServers = append(c.VirtualServers, &VirtualServer{FWMark: 7, Src: at(12)}, &VirtualServer{FWMark: 7, Src: at(13)})
		}, `a.hcl:13:1: error: virtual server "fwmark 7" and "fwmark 7" are both fwmark 7`},
		{"ok: mark of both families", func(c *Config) {
			c.VirtualServers = append(c.VirtualServers, &VirtualServer{FWMark: 7, Src: at(12)}, &VirtualServer{FWMark: 7, Family: IPv6, Src: at(13)})
		}, ""},

		{"bad: server of another family", first(func(r *RealServer) { r.Endpoint = end("[2001:db8::1]:80") }),
			`a.hcl:30:1: error: real server [2001:db8::1]:80 is not ipv4 like virtual server "web"`},
		{"bad: direct routing to another port", first(func(r *RealServer) { r.Endpoint, r.Forward = end("10.0.0.1:8080"), DR }),
			`a.hcl:30:1: error: real server 10.0.0.1:8080 cannot serve port 80 of virtual server "web"`},
		{"bad: server twice", first(func(r *RealServer) { r.Endpoint = end("10.0.0.2:80") }), `a.hcl:30:1: error: real server 10.0.0.2:80 stands twice in virtual server "web"`},
		{"bad: server twice in a pool", func(c *Config) { c.Pools[0].RealServers = append(c.Pools[0].RealServers, server("10.0.0.3")) },
			`a.hcl:30:1: error: real server 10.0.0.3 stands twice in pool "spare"`},
		{"bad: server twice, once by the service's port", first(func(r *RealServer) { r.Endpoint = end("10.0.0.2") }),
			`a.hcl:30:1: error: real server 10.0.0.2:80 is real server 10.0.0.2 on port 80 of virtual server "web"`},
		{"ok: server on a port beside that of the service", first(func(r *RealServer) { r.Endpoint, r.Weight = end("10.0.0.3"), 0 }), ""},
		{"bad: server nowhere", first(func(r *RealServer) { r.Endpoint = end("0.0.0.0:80") }), `a.hcl:30:1: error: real server in virtual server "web" has no usable address`},
		{"bad: weight", first(func(r *RealServer) { r.Weight = -1 }), `a.hcl:30:1: error: real server 10.0.0.1:80 has weight -1; it is 0 to 2147483647`},
		{"bad: thresholds", first(func(r *RealServer) { r.Upper, r.Lower = 10, 11 }),
			`a.hcl:30:1: error: real server 10.0.0.1:80 has lower_threshold 11 above upper_threshold 10`},
		{"ok: lower threshold alone", first(func(r *RealServer) { r.Lower = 11 }), ""},
		{"bad: sorry server nowhere", web(func(v *VirtualServer) { v.SorryServer = &SorryServer{} }), `a.hcl:10:1: error: sorry server of "web" has no address`},
		{"bad: sorry server of another family", web(func(v *VirtualServer) { v.SorryServer = &SorryServer{Endpoint: end("2001:db8::9")} }),
			`a.hcl:10:1: error: sorry server 2001:db8::9 is not ipv4 like virtual server "web"`},
		{"bad: gue without port", web(func(v *VirtualServer) { v.Forward, v.Tunnel = TUN, &Tunnel{Type: GUE} }), `a.hcl:10:1: error: a gue tunnel needs a port`},
		{"bad: gre with port", first(func(r *RealServer) { r.Tunnel = &Tunnel{Type: GRE, Port: 1} }), `a.hcl:30:1: error: a gre tunnel has no port`},
		{"bad: ipip with checksum", first(func(r *RealServer) { r.Tunnel = &Tunnel{Checksum: Checksum} }), `a.hcl:30:1: error: an ipip tunnel has no checksum`},
		{"bad: gre with remote checksum", first(func(r *RealServer) { r.Tunnel = &Tunnel{Type: GRE, Checksum: RemoteChecksum} }),
			`a.hcl:30:1: error: a gre tunnel has no remote checksum`},

		{"bad: check interval", check(func(c *Check) { c.Interval = 0 }), `a.hcl:40:1: error: check interval is 0s; it must be positive`},
		{"bad: check timeout", check(func(c *Check) { c.Timeout = -time.Second }), `a.hcl:40:1: error: check timeout is -1s; it must be positive`},
		{"bad: check delay", check(func(c *Check) { c.RetryDelay = -1 }), `a.hcl:40:1: error: a check's delays cannot be negative`},
		{"bad: rise", check(func(c *Check) { c.Rise = 0 }), `a.hcl:40:1: error: rise is 0; a server needs at least one success to come up`},
		{"bad: jitter", check(func(c *Check) { c.Jitter = 101 }), `a.hcl:40:1: error: jitter is 101 percent; it is at most 100`},
		{"bad: script check without command", check(func(c *Check) { c.Type = CheckScript }), `a.hcl:40:1: error: a script check needs a command`},
		{"bad: HTTP version", check(func(c *Check) { c.HTTPVersion = "2" }), `a.hcl:40:1: error: http_version "2" is not 1.0, 1.0C or 1.1`},
		{"bad: check families", check(func(c *Check) { c.Bind, c.Address = addr("10.0.0.9"), addr("2001:db8::1") }),
			`a.hcl:40:1: error: bind_address 10.0.0.9 and connect_address 2001:db8::1 are of different families`},
		{"warned: path", check(func(c *Check) { c.Type, c.Path = CheckHTTP, "health" }), `a.hcl:40:1: warning: the path "health" of an HTTP check does not begin with /`},

		{"a virtual server where nothing is accepted", func(c *Config) {
			c.Instances[0].Accept = false
			c.Instances[0].Addresses[0].Prefix.Addr = netip.MustParseAddr("192.0.2.10")
		}, `a.hcl:10:1: warning: virtual server "web" is on 192.0.2.10, where VRRP instance "front" has accept = false: it will hear nothing`},
		{"bad: VRID 0", front(func(i *VRRPInstance) { i.VRID = 0 }), `a.hcl:50:1: error: VRRP instance "front" has no virtual_router_id from 1 to 255`},
		{"bad: no interface", front(func(i *VRRPInstance) { i.Interface = "" }), `a.hcl:50:1: error: VRRP instance "front" names no interface`},
		{"bad: on lo", front(func(i *VRRPInstance) { i.Interface = "lo" }), `a.hcl:50:1: error: VRRP instance "front" is on lo; adverts need a network`},
		{"bad: interface name", front(func(i *VRRPInstance) { i.Interface = long }), `a.hcl:50:1: error: interface name "` + long + `" has more than 15 characters`},
		{"bad: priority 0", front(func(i *VRRPInstance) { i.Priority = 0 }), `a.hcl:50:1: error: VRRP instance "front" has priority 0; it is 1 to 255 (0 is said by a master that leaves)`},
		{"bad: version", front(func(i *VRRPInstance) { i.Version = 1 }), `a.hcl:50:1: error: VRRP instance "front" has version 1; there are 2 and 3`},
		{"bad: interval of version 2", front(func(i *VRRPInstance) { i.AdvertInterval = 1500 * time.Millisecond }),
			`a.hcl:50:1: error: advert_interval of "front" is 1.5s; version 2 has whole seconds from 1s to 255s`},
		{"bad: interval of version 3", front(func(i *VRRPInstance) { i.Version, i.AdvertInterval = 3, 41*time.Second }),
			`a.hcl:50:1: error: advert_interval of "front" is 41s; version 3 has 10ms to 40.95s in steps of 10ms`},
		{"bad: step of version 3", front(func(i *VRRPInstance) { i.Version, i.AdvertInterval = 3, 15*time.Millisecond }),
			`a.hcl:50:1: error: advert_interval of "front" is 15ms; version 3 has 10ms to 40.95s in steps of 10ms`},
		{"ok: interval of version 3", front(func(i *VRRPInstance) { i.Version, i.AdvertInterval = 3, 40950*time.Millisecond }), ""},
		{"bad: down adverts", front(func(i *VRRPInstance) { i.DownAdverts = 0 }), `a.hcl:50:1: error: VRRP instance "front" has down_adverts 0; at least 1`},
		{"bad: preempt delay", front(func(i *VRRPInstance) { i.PreemptDelay = 1001 * time.Second }), `a.hcl:50:1: error: preempt_delay of "front" is 16m41s; it is 0 to 1000s`},
		{"bad: IPv6 in version 2", front(func(i *VRRPInstance) { i.Version, i.Addresses = 2, []VirtualAddress{{Prefix: pre("2001:db8::1/64")}} }),
			`a.hcl:50:1: error: VRRP instance "front" is IPv6, which needs version 3`},
		{"warned: owner without preempt", front(func(i *VRRPInstance) { i.Priority, i.Preempt = 255, false }),
			`a.hcl:50:1: warning: VRRP instance "front" is the owner (priority 255), so preempt = false has no effect`},
		{"bad: password in version 3", front(func(i *VRRPInstance) {
			i.Version, i.Authentication = 3, &Authentication{Type: AuthPass, Password: SecretOf("x")}
		}),
			`a.hcl:50:1: error: VRRP instance "front": version 3 has no pass authentication (RFC 9568 section 1.2)`},
		{"bad: no password", front(func(i *VRRPInstance) { i.Authentication = &Authentication{Type: AuthPass} }), `a.hcl:50:1: error: VRRP instance "front": authentication without a password`},
		{"bad: long password", front(func(i *VRRPInstance) {
			i.Authentication = &Authentication{Type: AuthPass, Password: SecretOf("hunter2hunter2")}
		}),
			`a.hcl:50:1: error: VRRP instance "front": the password has 14 bytes; the packet has room for 8`},
		{"warned: no addresses", front(func(i *VRRPInstance) { i.Addresses = nil }), `a.hcl:50:1: warning: VRRP instance "front" has no addresses`},
		{"bad: address of another family", front(func(i *VRRPInstance) {
			i.Addresses = append(i.Addresses, VirtualAddress{Prefix: pre("2001:db8::1/64"), Src: at(53)})
		}),
			`a.hcl:53:1: error: address 2001:db8::1/64 is of another family than VRRP instance "front"`},
		{"ok: excluded of another family", front(func(i *VRRPInstance) { i.Excluded = []VirtualAddress{{Prefix: pre("2001:db8::1/64")}} }), ""},
		{"bad: address twice", front(func(i *VRRPInstance) { i.Excluded = []VirtualAddress{{Prefix: pre("192.0.2.10/24"), Src: at(53)}} }),
			`a.hcl:53:1: error: address 192.0.2.10/24 stands twice in VRRP instance "front"`},
		{"bad: no such script", front(func(i *VRRPInstance) { i.Scripts = []Track{{Name: "down"}} }), `a.hcl:50:1: error: VRRP instance "front" tracks the script "down", which does not exist`},
		{"bad: tracked weight", front(func(i *VRRPInstance) { i.Scripts = []Track{{Name: "up", Weight: weight(-254)}} }),
			`a.hcl:50:1: error: VRRP instance "front" tracks "up" with weight -254; it is -253 to 253`},
		{"bad: tracked interface's weight", front(func(i *VRRPInstance) { i.Interfaces = []Track{{Name: "eth1", Weight: weight(254)}} }),
			`a.hcl:50:1: error: VRRP instance "front" tracks "eth1" with weight 254; it is -253 to 253`},
		{"bad: no such file", front(func(i *VRRPInstance) { i.Files = []Track{{Name: "down"}} }), `a.hcl:50:1: error: VRRP instance "front" tracks the file "down", which does not exist`},
		{"bad: no such process", front(func(i *VRRPInstance) { i.Processes = []Track{{Name: "down"}} }), `a.hcl:50:1: error: VRRP instance "front" tracks the process "down", which does not exist`},
		{"bad: no such virtual server", front(func(i *VRRPInstance) { i.VirtualServers = []Track{{Name: "down"}} }),
			`a.hcl:50:1: error: VRRP instance "front" tracks the virtual server "down", which does not exist`},
		{"ok: virtual server", front(func(i *VRRPInstance) { i.VirtualServers = []Track{{Name: "web", Weight: weight(-253)}} }), ""},
		{"bad: tracked virtual server's weight", front(func(i *VRRPInstance) { i.VirtualServers = []Track{{Name: "web", Weight: weight(254)}} }),
			`a.hcl:50:1: error: VRRP instance "front" tracks "web" with weight 254; it is -253 to 253`},
		{"2.18: file's weight", trackFile(TrackFile{File: "/x", Weight: -254}, -254), ""},
		{"bad: file's weight", trackFile(TrackFile{File: "/x", Weight: 255}, 255),
			`a.hcl:50:1: error: VRRP instance "front" tracks "n" with weight 255; it is -254 to 254` + "\n" + `a.hcl:61:1: error: track file "n" has weight 255; it is -254 to 254`},
		{"bad: file without a path", trackFile(TrackFile{}, 1), `a.hcl:61:1: error: track file "n" names no file`},
		{"bad: relative file", trackFile(TrackFile{File: "x"}, 1), `a.hcl:61:1: error: track file "n" is "x", which is not an absolute path`},
		{"bad: nothing to write", trackFile(TrackFile{File: "/x", Overwrite: true}, 1), `a.hcl:61:1: error: track file "n" has init_overwrite and nothing to write`},
		{"2.18: process's weight", process(TrackProcess{Match: "x", Weight: 254, Quorum: 65535}), ""},
		{"bad: process's weight", process(TrackProcess{Match: "x", Weight: -255, Quorum: 1}), `a.hcl:62:1: error: track process "n" has weight -255; it is -254 to 254`},
		{"bad: process without a name", process(TrackProcess{Quorum: 1}), `a.hcl:62:1: error: track process "n" names no process`},
		{"bad: quorum of processes", process(TrackProcess{Match: "x"}), `a.hcl:62:1: error: track process "n" has quorum 0; it is 1 to 65535`},
		{"bad: quorum_max", process(TrackProcess{Match: "x", Quorum: 3, QuorumMax: &two}), `a.hcl:62:1: error: track process "n" has quorum_max 2; it is 3 (its quorum) to 65535`},
		{"bad: delay", process(TrackProcess{Match: "x", Quorum: 1, ForkDelay: 2 * time.Hour}), `a.hcl:62:1: error: track process "n" has a delay of 2h0m0s; it is 0 to 1h0m0s`},
		{"bad: sync group tracks nothing", func(c *Config) {
			c.SyncGroups = []*SyncGroup{{Name: "g", Tracking: Tracking{Scripts: []Track{{Name: "down"}}}, Src: at(90)}}
		},
			`a.hcl:90:1: error: sync group "g" tracks the script "down", which does not exist`},
		{"bad: virtual router twice", func(c *Config) {
			i := *c.Instances[0]
			i.Name, i.Src = "back", at(51)
			c.Instances = append(c.Instances, &i)
		}, `a.hcl:51:1: error: VRRP instances "front" and "back" both use virtual_router_id 51 on eth0`},

		{"bad: script without command", script(func(s *TrackScript) { s.Command = "" }), `a.hcl:60:1: error: track script "up" has no command`},
		{"bad: script interval", script(func(s *TrackScript) { s.Interval = 0 }), `a.hcl:60:1: error: track script "up" has interval 0s; it must be positive`},
		{"bad: script timeout", script(func(s *TrackScript) { s.Timeout = -1 }), `a.hcl:60:1: error: track script "up" has timeout -1ns; it cannot be negative`},
		{"bad: script weight", script(func(s *TrackScript) { s.Weight = 254 }), `a.hcl:60:1: error: track script "up" has weight 254; it is -253 to 253`},

		{"bad: static address without interface", func(c *Config) { c.Addresses[0].Dev = "" }, `a.hcl:70:1: error: static address 10.9.0.1/24 names no interface`},
		{"bad: static multicast", func(c *Config) { c.Addresses[0].Prefix = pre("224.0.0.1/32") }, `a.hcl:70:1: error: static address 224.0.0.1/32 cannot be held by an interface`},
		{"bad: label", func(c *Config) { c.Addresses[0].Label = long }, `a.hcl:70:1: error: label "` + long + `" has more than 15 characters`},
		{"bad: device", func(c *Config) { c.Addresses[0].Dev = long }, `a.hcl:70:1: error: interface name "` + long + `" has more than 15 characters`},
		{"bad: static address twice", func(c *Config) { c.Addresses = append(c.Addresses, c.Addresses[0]) }, `a.hcl:70:1: error: static address 10.9.0.1/24 on eth1 stands twice`},
		{"bad: route destination", func(c *Config) { c.Routes[0].To = "nowhere" },
			`a.hcl:80:1: error: route of static_route: "nowhere" is not an address with an optional prefix length, such as "192.0.2.10/24"`},
		{"bad: route without a way", func(c *Config) { c.Routes[0].Via = netip.Addr{} }, `a.hcl:80:1: error: route to 10.20.0.0/16 has neither via nor dev`},
		{"bad: route twice", func(c *Config) {
			r := *c.Routes[0]
			r.To = "10.20.3.4/16"
			c.Routes = append(c.Routes, &r)
		}, `a.hcl:80:1: error: static route to 10.20.3.4/16 stands twice`},
		{"ok: route twice with a metric", func(c *Config) {
			r := *c.Routes[0]
			r.Metric = 5
			c.Routes = append(c.Routes, &r)
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := good()
			tt.spoil(c)
			var got []string
			for _, d := range c.Validate() {
				got = append(got, d.String())
			}
			if strings.Join(got, "\n") != tt.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "\n"), tt.want)
			}
		})
	}
}

// TestInactive tells what is refused, as it gates health or authentication,
// from what is only warned of.
func TestInactive(t *testing.T) {
	web := func(f func(*VirtualServer)) func(*Config) { return func(c *Config) { f(c.VirtualServers[0]) } }
	check := func(k CheckType) func(*Config) {
		return web(func(v *VirtualServer) { v.Checks[0].Type = k })
	}
	tests := []struct {
		name string
		use  func(*Config)
		want string
	}{
		{"mail about checkers", func(c *Config) { c.Settings.Mail = &Mail{Port: 25, AlertCheckers: On} }, "warning: mail: alert_checkers: read, not active: mail is sent about VRRP only"},
		{"FIFO of servers", func(c *Config) { c.Settings.FIFOs = []*FIFO{{Path: "/f", Events: LVSEvents}} }, `warning: notify_fifo "/f": read, not active: events of servers are not written yet`},
		{"sync daemon", func(c *Config) { c.Settings.SyncDaemon = &SyncDaemon{} }, "warning: lvs_sync_daemon: read, not active"},
		{"notify of a server", web(func(v *VirtualServer) { v.RealServers[0].Notify = &Notify{} }), "warning: notifications of real server 10.0.0.1:80: read, not active: nothing is run or sent yet"},
		{"notify of a virtual server", web(func(v *VirtualServer) { v.Notify = &Notify{} }), "warning: notifications of web: read, not active: nothing is run or sent yet"},
		{"ha_suspend", web(func(v *VirtualServer) { v.HASuspend = true }), `warning: ha_suspend of "web": read, not active: it is checked in every role`},

		{"smtp", check(CheckSMTP), "error: smtp checks are not active yet"},
		{"dns", check(CheckDNS), "error: dns checks are not active yet"},
		{"udp", check(CheckUDP), "error: udp checks are not active yet"},
		{"ping", check(CheckPing), "error: ping checks are not active yet"},
		{"file", check(CheckFile), "error: file checks are not active yet"},
		{"bfd", check(CheckBFD), "error: bfd checks are not active yet"},
		{"check of a server", web(func(v *VirtualServer) { v.RealServers[0].Checks = []*Check{{Type: CheckPing}} }), "error: ping checks are not active yet"},
		{"check of a pool", func(c *Config) { c.Pools[0].Checks = []*Check{{Type: CheckPing}} }, "error: ping checks are not active yet"},
		{"dynamic weight", web(func(v *VirtualServer) { v.Checks[0].Type, v.Checks[0].Dynamic = CheckScript, true }), "error: dynamic_weight of a script check is not active yet"},
		{"active checks", check(CheckHTTPS), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := good()
			tt.use(c)
			var got []string
			for _, d := range c.Inactive() {
				got = append(got, d.Severity.String()+": "+d.Summary)
				if d.Rule != "inactive" {
					t.Errorf("rule %q", d.Rule)
				}
			}
			if strings.Join(got, "\n") != tt.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "\n"), tt.want)
			}
		})
	}
}
