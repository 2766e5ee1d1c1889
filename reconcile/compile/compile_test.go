package compile

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/schema"
	"github.com/lbgit/lbgit/translate"
)

// load reads HCL: the shortest way to write a configuration.
func load(t *testing.T, text string) *schema.Config {
	t.Helper()
	c, l := translate.Load(fstest.MapFS{"a.hcl": {Data: []byte(text)}}, "a.hcl", translate.Env{Node: "lb1"})
	if l.HasErrors() {
		t.Fatal(l.Text())
	}
	return c
}

// show writes rows as `ipvsadm -S -n` would, so that tables read easily.
func show(s state.State) string {
	var b strings.Builder
	for _, r := range s.Services {
		fmt.Fprintf(&b, "%s %s", r.Service.ServiceKey, r.Service.Scheduler)
		if f := state.FlagNames(r.Service.Flags); f != "" {
			fmt.Fprintf(&b, " %s", f)
		}
		if r.Service.Timeout > 0 {
			fmt.Fprintf(&b, " %ds/%x", r.Service.Timeout, r.Service.Netmask)
		}
		b.WriteByte('\n')
		for _, d := range r.Dests {
			fmt.Fprintf(&b, "  %s %s w%d", d.Endpoint(), state.ForwardName(d.Forward), d.Weight)
			if d.TunnelType != 0 || d.TunnelFlags != 0 {
				fmt.Fprintf(&b, " tunnel %d:%d/%d", d.TunnelType, d.TunnelPort, d.TunnelFlags)
			}
			if d.Upper+d.Lower > 0 {
				fmt.Fprintf(&b, " %d-%d", d.Lower, d.Upper)
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}

const web = `virtual_server "web" {
  address = "192.0.2.10"
  ports   = [80]
  %s
  real_server "10.0.0.1" { %s }
  real_server "10.0.0.2:8080" {}
}`

func TestRows(t *testing.T) {
	tests := []struct{ name, hcl, want string }{
		{"nat", fmt.Sprintf(web, "", "weight = 3"), "tcp 192.0.2.10:80 wlc\n  10.0.0.1:80 nat w3\n  10.0.0.2:8080 nat w1\n"},
		{"thresholds", fmt.Sprintf(web, "", "\n upper_threshold = 9\n lower_threshold = 2\n"), "tcp 192.0.2.10:80 wlc\n  10.0.0.1:80 nat w1 2-9\n  10.0.0.2:8080 nat w1\n"},
		{"direct and tunnel in one", `virtual_server "web" {
  address = "192.0.2.10"
  ports = ["80-81"]
  forward = "dr"
  real_server "10.0.0.1" {}
  real_server "10.0.0.2" {
    forward = "tun"
    tunnel {
      type = "gue"
      port = 6080
      checksum = "remcsum"
    }
  }
}`, "tcp 192.0.2.10:80 wlc\n  10.0.0.1:80 dr w1\n  10.0.0.2:80 tun w1 tunnel 1:6080/2\ntcp 192.0.2.10:81 wlc\n  10.0.0.1:81 dr w1\n  10.0.0.2:81 tun w1 tunnel 1:6080/2\n"},
		{"addresses", `virtual_server "web" {
  address = ["192.0.2.10-11", "192.0.2.20"]
  ports = [53]
  protocol = "udp"
  one_packet = true
  real_server "10.0.0.1" {}
}`, "udp 192.0.2.10:53 wlc ops\n  10.0.0.1:53 nat w1\nudp 192.0.2.11:53 wlc ops\n  10.0.0.1:53 nat w1\nudp 192.0.2.20:53 wlc ops\n  10.0.0.1:53 nat w1\n"},
		{"mark", `virtual_server "m" {
  fwmark = 7
  forward = "dr"
  real_server "10.0.0.1" {}
}
virtual_server "m6" {
  fwmark = 7
  family = "ipv6"
  real_server "2001:db8::1" {}
}`, "fwmark 7 wlc\n  10.0.0.1:0 dr w1\nfwmark 7 ipv6 wlc\n  [2001:db8::1]:0 nat w1\n"},
		{"flags of sh", `virtual_server "web" {
  address = "192.0.2.10"
  ports = [80]
  scheduler = "sh"
  scheduler_flags = ["sh-fallback", "sh-port"]
}`, "tcp 192.0.2.10:80 sh flag-1,flag-2\n"},
		{"flags of mh", `virtual_server "web" {
  address = "192.0.2.10"
  ports = [80]
  scheduler = "mh"
  scheduler_flags = ["mh-port", "flag-3"]
}`, "tcp 192.0.2.10:80 mh flag-2,flag-3\n"},
		{"persistence", fmt.Sprintf(web, "persistence {}", ""), "tcp 192.0.2.10:80 wlc persistent 360s/ffffffff\n  10.0.0.1:80 nat w1\n  10.0.0.2:8080 nat w1\n"},
		{"persistence by mask", `virtual_server "web" {
  address = "192.0.2.10"
  persistence {
    timeout = "1m"
    granularity = "255.255.0.0"
  }
}`, "tcp 192.0.2.10:0 wlc persistent 60s/ffff0000\n"},
		{"persistence by length", `virtual_server "web" {
  address = "192.0.2.10"
  persistence { granularity = "24" }
}`, "tcp 192.0.2.10:0 wlc persistent 360s/ffffff00\n"},
		{"persistence of IPv6", `virtual_server "web" {
  address = "2001:db8::10"
  persistence { granularity = "64" }
}
virtual_server "host" {
  address = "2001:db8::11"
  persistence {}
}`, "tcp [2001:db8::10]:0 wlc persistent 360s/40\ntcp [2001:db8::11]:0 wlc persistent 360s/80\n"},
		{"sorry server in wait", fmt.Sprintf(web, "sorry_server {\n address = \"10.0.0.9:81\"\n inhibit = true\n}", ""),
			"tcp 192.0.2.10:80 wlc\n  10.0.0.1:80 nat w1\n  10.0.0.2:8080 nat w1\n  10.0.0.9:81 nat w0\n"},
		{"sorry server out of sight", fmt.Sprintf(web, "sorry_server { address = \"10.0.0.9\" }", ""), "tcp 192.0.2.10:80 wlc\n  10.0.0.1:80 nat w1\n  10.0.0.2:8080 nat w1\n"},
		{"pool", `pool "p" {
  real_server "10.0.0.1" {}
}
virtual_server "a" {
  address = "192.0.2.10"
  ports = [80]
  pool = "p"
}
virtual_server "b" {
  address = "192.0.2.11"
  ports = [81]
  forward = "dr"
  pool = "p"
}`, "tcp 192.0.2.10:80 wlc\n  10.0.0.1:80 nat w1\ntcp 192.0.2.11:81 wlc\n  10.0.0.1:81 dr w1\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := Compile(load(t, tt.hcl), Live{}, state.Everything)
			if diff := cmp.Diff(tt.want, show(s)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestHealth walks through what checks and quorum make of two servers.
func TestHealth(t *testing.T) {
	const src = `virtual_server "web" {
  address = "192.0.2.10"
  ports   = [80]
  check "tcp" {}
  %s
  real_server "10.0.0.1" { %s }
  real_server "10.0.0.2" {}
}`
	const sorry, hidden = "sorry_server {\n address = \"10.0.0.9\"\n inhibit = true\n}", `sorry_server { address = "10.0.0.9" }`
	const head, one, two, nine = "tcp 192.0.2.10:80 wlc\n", "  10.0.0.1:80 nat w1\n", "  10.0.0.2:80 nat w1\n", "  10.0.0.9:80 nat w1\n"
	zero := func(s string) string { return strings.Replace(s, "w1", "w0", 1) }
	tests := []struct {
		name, more, server string
		first              Health // of 10.0.0.1; the other is up
		lost               bool
		want               string
	}{
		{"both up", "", "", Up, false, head + one + two},
		{"unknown counts as up", "", "", Unknown, false, head + one + two},
		{"unknown with alpha is down", "", "alpha = true", Unknown, false, head + two},
		{"down", "", "", Down, false, head + two},
		{"down and inhibited", "inhibit_on_failure = true", "", Down, false, head + zero(one) + two},
		{"inhibited by its own word", "", "inhibit_on_failure = true", Down, false, head + zero(one) + two},
		{"not inhibited by its own word", "inhibit_on_failure = true", "inhibit_on_failure = false", Down, false, head + two},
		{"quorum lost, nobody is sorry", "", "", Down, true, head + two},
		{"quorum lost, sorry server alone", hidden, "", Down, true, head + nine},
		{"quorum lost, inhibited servers stay at 0", "inhibit_on_failure = true\n" + sorry, "", Down, true, head + zero(one) + zero(two) + nine},
		{"quorum held, sorry server waits", sorry, "", Down, false, head + two + zero(nine)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Prepare(load(t, fmt.Sprintf(src, tt.more, tt.server)), nil)
			v := p.Virtuals[0]
			live := Live{Daemon: true, Health: map[string]Health{v.Servers[0].Probes[0].ID: tt.first, v.Servers[1].Probes[0].ID: Up},
				QuorumLost: map[string]bool{"web": tt.lost}}
			if diff := cmp.Diff(tt.want, show(p.State(live, state.Everything))); diff != "" {
				t.Error(diff)
			}
			// Without a daemon nobody knows, and everybody serves.
			if got := show(p.State(Live{}, state.Everything)); !strings.Contains(got, one+two) {
				t.Error(got)
			}
		})
	}
}

func TestSorryServerThatIsARealServer(t *testing.T) {
	p := Prepare(load(t, fmt.Sprintf(web, "inhibit_on_failure = true\nsorry_server { address = \"10.0.0.1\" }", "weight = 5")), nil)
	got := show(p.State(Live{Daemon: true, QuorumLost: map[string]bool{"web": true}}, state.Everything))
	if want := "tcp 192.0.2.10:80 wlc\n  10.0.0.1:80 nat w1\n  10.0.0.2:8080 nat w0\n"; got != want {
		t.Error(got)
	}
}

func TestDraining(t *testing.T) {
	p := Prepare(load(t, fmt.Sprintf(web, "", "")), nil)
	k := p.Virtuals[0].Services[0].ServiceKey
	gone := state.Dest{Addr: netip.MustParseAddr("10.0.0.7"), Port: 80, Weight: 5, Forward: state.ForwardDirect}
	back := state.Dest{Addr: netip.MustParseAddr("10.0.0.1"), Port: 80, Weight: 5}
	got := show(p.State(Live{Draining: map[state.ServiceKey][]state.Dest{k: {gone, back}}}, state.Everything))
	want := "tcp 192.0.2.10:80 wlc\n  10.0.0.1:80 nat w1\n  10.0.0.2:8080 nat w1\n  10.0.0.7:80 dr w0\n"
	if got != want {
		t.Error(got)
	}
}

// TestQuorumIsOfOneVirtualServer: without names they must not be mixed up.
func TestQuorumIsOfOneVirtualServer(t *testing.T) {
	one := `virtual_server {
  address = "192.0.2.10"
  ports = [%d]
  real_server "10.0.0.1" {}
  sorry_server { address = "10.0.0.9" }
}
`
	p := Prepare(load(t, fmt.Sprintf(one, 80)+fmt.Sprintf(one, 443)), nil)
	live := Live{Daemon: true, QuorumLost: map[string]bool{p.Virtuals[0].VS.Title(): true}}
	want := "tcp 192.0.2.10:80 wlc\n  10.0.0.9:80 nat w1\ntcp 192.0.2.10:443 wlc\n  10.0.0.1:443 nat w1\n"
	if got := show(p.State(live, state.Everything)); got != want {
		t.Error(got)
	}
}

func TestAddresses(t *testing.T) {
	const src = `vrrp_instance "front" {
  interface          = "eth0"
  virtual_router_id  = 51
  addresses          = [%s]
  excluded_addresses = [{ address = "10.0.0.1/24", dev = "eth1" }]
}
static_address "10.9.0.1/24" { dev = "eth2" }`
	tests := []struct{ name, addr, want string }{
		{"plain", `"192.0.2.10/24"`, "192.0.2.10/24 dev eth0 label=eth0"},
		{"host", `"192.0.2.10"`, "192.0.2.10/32 dev eth0 label=eth0"},
		{"label", `{ address = "192.0.2.10/24", label = "eth0:1" }`, "192.0.2.10/24 dev eth0 label=eth0:1"},
		{"label of another interface", `{ address = "192.0.2.10/24", dev = "eth9" }`, "192.0.2.10/24 dev eth9 label=eth9"},
		{"scope", `{ address = "192.0.2.10/24", scope = "link" }`, "192.0.2.10/24 dev eth0 label=eth0 scope=253"},
		{"broadcast +", `{ address = "192.0.2.10/26", broadcast = "+" }`, "192.0.2.10/26 dev eth0 label=eth0 broadcast=192.0.2.63"},
		{"broadcast -", `{ address = "192.0.2.10/26", broadcast = "-" }`, "192.0.2.10/26 dev eth0 label=eth0 broadcast=192.0.2.0"},
		{"broadcast by name", `{ address = "192.0.2.10/26", broadcast = "192.0.2.255" }`, "192.0.2.10/26 dev eth0 label=eth0 broadcast=192.0.2.255"},
		{"peer", `{ address = "192.0.2.10/32", peer = "192.0.2.11/32" }`, "192.0.2.10/32 dev eth0 label=eth0 peer=192.0.2.11/32"},
		{"no route", `{ address = "192.0.2.10/24", no_prefix_route = true }`, "192.0.2.10/24 dev eth0 label=eth0 noprefixroute"},
	}
	show := func(a state.Address) string {
		s := a.AddressKey.String()
		for _, f := range []struct {
			on   bool
			text string
		}{{a.Label != "", "label=" + a.Label}, {a.Scope > 0, fmt.Sprint("scope=", a.Scope)}, {a.Broadcast.IsValid(), "broadcast=" + a.Broadcast.String()},
			{a.Peer.IsValid(), "peer=" + a.Peer.String()}, {a.NoPrefixRoute, "noprefixroute"}, {a.Deprecated, "deprecated"}, {a.NoDAD, "nodad"}} {
			if f.on {
				s += " " + f.text
			}
		}
		return s
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Prepare(load(t, fmt.Sprintf(src, tt.addr)), nil)
			in := p.Instance("front")
			if got := show(in.Addresses[0]); got != tt.want || in.Addresses[0].Owner != state.OwnerVRRP {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			// A master holds its addresses and the excluded ones; a backup and a
			// node without a daemon only what is static.
			if s := p.State(Live{Daemon: true, Master: map[string]bool{"front": true}}, state.Everything); len(s.Addresses) != 3 {
				t.Errorf("a master holds %v", s.Addresses)
			}
			for _, live := range []Live{{Daemon: true}, {Master: map[string]bool{"front": true}}} {
				s := p.State(live, state.Everything)
				if len(s.Addresses) != 1 || s.Addresses[0].Owner != state.OwnerStatic {
					t.Errorf("a backup holds %v", s.Addresses)
				}
			}
		})
	}
	// IPv6: alone it is no source; duplicates are not looked for unless asked.
	for _, tt := range []struct{ prefix, want string }{
		{"2001:db8::1/128", "2001:db8::1/128 dev lo deprecated nodad"},
		{"2001:db8::1/64", "2001:db8::1/64 dev lo nodad"},
	} {
		var p schema.Prefix
		if err := p.UnmarshalText([]byte(tt.prefix)); err != nil {
			t.Fatal(err)
		}
		if got := show(address(&schema.VirtualAddress{Prefix: p}, "lo", 77)); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
		if got := address(&schema.VirtualAddress{Prefix: p, DAD: true}, "lo", 77); got.NoDAD {
			t.Error("asked for, and not done")
		}
	}
}

func TestRoutes(t *testing.T) {
	a := netip.MustParseAddr
	for _, tt := range []struct {
		name string
		spec schema.RouteSpec
		want state.Route
	}{
		{"via", schema.RouteSpec{To: "10.1.2.3/16", Via: a("192.0.2.1")}, state.Route{RouteKey: state.RouteKey{To: netip.MustParsePrefix("10.1.0.0/16"), Table: 254}, Via: a("192.0.2.1"), Owner: 77}},
		{"on link", schema.RouteSpec{To: "10.1.0.0/16"}, state.Route{RouteKey: state.RouteKey{To: netip.MustParsePrefix("10.1.0.0/16"), Table: 254}, Link: "eth0", Scope: 253, Owner: 77}},
		{"default", schema.RouteSpec{To: "default", Via: a("192.0.2.1"), Table: schema.Table{Number: 9}, Metric: 5}, state.Route{RouteKey: state.RouteKey{To: netip.MustParsePrefix("0.0.0.0/0"), Table: 9, Metric: 5}, Via: a("192.0.2.1"), Owner: 77}},
		{"default of IPv6", schema.RouteSpec{To: "default", Via: a("fe80::1"), Dev: "eth1", Scope: 200}, state.Route{RouteKey: state.RouteKey{To: netip.MustParsePrefix("::/0"), Table: 254, Metric: 1024}, Via: a("fe80::1"), Link: "eth1", Owner: 77}},
	} {
		p := Prepared{Config: &schema.Config{}}
		if got := p.route(nil, &tt.spec, "eth0", 77); len(got) != 1 || got[0] != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// TestShared: what did not change is the very same, and only what did is in
// the scope of the change.
func TestShared(t *testing.T) {
	tree := fstest.MapFS{}
	set := func(name, text string) { tree[name] = &fstest.MapFile{Data: []byte(text)} }
	a := func(weight int) {
		set("a.hcl", fmt.Sprintf("virtual_server \"a\" {\n  address = \"192.0.2.10\"\n  ports = [80, 81]\n  real_server \"10.0.0.1\" { weight = %d }\n}\n", weight))
	}
	front := func(addresses, route string) {
		set("front.hcl", "vrrp_instance \"front\" {\n  interface = \"eth0\"\n  virtual_router_id = 51\n  addresses = ["+addresses+"]\n"+route+"}\n")
	}
	a(1)
	set("b.hcl", "virtual_server \"b\" {\n  address = \"192.0.2.11\"\n  ports = [80]\n  pool = \"b\"\n}\n")
	set("pool.hcl", "pool \"b\" {\n  real_server \"10.0.0.2\" {}\n}\n")
	set("static.hcl", "static_address \"10.9.0.1/24\" { dev = \"eth1\" }\n")
	front(`"192.0.2.10/24", "192.0.2.11/24"`, "")
	var l translate.Loader
	var now *Prepared
	step := func(what, services, addresses, routes string) (old *Prepared) {
		t.Helper()
		r := l.Load(tree, ".", translate.Env{Node: "lb1"})
		if r.Diags.HasErrors() {
			t.Fatal(r.Diags.Text())
		}
		old, now = now, Prepare(r.Config, now)
		s := Changed(old, now)
		if fmt.Sprint(s.Services) != services || fmt.Sprint(s.Addresses) != addresses || fmt.Sprint(s.Routes) != routes || s.Full != (what == "everything") {
			t.Errorf("%s: %+v", what, s)
		}
		return old
	}
	step("everything", "[]", "[]", "[]")
	if old := step("nothing changed", "[]", "[]", "[]"); old.Virtuals[0] != now.Virtuals[0] {
		t.Error("nothing changed, and yet it was made anew")
	}
	a(2)
	if old := step("a weight changed", "[tcp 192.0.2.10:80 tcp 192.0.2.10:81]", "[]", "[]"); old.Virtuals[0] == now.Virtuals[0] || old.Virtuals[1] != now.Virtuals[1] {
		t.Error("the wrong one was kept")
	}
	set("pool.hcl", "pool \"b\" {\n  real_server \"10.0.0.3\" {}\n}\n")
	if old := step("a pool changed", "[tcp 192.0.2.11:80]", "[]", "[]"); old.Virtuals[0] != now.Virtuals[0] || old.Virtuals[1] == now.Virtuals[1] {
		t.Error("the wrong one was kept")
	}
	set("b.hcl", "# a comment\n"+string(tree["b.hcl"].Data))
	front(`"192.0.2.10/24"`, "  route \"10.0.0.0/8\" { via = \"192.0.2.1\" }\n")
	delete(tree, "a.hcl")
	step("some went, some came, one moved in its file", "[tcp 192.0.2.10:80 tcp 192.0.2.10:81 tcp 192.0.2.11:80]", "[192.0.2.11/24 dev eth0]", "[10.0.0.0/8]")
	set("static.hcl", "static_address \"10.9.0.1/24\" {\n  dev = \"eth1\"\n  label = \"eth1:x\"\n}\n")
	step("a label changed", "[]", "[10.9.0.1/24 dev eth1]", "[]")
	set("settings.hcl", "settings {\n  lvs_timeouts { tcp = \"1m\" }\n}\n")
	step("everything", "[]", "[]", "[]")
	if !now.NeedsIPVS() || fmt.Sprint(now.LinkScope("eth1").Addresses) != "[10.9.0.1/24 dev eth1]" || len(now.LinkScope("").Addresses) != 2 {
		t.Error("what is there is not known")
	}
}

// TestProbesAreShared: equal checks of one server are one probe.
func TestProbesAreShared(t *testing.T) {
	one := func(name string, port int, check string) string {
		return fmt.Sprintf("virtual_server %q {\n address = \"192.0.2.10\"\n ports = [%d]\n check \"tcp\" { %s }\n real_server \"10.0.0.1:8080\" {}\n}\n", name, port, check)
	}
	p := Prepare(load(t, one("a", 80, "")+one("b", 81, "")+one("c", 82, "rise = 2")+one("d", 83, "alpha = true")+one("e", 84, `connect_address = "10.0.0.5"`)), nil)
	id := func(i int) string { return p.Virtuals[i].Servers[0].Probes[0].ID }
	if id(0) != id(1) {
		t.Errorf("%s and %s are the same check", id(0), id(1))
	}
	seen := map[string]bool{}
	for i := 1; i < 5; i++ {
		if seen[id(i)] {
			t.Errorf("%s stands for two checks", id(i))
		}
		seen[id(i)] = true
	}
	n := 0
	for pr := range p.Virtuals[4].Probes {
		n++
		if pr.ID != id(4) || pr.Target.String() != "10.0.0.5:8080" || pr.Server.String() != "10.0.0.1" {
			t.Errorf("%+v", pr)
		}
	}
	if n != 1 {
		t.Errorf("%d probes", n)
	}
}

// TestEveryFieldOfACheckCounts: two checks that differ in any field have
// different IDs. A field that is added and forgotten in the hash fails here.
func TestEveryFieldOfACheckCounts(t *testing.T) {
	elsewhere := map[string]string{
		"Src": "a place in the source", "Alpha": "resolved beforehand", "Address": "part of the target", "Port": "part of the target",
		"Type": "tested below",
	}
	target := netip.MustParseAddrPort("10.0.0.1:80")
	id := func(c *schema.Check) string { return probeID(target, target.Addr(), c, checkHash(c), false) }
	base := schema.Check{Type: schema.CheckHTTP, Path: "/x", URLs: []schema.URL{{Path: "/y"}}}
	base.SetDefaults()
	seen := map[string]string{id(&base): "none"}
	try := func(name string, c *schema.Check) {
		if other, ok := seen[id(c)]; ok {
			t.Errorf("a check with another %s has the ID of one with another %s", name, other)
		}
		seen[id(c)] = name
	}
	typ := reflect.TypeFor[schema.Check]()
	for i := range typ.NumField() {
		f := typ.Field(i)
		if elsewhere[f.Name] != "" {
			continue
		}
		c := base
		other(t, reflect.ValueOf(&c).Elem().Field(i))
		try(f.Name, &c)
	}
	url := reflect.TypeFor[schema.URL]()
	for i := range url.NumField() {
		c := base
		c.URLs = []schema.URL{{Path: "/y"}}
		other(t, reflect.ValueOf(&c.URLs[0]).Elem().Field(i))
		try("URL."+url.Field(i).Name, &c)
	}
	for k := schema.CheckTCP; k <= schema.CheckBFD; k++ {
		if c := base; k != base.Type {
			c.Type = k
			try("Type "+k.String(), &c)
		}
	}
	if probeID(target, target.Addr(), &base, 1, true) == probeID(target, target.Addr(), &base, 1, false) {
		t.Error("alpha does not count")
	}
}

// other gives a field a value that it does not have.
func other(t *testing.T, v reflect.Value) {
	switch x := v.Addr().Interface().(type) {
	case *time.Duration:
		*x += time.Millisecond
	case *netip.Addr:
		*x = netip.MustParseAddr("10.9.9.9")
	case *schema.Digest:
		x[5]++
	case *[]schema.StatusRange:
		*x = append(*x, schema.StatusRange{First: 200, Last: 204})
	case *[]schema.URL:
		*x = append((*x)[:1:1], schema.URL{Path: "/z"})
	default:
		switch v.Kind() {
		case reflect.String:
			v.SetString(v.String() + "x")
		case reflect.Bool:
			v.SetBool(!v.Bool())
		case reflect.Uint8, reflect.Uint16, reflect.Uint32:
			v.SetUint(v.Uint() + 1)
		default:
			t.Fatalf("no other value for a %s", v.Type())
		}
	}
}

// TestOrderDoesNotMatter: the same in another order is the same state, also
// where two objects hold one address or route.
func TestOrderDoesNotMatter(t *testing.T) {
	var b strings.Builder
	for i := range 20 {
		fmt.Fprintf(&b, "virtual_server \"v%d\" {\n address = \"192.0.2.%d\"\n ports = [443, \"80-82\"]\n real_server \"10.0.0.2\" {}\n real_server \"10.0.0.1:90\" { weight = %d }\n}\n", i, i+1, i)
		fmt.Fprintf(&b, "vrrp_instance \"i%d\" {\n interface = \"eth0\"\n virtual_router_id = %d\n addresses = [{ address = \"192.0.2.9/24\", label = \"eth0:%d\" }, \"192.0.2.%d/24\"]\n route \"10.0.0.0/8\" { via = \"192.0.2.%d\" }\n}\n", i, i+1, i, 100+i, 50+i)
		fmt.Fprintf(&b, "static_address \"10.9.0.%d/24\" { dev = \"eth1\" }\n", i)
	}
	cfg := load(t, b.String())
	live := Live{Daemon: true, Master: map[string]bool{}}
	for _, i := range cfg.Instances {
		live.Master[i.Name] = true
	}
	want := Prepare(cfg, nil).State(live, state.Everything)
	if len(want.Routes) != 1 || len(want.Addresses) != 41 {
		t.Fatalf("%d routes, %d addresses: what two hold is there once", len(want.Routes), len(want.Addresses))
	}
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		c := *cfg
		c.VirtualServers, c.Instances, c.Addresses = shuffled(r, cfg.VirtualServers), shuffled(r, cfg.Instances), shuffled(r, cfg.Addresses)
		for i, v := range c.VirtualServers {
			x := *v
			x.Ports, x.RealServers = shuffled(r, v.Ports), shuffled(r, v.RealServers)
			c.VirtualServers[i] = &x
		}
		if diff := cmp.Diff(want, Prepare(&c, nil).State(live, state.Everything), cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

func shuffled[T any](r *rand.Rand, in []T) []T {
	out := append([]T(nil), in...)
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func TestNotes(t *testing.T) {
	cfg := load(t, "vrrp_instance \"i\" {\n interface = \"eth0\"\n virtual_router_id = 1\n addresses = [\"192.0.2.9/24\"]\n}\n"+fmt.Sprintf(web, "check \"tcp\" {}", ""))
	_, notes := Compile(cfg, Live{}, state.Everything)
	if len(notes) != 2 || notes.HasErrors() {
		t.Error(notes.Text())
	}
	if _, notes := Compile(cfg, Live{Daemon: true}, state.Everything); len(notes) != 0 {
		t.Error(notes.Text())
	}
}

// TestAlphaIsTheProbes: the word of a check goes before that of its server.
func TestAlphaIsTheProbes(t *testing.T) {
	for _, tt := range []struct {
		server, check string
		alive         bool
	}{{"", "alpha = true", false}, {"alpha = true", "alpha = false", true}, {"alpha = true", "", false}, {"", "", true}} {
		p := Prepare(load(t, fmt.Sprintf(`virtual_server "web" {
  address = "192.0.2.10"
  ports   = [80]
  real_server "10.0.0.1" {
    %s
    check "tcp" {
      %s
    }
  }
}
`, tt.server, tt.check)), nil)
		if got := p.Virtuals[0].Servers[0].Alive(&Live{Daemon: true}); got != tt.alive {
			t.Errorf("server %q, check %q: alive %t", tt.server, tt.check, got)
		}
	}
}
