package labtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

// Two instances on two networks that must be master together.
const (
	frontVIP = "192.0.2.150"
	backVIP  = "10.0.0.150"
)

func ourGroup(priority int, members, more string) string {
	return fmt.Sprintf(`
vrrp_instance "front" {
  interface         = "eth0"
  virtual_router_id = 60
  priority          = %[1]d
  addresses         = ["%[2]s/24"]
}
vrrp_instance "back" {
  interface         = "eth1"
  virtual_router_id = 61
  priority          = %[1]d
  addresses         = ["%[3]s/24"]
}
sync_group "site" { instances = [%[4]s] }
%[5]s
`, priority, frontVIP, backVIP, members, more)
}

func theirGroup(priority int) string {
	return fmt.Sprintf(`
vrrp_instance front {
    interface eth0
    state BACKUP
    virtual_router_id 60
    priority %[1]d
    virtual_ipaddress {
        %[2]s/24
    }
}
vrrp_instance back {
    interface eth1
    state BACKUP
    virtual_router_id 61
    priority %[1]d
    virtual_ipaddress {
        %[3]s/24
    }
}
vrrp_sync_group site {
    group {
        front
        back
    }
}
`, priority, frontVIP, backVIP)
}

// TestSyncGroupWithKeepalived: the loss of one network moves both addresses,
// and both come back; a member that joins later disturbs nobody.
func TestSyncGroupWithKeepalived(t *testing.T) {
	net := lab.New(t)
	back := net.Segment("back")
	ours, theirs := net.Node("lbgit", "192.0.2.1/24"), net.Node("keepalived", "192.0.2.2/24")
	ours.Attach(back, "eth1", "10.0.0.1/24")
	theirs.Attach(back, "eth1", "10.0.0.2/24")
	seen := lab.Capture(net.Node("observer", "192.0.2.3/24"), "eth0", "ip proto 112")

	lab.Keepalived(theirs, theirGroup(100), lab.KeepalivedStable)
	us := place(t, ours, t.TempDir()+"/lb.hcl")
	both := func(to, from *lab.Node) {
		t.Helper()
		holdsOn(t, to, "eth0", frontVIP, true)
		holdsOn(t, to, "eth1", backVIP, true)
		holdsOn(t, from, "eth0", frontVIP, false)
		holdsOn(t, from, "eth1", backVIP, false)
	}
	both(theirs, ours)
	us.push(ourGroup(150, `"front", "back"`, ""))
	us.start()
	both(ours, theirs)

	start := time.Now()
	ours.Unplug("eth1")
	both(theirs, ours)
	if n := farewells(since(adverts(seen), start)); n != 1 {
		t.Errorf("%d farewells of the healthy member", n)
	}
	for _, i := range us.now().Instances {
		if i.State != "FAULT" {
			t.Errorf("%s is %s", i.Name, i.State)
		}
	}
	ours.Plug("eth1")
	both(ours, theirs)

	start = time.Now()
	us.push(ourGroup(150, `"front", "back", "third"`, `
vrrp_instance "third" {
  interface         = "eth0"
  virtual_router_id = 62
  priority          = 150
  addresses         = ["192.0.2.160/24"]
}
`))
	holdsOn(t, ours, "eth0", "192.0.2.160", true)
	both(ours, theirs)
	for _, a := range since(adverts(seen), start) {
		if a.vrid == 60 && (a.priority != 150 || a.from.String() != "192.0.2.1") {
			t.Errorf("router 60 was disturbed: %+v", a)
		}
	}

	us.stop()
	both(theirs, ours)
}

// holdsOn waits until a machine has, or has no longer, an address on an interface.
func holdsOn(t *testing.T, n *lab.Node, dev, addr string, want bool) {
	t.Helper()
	lab.Eventually(t, long, fmt.Sprintf("%s: %s on %s is %t", n.Name, addr, dev, want), func() error {
		if lab.Holds(n, dev, addr) != want {
			return fmt.Errorf("it has %v", lab.Addresses(n, dev))
		}
		return nil
	})
}

// quickly is an instance with adverts every 100 ms.
func quickly(priority int, settings string) string {
	return fmt.Sprintf(`
%s
vrrp_instance "front" {
  interface         = "eth0"
  version           = 3
  advert_interval   = "100ms"
  virtual_router_id = 60
  priority          = %d
  addresses         = ["%s/24"]
}
`, settings, priority, frontVIP)
}

const theirQuick = `
vrrp_instance front {
    interface eth0
    state BACKUP
    version 3
    advert_int 0.1
    virtual_router_id 60
    priority 100
    virtual_ipaddress {
        ` + frontVIP + `/24
    }
}
`

// TestStopIsMakeBeforeBreak: a client hears an answer all the time while lbgit
// stops and keepalived takes over.
func TestStopIsMakeBeforeBreak(t *testing.T) {
	net := lab.New(t)
	ours, theirs := net.Node("lbgit", "192.0.2.1/24"), net.Node("keepalived", "192.0.2.2/24")
	for _, n := range []*lab.Node{ours, theirs} {
		n.UDPServer(":7777", n.Name)
	}
	lab.Keepalived(theirs, theirQuick, lab.KeepalivedStable)
	us := place(t, ours, t.TempDir()+"/lb.hcl")
	us.push(quickly(150, ""))
	us.start()
	address(t, ours, frontVIP, true)
	address(t, theirs, frontVIP, false)

	s := net.Node("client", "192.0.2.9/24").Stream(frontVIP+":7777", time.Millisecond)
	s.AnsweredBy(long, "lbgit", 100)
	s.Reset()
	start := time.Now()
	us.stop()
	took := time.Since(start)
	s.AnsweredBy(long, "keepalived", 100)
	gap := s.Gap()
	t.Logf("the stop took %v; longest silence %v", took.Round(time.Millisecond), gap.Round(100*time.Microsecond))
	// keepalived's skew alone is 61 ms, in which the addresses would be nowhere.
	if gap > 300*time.Millisecond {
		t.Errorf("no answer for %v", gap)
	}
	us.says(0, "shutdown, a successor was heard")
}

// TestStartupDelay: lbgit hears who is master, and does not preempt before its
// delay is over.
func TestStartupDelay(t *testing.T) {
	const delay = 4 * time.Second
	net := lab.New(t)
	ours, theirs := net.Node("lbgit", "192.0.2.1/24"), net.Node("keepalived", "192.0.2.2/24")
	seen := lab.Capture(net.Node("observer", "192.0.2.3/24"), "eth0", "ip proto 112")
	lab.Keepalived(theirs, theirQuick, lab.KeepalivedStable)
	address(t, theirs, frontVIP, true)
	us := place(t, ours, t.TempDir()+"/lb.hcl")
	us.push(quickly(150, fmt.Sprintf("settings { vrrp_startup_delay = %q }", delay)))
	start := time.Now()
	us.start()
	address(t, ours, frontVIP, true)
	first, ok := firstFrom(adverts(seen), "192.0.2.1")
	if !ok || first.at.Sub(start) < delay {
		t.Errorf("the first advert came after %v", first.at.Sub(start))
	}
	us.says(0, "master has lower priority")
}
