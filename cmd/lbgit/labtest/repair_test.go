package labtest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

// fast is a VRRP instance that elects itself quickly, and not so quickly that a busy machine makes it hesitate.
const fast = `
vrrp_instance "front" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  advert_interval   = "500ms"
  addresses         = ["192.0.2.100/24"]
}
`

const twoServices = `
virtual_server "web" {
  address   = "192.0.2.100"
  ports     = [80]
  scheduler = "wrr"
  forward   = "nat"
  real_server "10.0.0.11:8080" { weight = 10 }
  real_server "10.0.0.12:8080" { weight = 20 }
}
virtual_server "dns" {
  address   = "192.0.2.100"
  ports     = [53]
  protocol  = "udp"
  scheduler = "rr"
  forward   = "nat"
  real_server "10.0.0.11:53" {}
}
`

var (
	twoRows = []string{
		"-A -t 192.0.2.100:80 -s wrr",
		"-a -t 192.0.2.100:80 -r 10.0.0.11:8080 -m -w 10",
		"-a -t 192.0.2.100:80 -r 10.0.0.12:8080 -m -w 20",
		"-A -u 192.0.2.100:53 -s rr",
		"-a -u 192.0.2.100:53 -r 10.0.0.11:53 -m -w 1",
	}
	foreign = []string{
		"-A -t 192.0.2.200:443 -s lc",
		"-a -t 192.0.2.200:443 -r 10.0.0.99:443 -m -w 7",
	}
)

// ipvsadm feeds rows to ipvsadm as an operator would.
func ipvsadm(n *lab.Node, rows ...string) {
	for _, row := range rows {
		n.Run("ipvsadm", strings.Fields(row)...)
	}
}

func join(lists ...[]string) (all []string) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

func TestRepair(t *testing.T) {
	net := lab.New(t)
	n := net.Node("lb1", "192.0.2.1/24")
	seen := lab.Capture(net.Node("observer", "192.0.2.3/24"), "eth0", "ip proto 112")
	d := run(t, n, fast+twoServices)
	address(t, n, "192.0.2.100", true)
	table(t, n, soon, twoRows...)
	before := d.now().Instances[0]

	rows := func(damage ...string) func() { return func() { ipvsadm(n, damage...) } }
	// No service is hurt five times in ten seconds: that would be contention.
	for _, c := range []struct {
		what   string
		damage func()
		want   []string
		says   string
	}{
		// The operator's own -C takes foreign rows as well; they come after it.
		{"the table is cleared", rows("-C"), twoRows, "service"},
		{"a weight is changed", rows("-e -t 192.0.2.100:80 -r 10.0.0.11:8080 -m -w 99"), twoRows, "10.0.0.11:8080"},
		{"a scheduler is changed", rows("-E -u 192.0.2.100:53 -s wlc"), twoRows, "scheduler"},
		{"a server is deleted", rows("-d -t 192.0.2.100:80 -r 10.0.0.12:8080"), twoRows, "10.0.0.12:8080"},
		{"a service is deleted", rows("-D -u 192.0.2.100:53"), twoRows, "192.0.2.100:53"},
		{"a server is added to an owned service", rows("-a -u 192.0.2.100:53 -r 10.0.0.13:53 -m -w 1"), twoRows, "10.0.0.13:53"},
		{"a foreign service beside it", rows(join(foreign, []string{"-e -t 192.0.2.100:80 -r 10.0.0.11:8080 -m -w 98"})...), join(twoRows, foreign), "10.0.0.11:8080"},
	} {
		mark := d.logged()
		c.damage()
		took := table(t, n, soon, c.want...)
		d.says(mark, "restored", c.says)
		t.Logf("%s: repaired after %v", c.what, took)
	}

	mark := d.logged()
	n.DelAddress("eth0", "192.0.2.100/24")
	t.Logf("the address is deleted: repaired after %v", address(t, n, "192.0.2.100", true))
	d.says(mark, "restored", "192.0.2.100/24")

	after := d.now().Instances[0]
	if after.Cause != before.Cause || !after.Since.Equal(before.Since) || after.State != "MASTER" {
		t.Errorf("there was an election: before %+v, after %+v", before, after)
	}
	if farewells(adverts(seen)) > 0 {
		t.Error("there was a farewell")
	}
	table(t, n, soon, join(twoRows, foreign)...)
	if s := d.now(); s.Repairs == 0 || len(s.Conflicts)+len(s.Contended)+len(s.Failures) > 0 {
		t.Errorf("status: %+v", s)
	}
}

// TestContention: who keeps undoing repairs is named, and left alone for a
// while.
func TestContention(t *testing.T) {
	n := lab.New(t).Node("lb1", "192.0.2.1/24")
	d := run(t, n, twoServices)
	lab.Eventually(t, long, "contention is noticed", func() error {
		ipvsadm(n, "-e -t 192.0.2.100:80 -r 10.0.0.11:8080 -m -w 99")
		table(t, n, soon, twoRows...)
		if !strings.Contains(d.Output(), "contended") {
			return errNot
		}
		return nil
	})
	if s := d.now(); len(s.Contended) != 1 || !strings.Contains(s.Contended[0], "192.0.2.100:80") {
		t.Errorf("contended: %v", s.Contended)
	}
	// Everything else is repaired as ever.
	ipvsadm(n, "-D -u 192.0.2.100:53")
	table(t, n, soon, twoRows...)
}

// TestForeignServices: what is there and equal is taken over as it is; what is
// there and differs belongs to somebody.
func TestForeignServices(t *testing.T) {
	n := lab.New(t).Node("lb1", "192.0.2.1/24")
	different := []string{"-A -u 192.0.2.100:53 -s wlc", "-a -u 192.0.2.100:53 -r 10.0.0.77:53 -m -w 3"}
	there := join(twoRows[:3], different, foreign)
	ipvsadm(n, there...)

	d := run(t, n, twoServices)
	table(t, n, soon, there...)
	s := d.now()
	if len(s.Conflicts) != 1 || !strings.Contains(s.Conflicts[0], "192.0.2.100:53") {
		t.Errorf("conflicts: %v", s.Conflicts)
	}
	for line := range strings.Lines(d.Output()) {
		if strings.Contains(line, "operation") {
			t.Errorf("something was written: %s", line)
		}
	}
	if out := d.expect(0, "status"); !strings.Contains(out, "conflict") {
		t.Errorf("status does not show the conflict:\n%s", out)
	}
	// The adopted one is lbgit's now: it is repaired, also by the next daemon.
	ipvsadm(n, "-e -t 192.0.2.100:80 -r 10.0.0.11:8080 -m -w 99")
	table(t, n, soon, there...)
	d.stop()
	ipvsadm(n, "-e -t 192.0.2.100:80 -r 10.0.0.11:8080 -m -w 98")
	d.start()
	d.inForce()
	table(t, n, soon, there...)
	// The conflict ends when the other gives way.
	ipvsadm(n, "-D -u 192.0.2.100:53")
	start := time.Now()
	table(t, n, long, join(twoRows, foreign)...)
	lab.Eventually(t, long, "no conflict is left", func() error {
		if s := d.now(); len(s.Conflicts) > 0 {
			return fmt.Errorf("%v", s.Conflicts)
		}
		return nil
	})
	t.Logf("the place was taken %v after it became free", time.Since(start).Round(time.Millisecond))
}
