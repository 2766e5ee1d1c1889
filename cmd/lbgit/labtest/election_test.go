package labtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

// Three virtual routers in one pair of nodes: version 2, version 2 with a
// password, version 3. What happens to a node happens to all of them.
var (
	routers = []byte{51, 52, 53}
	vips    = []string{"192.0.2.151", "192.0.2.152", "192.0.2.153"}
)

func ourRouters(priority int) string {
	return fmt.Sprintf(`
vrrp_instance "two" {
  interface         = "eth0"
  virtual_router_id = 51
  priority          = %[1]d
  addresses         = ["192.0.2.151/24"]
}
vrrp_instance "pass" {
  interface         = "eth0"
  virtual_router_id = 52
  priority          = %[1]d
  addresses         = ["192.0.2.152/24"]
  authentication {
    type     = "pass"
    password = "s3cret"
  }
}
vrrp_instance "three" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 53
  priority          = %[1]d
  advert_interval   = "100ms"
  addresses         = ["192.0.2.153/24"]
}
`, priority)
}

func theirRouters(priority int) string {
	instance := `
vrrp_instance %s {
    interface eth0
    state BACKUP
    virtual_router_id %d
    priority %d
    virtual_ipaddress {
        192.0.2.1%d/24
    }
    %s
}
`
	return "global_defs {\n vrrp_garp_master_delay 0\n}\n" +
		fmt.Sprintf(instance, "two", 51, priority, 51, "advert_int 1") +
		fmt.Sprintf(instance, "pass", 52, priority, 52, "advert_int 1\n authentication {\n auth_type PASS\n auth_pass s3cret\n }") +
		fmt.Sprintf(instance, "three", 53, priority, 53, "version 3\n advert_int 0.1")
}

// pair is lbgit on one machine and keepalived on the other.
type pair struct {
	t            *testing.T
	ours, theirs *lab.Node
	us           *daemon
	them         *lab.Proc
	seen         *lab.Recording
	conf         string
	program      string
}

func newPair(t *testing.T, program string, our, their int) *pair {
	net := lab.New(t)
	p := &pair{t: t, ours: net.Node("lbgit", "192.0.2.1/24"), theirs: net.Node("keepalived", "192.0.2.2/24"), program: program, conf: theirRouters(their)}
	p.seen = lab.Capture(net.Node("observer", "192.0.2.3/24"), "eth0", "ip proto 112")
	p.us = place(t, p.ours, t.TempDir()+"/lb.hcl")
	p.us.push(ourRouters(our))
	return p
}

func (p *pair) startThem() { p.them = lab.Keepalived(p.theirs, p.conf, p.program) }

// moves waits until one machine has all addresses and the other none of them
// (unless it is dead and cannot let go), and only the one speaks. It logs how
// long each router was without its new master.
func (p *pair) moves(what string, to, from *lab.Node, dead bool, event func()) {
	p.t.Helper()
	start := time.Now()
	event()
	for _, vip := range vips {
		address(p.t, to, vip, true)
		if !dead {
			address(p.t, from, vip, false)
		}
	}
	took := time.Since(start).Round(time.Millisecond)
	source := map[*lab.Node]string{p.ours: "192.0.2.1", p.theirs: "192.0.2.2"}[to]
	onlyFrom(p.t, p.seen, source, routers...)
	var first [3]time.Duration
	for i, v := range routers {
		for _, a := range since(adverts(p.seen), start) {
			if a.vrid == v && a.from.String() == source && a.priority > 0 {
				first[i] = a.at.Sub(start).Round(time.Millisecond)
				break
			}
		}
	}
	for _, vip := range vips {
		if !dead && lab.Holds(from, "eth0", vip) {
			p.t.Fatalf("%s: %s holds %s again", what, from.Name, vip)
		}
	}
	p.t.Logf("%s: all addresses after %v; first adverts v2 %v, v2 pass %v, v3 %v", what, took, first[0], first[1], first[2])
}

func TestElectionWithKeepalived(t *testing.T) {
	t.Run("keepalived lower", func(t *testing.T) {
		p := newPair(t, lab.KeepalivedStable, 150, 100)
		p.moves("keepalived is alone", p.theirs, p.ours, false, p.startThem)
		p.moves("lbgit preempts", p.ours, p.theirs, false, p.us.start)
		start := time.Now()
		p.moves("lbgit stops", p.theirs, p.ours, false, p.us.stop)
		if n := farewells(since(adverts(p.seen), start)); n != len(routers) {
			t.Errorf("%d farewells for %d routers", n, len(routers))
		}
		p.moves("lbgit preempts again", p.ours, p.theirs, false, p.us.start)
		p.moves("lbgit's node dies", p.theirs, p.ours, true, p.ours.Crash)
	})
	t.Run("newest keepalived lower", func(t *testing.T) {
		p := newPair(t, lab.KeepalivedNewest, 150, 100)
		p.moves("keepalived is alone", p.theirs, p.ours, false, p.startThem)
		p.moves("lbgit preempts", p.ours, p.theirs, false, p.us.start)
		p.moves("lbgit stops", p.theirs, p.ours, false, p.us.stop)
	})
	t.Run("keepalived higher", func(t *testing.T) {
		p := newPair(t, lab.KeepalivedStable, 100, 150)
		p.moves("lbgit is alone", p.ours, p.theirs, false, p.us.start)
		p.moves("keepalived preempts", p.theirs, p.ours, false, p.startThem)
		p.moves("keepalived's node dies", p.ours, p.theirs, true, p.theirs.Crash)
		p.moves("keepalived comes back", p.theirs, p.ours, false, p.startThem)
		p.moves("keepalived stops", p.ours, p.theirs, false, func() { p.them.Signal(15) })
		for _, i := range p.us.now().Instances {
			if i.State != "MASTER" || i.MasterPriority > i.Priority {
				t.Errorf("status of %s: %+v", i.Name, i)
			}
		}
	})
}
