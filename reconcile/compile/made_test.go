package compile

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/translate"
)

// instance writes a VRRP instance.
func instanceOf(name string, vrid int, more string) string {
	return fmt.Sprintf("vrrp_instance %q {\n interface = \"eth0\"\n virtual_router_id = %d\n %s\n}\n", name, vrid, more)
}

const four, six = `addresses = ["192.0.2.1/24"]`, `addresses = ["2001:db8::1/64"]`

// TestMade shows which links an instance gets and what goes on them (keepalived
// vrrp facts 13.1 to 13.9).
func TestMade(t *testing.T) {
	vmac := "\n vmac {}"
	tests := []struct{ name, hcl, want string }{
		{"none", instanceOf("a", 1, four), "192.0.2.1/24 dev eth0"},
		{"IPv4", instanceOf("a", 1, four+vmac), "vrrp.1 macvlan private on eth0 00:00:5e:00:01:01; 192.0.2.1/24 dev vrrp.1"},
		{"IPv6 beside it", instanceOf("a", 1, four+vmac) + instanceOf("b", 1, six+vmac) + instanceOf("c", 2, six+vmac),
			"vrrp.1 macvlan private on eth0 00:00:5e:00:01:01; 192.0.2.1/24 dev vrrp.1; vrrp6.1 macvlan private on eth0 00:00:5e:00:02:01; fe80::a4b:cc5e:1dd:eeff/64 dev vrrp6.1; 2001:db8::1/64 dev vrrp6.1; " +
				"vrrp.2 macvlan private on eth0 00:00:5e:00:02:02; fe80::a4b:cc5e:2dd:eeff/64 dev vrrp.2; 2001:db8::1/64 dev vrrp.2"},
		{"a name that another has taken", instanceOf("a", 1, four+vmac) + instanceOf("b", 2, "addresses = [\"192.0.2.2/24\"]\n vmac { name = \"vrrp.1\" }"),
			"vrrp1.1 macvlan private on eth0 00:00:5e:00:01:01; 192.0.2.1/24 dev vrrp1.1; vrrp.1 macvlan private on eth0 00:00:5e:00:01:02; 192.0.2.2/24 dev vrrp.1"},
		{"long prefix", "settings {\n vmac_prefix = \"averylongprefix\"\n}\n" + instanceOf("a", 200, four+vmac), "averylongpr.200 macvlan private on eth0 00:00:5e:00:01:c8; 192.0.2.1/24 dev averylongpr.200"},
		{"own MACs", instanceOf("a", 1, four+"\n vmac { mac = \"02:00:00:00:00\" }") + instanceOf("b", 2, "addresses = [\"192.0.2.2/24\"]\n vmac { mac = \"02:00:00:00:00:99\" }"),
			"vrrp.1 macvlan private on eth0 02:00:00:00:00:01; 192.0.2.1/24 dev vrrp.1; vrrp.2 macvlan private on eth0 02:00:00:00:00:99; 192.0.2.2/24 dev vrrp.2"},
		{"addresses elsewhere", "settings {\n vmac_address_prefix = \"at\"\n}\n" + instanceOf("a", 1, `addresses = ["192.0.2.1/24", {address = "192.0.2.2/24", dev = "eth0"}, {address = "10.0.0.1/24", dev = "eth1", use_vmac = true}, {address = "10.0.0.2/24", dev = "eth1", use_vmac = true}, {address = "10.0.1.1/24", dev = "eth2"}]`+vmac),
			"vrrp.1 macvlan private on eth0 00:00:5e:00:01:01; at.1 macvlan private on eth1 00:00:5e:00:01:01; 192.0.2.1/24 dev vrrp.1; 192.0.2.2/24 dev eth0; 10.0.0.1/24 dev at.1; 10.0.0.2/24 dev at.1; 10.0.1.1/24 dev eth2"},
		{"one address only", instanceOf("a", 1, `addresses = ["192.0.2.1/24", {address = "192.0.2.2/24", use_vmac = true}]`), "vrrp.1 macvlan private on eth0 00:00:5e:00:01:01; 192.0.2.1/24 dev eth0; 192.0.2.2/24 dev vrrp.1"},
		{"ipvlan", instanceOf("a", 1, four+"\n ipvlan {\n address = \"192.0.2.9/24\"\n mode = \"vepa\"\n}"), "ipvlan.1 ipvlan vepa on eth0 ; 192.0.2.9/24 dev ipvlan.1; 192.0.2.1/24 dev ipvlan.1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out []string
			cfg, _ := translate.Load(fstest.MapFS{"a.hcl": {Data: []byte(tt.hcl)}}, "a.hcl", translate.Env{Node: "lb1"})
			p := Prepare(cfg, nil)
			for _, in := range p.Instances {
				live := Live{Daemon: true, Master: map[string]bool{in.VRRP.Name: true}, Links: []state.Link{{Dev: "eth0", MAC: "08:4b:cc:dd:ee:ff"}}}
				for _, m := range in.Made {
					out = append(out, fmt.Sprintf("%s %s %s on %s %s", m.Link.Dev, m.Link.Type, m.Link.Mode, m.Link.Parent, m.Link.MAC))
				}
				s := p.State(live, in.LinkScope())
				for _, a := range s.Addresses {
					out = append(out, a.Name())
				}
				for _, a := range in.Addresses {
					out = append(out, a.Name())
				}
			}
			if got := strings.Join(out, "; "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestMadeSettings: a link that is there needs its settings where they are in
// scope, one that has to be made needs its own at once.
func TestMadeSettings(t *testing.T) {
	p := Prepare(load(t, instanceOf("a", 1, four+"\n vmac {}\n promote_secondaries = true")), nil)
	in := p.Instances[0]
	eth0, own := state.Link{Dev: "eth0", Group: 7, Master: "red"}, state.Link{Dev: "vrrp.1"}
	count := func(scope state.Scope, links ...state.Link) string {
		s := p.State(Live{Daemon: true, Links: links}, scope)
		return fmt.Sprintf("%d links, %d settings", len(s.Links), len(s.Sysctls))
	}
	for _, tt := range []struct{ what, got, want string }{
		{"whole", count(state.Scope{Full: true, Sysctls: in.LinkScope().Sysctls}, eth0, own), "1 links, 10 settings"},
		{"at a role, there", count(in.Scope(), eth0, own), "1 links, 0 settings"},
		{"at a role, missing", count(in.Scope(), eth0), "1 links, 5 settings"},
		{"another's", count(state.Scope{Links: []string{"eth0"}}, eth0), "0 links, 0 settings"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %s, want %s", tt.what, tt.got, tt.want)
		}
	}
	s := p.State(Live{Daemon: true, Links: []state.Link{eth0, own}}, in.LinkScope())
	if l := s.Links[0]; l.Group != 7 || l.Master != "red" {
		t.Errorf("it does not take after its parent: %+v", l)
	}
	if s := p.State(Live{Daemon: true, Stopping: true}, state.Everything); len(s.Links) > 0 {
		t.Errorf("at the stop: %v", s.Links)
	}
	if sc := p.LinkScope("eth0"); fmt.Sprint(sc.Links, sc.Addresses) != "[eth0 vrrp.1] [192.0.2.1/24 dev vrrp.1]" {
		t.Errorf("what an event of the parent touches: %v %v", sc.Links, sc.Addresses)
	}
	without := Prepare(load(t, instanceOf("a", 1, four)), nil)
	if sc := Changed(p, without); len(sc.Links) != 2 || len(sc.Sysctls) != 10 || len(sc.Addresses) != 2 {
		t.Errorf("what changed: %+v", sc)
	}
	if sc := Changed(p, Prepare(p.Config, p)); !sc.IsEmpty() {
		t.Errorf("nothing changed: %+v", sc)
	}
}
