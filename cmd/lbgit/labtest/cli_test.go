package labtest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lbgit/lbgit/runtime/control"
	"github.com/lbgit/lbgit/runtime/lab"
)

// TestPlanAndApplyWithoutDaemon is the way of who wants no daemon.
func TestPlanAndApplyWithoutDaemon(t *testing.T) {
	n := lab.New(t).Node("lb1", "192.0.2.1/24")
	ipvsadm(n, foreign...)
	d := place(t, n, filepath.Join(t.TempDir(), "lb.hcl"))
	d.push(twoServices)

	if out := d.expect(2, "plan", "--detailed-exitcode", d.source); !strings.Contains(out, "+ service tcp 192.0.2.100:80") || !strings.Contains(out, "foreign") {
		t.Errorf("the plan:\n%s", out)
	}
	table(t, n, soon, foreign...) // a plan writes nothing
	d.expect(0, "apply", "--auto-approve", d.source)
	table(t, n, soon, join(twoRows, foreign)...)
	d.expect(0, "plan", "--detailed-exitcode", d.source)

	// Without a yes nothing happens: standard input is empty here.
	d.push(strings.ReplaceAll(twoServices, "weight = 20", "weight = 21"))
	if out := d.expect(1, "apply", d.source); !strings.Contains(out, "Nothing was changed") {
		t.Errorf("apply without a yes:\n%s", out)
	}
	table(t, n, soon, join(twoRows, foreign)...)

	// A saved plan is for the kernel that it was made from.
	file := filepath.Join(t.TempDir(), "plan")
	d.expect(0, "plan", "--out", file, d.source)
	ipvsadm(n, "-e -t 192.0.2.100:80 -r 10.0.0.12:8080 -m -w 50")
	if out := d.expect(1, "apply", "--auto-approve", file); !strings.Contains(out, "no longer fits") || !strings.Contains(out, "10.0.0.12:8080") {
		t.Errorf("a plan that does not fit:\n%s", out)
	}
	ipvsadm(n, "-e -t 192.0.2.100:80 -r 10.0.0.12:8080 -m -w 20")
	d.expect(0, "apply", "--auto-approve", file)
	changed := join(twoRows[:2], twoRows[3:], foreign, []string{"-a -t 192.0.2.100:80 -r 10.0.0.12:8080 -m -w 21"})
	table(t, n, soon, changed...)
	if out := d.expect(1, "apply", "--auto-approve", file); !strings.Contains(out, "no longer fits") {
		t.Errorf("a plan that was applied before:\n%s", out)
	}
	d.expect(0, "plan", "--out", file, d.source)
	d.push(twoServices)
	if out := d.expect(1, "apply", "--auto-approve", file); !strings.Contains(out, "source has changed") {
		t.Errorf("a plan of another source:\n%s", out)
	}

	// Emptied by mistake, and on purpose.
	d.push("")
	if out := d.expect(1, "apply", "--auto-approve", d.source); !strings.Contains(out, "allow_empty") {
		t.Errorf("an emptied configuration:\n%s", out)
	}
	table(t, n, soon, changed...)
	d.push("settings { allow_empty = true }\n")
	d.expect(0, "apply", "--auto-approve", d.source)
	table(t, n, soon, foreign...)
}

// TestApplyThroughDaemon: the daemon is the one writer.
func TestApplyThroughDaemon(t *testing.T) {
	n := lab.New(t).Node("lb1", "192.0.2.1/24")
	d := run(t, n, fast+twoServices)
	address(t, n, vip, true)

	// The same source: the plan is empty, whatever the roles and the health.
	d.expect(0, "plan", "--detailed-exitcode", d.source)
	d.expect(0, "apply", "--auto-approve", d.source)

	// Another one needs a hold, which ends when it is resumed.
	other := filepath.Join(t.TempDir(), "other.hcl")
	replace(t, other, fast+strings.ReplaceAll(twoServices, "weight = 20", "weight = 21"))
	if out := d.expect(1, "apply", "--auto-approve", other); !strings.Contains(out, "--hold") {
		t.Errorf("another source:\n%s", out)
	}
	table(t, n, soon, twoRows...)
	d.expect(0, "apply", "--auto-approve", "--hold", other)
	table(t, n, soon, join(twoRows[:2], twoRows[3:], []string{"-a -t 192.0.2.100:80 -r 10.0.0.12:8080 -m -w 21"})...)
	if s := d.now(); !strings.Contains(s.Held, other) {
		t.Errorf("held: %q", s.Held)
	}
	d.expect(0, "resume")
	table(t, n, soon, twoRows...)
	if s := d.now(); s.Held != "" {
		t.Errorf("held: %q", s.Held)
	}

	text := d.expect(0, "status")
	for _, want := range []string{"node lb1", d.source, "front", "MASTER", "web (wrr)", "10.0.0.12:8080", "unchecked"} {
		if !strings.Contains(text, want) {
			t.Errorf("status has no %q:\n%s", want, text)
		}
	}
	var s control.Status
	if err := json.Unmarshal([]byte(d.expect(0, "status", "--format", "json")), &s); err != nil || s.Node != "lb1" || len(s.Instances) != 1 || len(s.Services) != 2 {
		t.Errorf("status as JSON: %+v, %v", s, err)
	}

	// There is one daemon in a network namespace, whatever its folders.
	second := place(t, n, d.source)
	second.start()
	if err := second.Wait(); err == nil || !strings.Contains(second.Output(), "another lbgit runs in this network namespace") {
		t.Errorf("a second daemon: %v\n%s", err, second.Output())
	}
	table(t, n, soon, twoRows...)
	address(t, n, vip, true)

	// A stop leaves the rows and takes the address; without a daemon there is
	// no status.
	d.stop()
	table(t, n, soon, twoRows...)
	address(t, n, vip, false)
	if out := d.expect(1, "status"); !strings.Contains(out, "no lbgit daemon") {
		t.Errorf("status without a daemon:\n%s", out)
	}
}

