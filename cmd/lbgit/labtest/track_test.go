package labtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

// TestTrackScripts: a script changes the priority, or is a fault.
func TestTrackScripts(t *testing.T) {
	net := lab.New(t)
	n1, n2 := net.Node("lb1", "192.0.2.1/24"), net.Node("lb2", "192.0.2.2/24")
	heavy, fatal := filepath.Join(t.TempDir(), "heavy"), filepath.Join(t.TempDir(), "fatal")
	replace(t, heavy, "")
	replace(t, fatal, "")
	text := func(priority int) string {
		return fmt.Sprintf(`
track_script "heavy" {
  command  = "/bin/cat %s"
  interval = "100ms"
}
track_script "fatal" {
  command  = "/bin/cat %s"
  interval = "100ms"
}
`, heavy, fatal) + strings.Replace(fast, `addresses `, fmt.Sprintf("priority = %d\n  addresses ", priority), 1)
	}
	tracking := strings.Replace(text(150), "addresses ", "track_script \"heavy\" { weight = -100 }\n  track_script \"fatal\" { weight = 0 }\n  addresses ", 1)
	d := run(t, n1, tracking)
	run(t, n2, text(100))
	is := func(what, state string, priority uint8, holder *lab.Node) {
		t.Helper()
		start := time.Now()
		address(t, holder, vip, true)
		other := map[*lab.Node]*lab.Node{n1: n2, n2: n1}[holder]
		address(t, other, vip, false)
		t.Logf("%s: %s holds the address after %v", what, holder.Name, time.Since(start).Round(time.Millisecond))
		if i := d.now().Instances[0]; i.State != state || i.Priority != priority {
			t.Errorf("%s: %s with priority %d, want %s with %d: %+v", what, i.State, i.Priority, state, priority, i)
		}
	}
	remove := func(path string) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	is("all is well", "MASTER", 150, n1)
	remove(heavy)
	is("a script with weight -100 fails", "BACKUP", 50, n2)
	replace(t, heavy, "")
	is("it is well again", "MASTER", 150, n1)
	remove(fatal)
	is("a script with weight 0 fails", "FAULT", 150, n2)
	replace(t, fatal, "")
	is("it is well again", "MASTER", 150, n1)
}

// TestTrackersMoveMastership: each kind of tracker lowers the priority of a
// master so far that keepalived takes over, and gives it back.
func TestTrackersMoveMastership(t *testing.T) {
	net := lab.New(t)
	ours, theirs, web := net.Node("lbgit", "192.0.2.1/24"), net.Node("keepalived", "192.0.2.2/24"), net.Node("web", "192.0.2.9/24")
	ours.Attach(net.Segment("uplink"), "eth1")
	server := web.TCPServer("192.0.2.9:80", "real")
	dir := t.TempDir()
	number, helper := filepath.Join(dir, "number"), filepath.Join(dir, "lbgit-helper")
	if err := os.Symlink("/bin/sleep", helper); err != nil {
		t.Fatal(err)
	}
	start := func() *lab.Proc { return ours.Daemon(helper, "3600") }
	process := start()
	us := run(t, ours, fmt.Sprintf(`
track_file "number" {
  file       = %q
  init_value = 7
}
track_process "helper" {
  process = "lbgit-helper"
  weight  = -100
}
virtual_server "web" {
  address = "192.0.2.100"
  ports   = [80]
  forward = "nat"
  real_server "192.0.2.9:80" {}
  check "tcp" {
    interval = "200ms"
    timeout  = "1s"
    retry    = 0
  }
}
vrrp_instance "front" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  priority          = 150
  advert_interval   = "100ms"
  addresses         = ["192.0.2.100/24"]
  track_file "number" {}
  track_process "helper" {}
  track_interface "eth1" { weight = 100 }
  track_virtual_server "web" { weight = -200 }
}
`, number))
	lab.Keepalived(theirs, `
vrrp_instance front {
    interface eth0
    state BACKUP
    version 3
    virtual_router_id 51
    priority 200
    advert_int 0.1
    virtual_ipaddress {
        192.0.2.100/24
    }
}
`, lab.KeepalivedStable)
	is := func(what string, priority uint8, holder, other *lab.Node, explained string) {
		t.Helper()
		begin := time.Now()
		address(t, holder, vip, true)
		address(t, other, vip, false)
		t.Logf("%s: %s holds the address after %v", what, holder.Name, time.Since(begin).Round(time.Millisecond))
		lab.Eventually(t, soon, what+": the priority is explained", func() error {
			i := us.now().Instances[0]
			if i.Priority != priority || !strings.Contains(strings.Join(i.Trackers, "; "), explained) {
				return fmt.Errorf("%d, not %d: %q", i.Priority, priority, i.Trackers)
			}
			return nil
		})
	}
	well := func() { t.Helper(); is("all is well", 254, ours, theirs, "file number +7 (7)") }
	well()
	replace(t, number, "-0x64\n")
	is("a file says -100", 150, theirs, ours, "file number -100 (-100)")
	replace(t, number, "7")
	well()
	process.Signal(9)
	is("a process ends", 157, theirs, ours, "process helper -100 (bad: 0 running")
	start()
	well()
	ours.Unplug("eth1")
	is("an interface loses its carrier", 157, theirs, ours, "interface eth1 (bad: down)")
	ours.Plug("eth1")
	well()
	server.Stop()
	is("the last real server dies", 57, theirs, ours, "virtual server web -200 (bad: no quorum)")
	server.Start()
	well()
}

// TestSyncGroupTracks: what a sync group tracks counts for each of its
// instances (keepalived vrrp fact 11.7).
func TestSyncGroupTracks(t *testing.T) {
	net := lab.New(t)
	n1, n2 := net.Node("lb1", "192.0.2.1/24"), net.Node("lb2", "192.0.2.2/24")
	number := filepath.Join(t.TempDir(), "number")
	instances := func(priority int) (text string) {
		for i := 1; i <= 2; i++ {
			text += fmt.Sprintf(`
vrrp_instance "i%[1]d" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 5%[1]d
  priority          = %[2]d
  advert_interval   = "100ms"
  addresses         = ["192.0.2.10%[1]d/24"]
}
`, i, priority)
		}
		return text
	}
	run(t, n1, fmt.Sprintf(`
track_file "number" { file = %q }
sync_group "g" {
  instances = ["i1", "i2"]
  track_file "number" { weight = 0 }
}
`, number)+instances(150))
	run(t, n2, instances(100))
	moved := func(what string, to, from *lab.Node) {
		t.Helper()
		for _, vip := range []string{"192.0.2.101", "192.0.2.102"} {
			address(t, to, vip, true)
			address(t, from, vip, false)
		}
		t.Log(what)
	}
	moved("a file that is missing says 0", n1, n2)
	replace(t, number, "1")
	moved("another number is a fault of both", n2, n1)
	replace(t, number, "0")
	moved("0 again", n1, n2)
}