// TestObserve: a daemon that only looks, on a node where keepalived works.
func TestObserve(t *testing.T) {
	net := lab.New(t)
	n := net.Node("lb1", "192.0.2.1/24")
	seen := lab.Capture(net.Node("observer", "192.0.2.3/24"), "eth0", "ip proto 112 or arp")
	ipvsadm(n, join(foreign, []string{"-A -t 192.0.2.100:80 -s rr"})...)
	rows, addrs := lab.IPVS(n), n.Run("ip", "addr")

	d := run(t, n, fast+twoServices, "--observe")
	d.says(0, "would apply", "192.0.2.100/24")
	d.says(0, "would apply", "udp 192.0.2.100:53")
	s := d.now()
	if !s.Observe || len(s.Instances) != 1 || s.Instances[0].State == "MASTER" || s.Instances[0].Would != "MASTER" {
		t.Errorf("status: %+v", s)
	}
	d.push(fast)
	d.says(0, "virtual_servers=0")
	d.stop()
	if got := lab.IPVS(n); got != rows {
		t.Errorf("the table changed from\n%s\nto\n%s", rows, got)
	}
	if got := n.Run("ip", "addr"); got != addrs {
		t.Errorf("the addresses changed from\n%s\nto\n%s", addrs, got)
	}
	if k := len(adverts(seen)); k > 0 {
		t.Errorf("%d adverts were sent", k)
	}
	if macs := garp(seen, vip, s.Since); len(macs) > 0 {
		t.Error("the address was announced")
	}
	if files, _ := filepath.Glob(filepath.Join(d.dir, "state", "*")); len(files) > 0 {
		t.Errorf("files were left: %v", files)
	}
}

// TestLastGood: what is wrong in a source never harms what runs.
func TestLastGood(t *testing.T) {
	n := lab.New(t).Node("lb1", "192.0.2.1/24")
	d := run(t, n, twoServices)
	table(t, n, soon, twoRows...)
	good := d.now().Revision

	refused := func(why string, text string) {
		t.Helper()
		mark := d.logged()
		d.push(text)
		d.says(mark, "the revision is refused", why)
		if s := d.now(); s.Revision != good || !strings.Contains(s.SourceError, why) {
			t.Errorf("status: revision %s, source error %q", s.Revision, s.SourceError)
		}
		table(t, n, soon, twoRows...)
	}
	refused("schedular", strings.ReplaceAll(twoServices, "scheduler", "schedular"))
	refused("allow_empty", "")

	// SIGHUP looks at once; here there is nothing new, then something.
	d.Signal(syscall.SIGHUP)
	mark := d.logged()
	d.push(twoServices)
	d.Signal(syscall.SIGHUP)
	d.says(mark, "revision in force")
	if s := d.now(); s.SourceError != "" {
		t.Errorf("source error %q", s.SourceError)
	}

	// The source is gone at the next start, and half of the table as well.
	d.stop()
	if err := os.Rename(d.source, d.source+".away"); err != nil {
		t.Fatal(err)
	}
	ipvsadm(n, "-D -u 192.0.2.100:53")
	d.start()
	d.says(0, "starting from the last good revision")
	table(t, n, soon, twoRows...)
	if s := d.now(); s.Revision != good || s.SourceError == "" {
		t.Errorf("status: revision %s, source error %q", s.Revision, s.SourceError)
	}
	// It comes back, changed.
	replace(t, d.source, strings.ReplaceAll(twoServices, "weight = 20", "weight = 21"))
	table(t, n, long, join(twoRows[:2], twoRows[3:], []string{"-a -t 192.0.2.100:80 -r 10.0.0.12:8080 -m -w 21"})...)

	// A first start with a broken file ends with exit code 1.
	d.stop()
	d.dir = t.TempDir()
	d.push("nonsense")
	d.start()
	if err := d.Wait(); err == nil || err.Error() != "exit status 1" {
		t.Errorf("a first start with a broken file: %v", err)
	}
}
