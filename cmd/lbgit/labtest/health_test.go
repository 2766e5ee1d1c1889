package labtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

// farm is a load balancer with two real servers behind it, and one to say sorry.
type farm struct {
	client, lb   *lab.Node
	web1, web2   *lab.Server
	mail1, mail2 *lab.Server
}

func newFarm(t *testing.T) *farm {
	net := lab.New(t)
	back := net.Segment("back")
	f := &farm{client: net.Node("client", "192.0.2.1/24"), lb: net.Node("lb1", "192.0.2.10/24")}
	f.lb.Attach(back, "eth1", "10.0.0.1/24")
	f.lb.Forward()
	real := func(name, addr string) *lab.Node {
		n := net.Node(name)
		n.Attach(back, "eth1", addr)
		n.DefaultRoute("10.0.0.1")
		return n
	}
	real1, real2 := real("real1", "10.0.0.11/24"), real("real2", "10.0.0.12/24")
	f.web1, f.web2 = real1.HTTPServer(":80", "real1"), real2.HTTPServer(":80", "real2")
	f.mail1, f.mail2 = real1.TCPServer(":25", "real1"), real2.TCPServer(":25", "real2")
	real("sorry", "10.0.0.13/24").HTTPServer(":80", "sorry")
	return f
}

const quick = `
    interval = "100ms"
    timeout  = "2s"
    retry    = 0
    jitter   = 0
`

// emptiest watches a service's destinations and keeps the smallest number seen.
func emptiest(t *testing.T, n *lab.Node) (lowest func() int64) {
	var least, looks atomic.Int64
	least.Store(1 << 30)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		_ = n.Inside(func() error {
			for {
				select {
				case <-stop:
					return nil
				default:
				}
				// The process's own /proc/net is another namespace's.
				text, err := os.ReadFile("/proc/thread-self/net/ip_vs")
				if err != nil {
					return err
				}
				if k := int64(strings.Count(string(text), "\n  -> 0A")); k < least.Load() {
					least.Store(k)
				}
				looks.Add(1)
				<-time.After(time.Millisecond)
			}
		})
	}()
	return func() int64 {
		close(stop)
		<-done
		t.Logf("looked %d times: never less than %d destinations", looks.Load(), least.Load())
		return least.Load()
	}
}

func TestHTTPCheckAndSorryServer(t *testing.T) {
	f := newFarm(t)
	d := run(t, f.lb, `
virtual_server "web" {
  address   = "192.0.2.10"
  ports     = [80]
  scheduler = "rr"
  forward   = "nat"
  real_server "10.0.0.11" {}
  real_server "10.0.0.12" {}
  check "http" {
    path   = "/healthz"
    status = ["200-299"]`+quick+`
  }
  sorry_server {
    address = "10.0.0.13"
    forward = "nat"
  }
}
`)
	rows := func(servers ...int) []string {
		out := []string{"-A -t 192.0.2.10:80 -s rr"}
		for _, s := range servers {
			out = append(out, fmt.Sprintf("-a -t 192.0.2.10:80 -r 10.0.0.%d:80 -m -w 1", s))
		}
		return out
	}
	served := func(by string) {
		t.Helper()
		lab.Eventually(t, long, by+" serves", func() error {
			if got, err := f.client.Get("http://192.0.2.10/"); err != nil || got != by {
				return fmt.Errorf("%q, %v", got, err)
			}
			return nil
		})
	}
	table(t, f.lb, soon, rows(11, 12)...)
	lowest := emptiest(t, f.lb)

	f.web1.SetStatus(503)
	t.Logf("a failed server is out after %v", table(t, f.lb, soon, rows(12)...))
	served("real2")
	if s := d.now().Services[0]; s.Servers[0].Health != "down" || !strings.Contains(s.Servers[0].Reason, "503") || s.Servers[1].Health != "up" {
		t.Errorf("status: %+v", s)
	}
	mark := d.logged()
	f.web2.Stop()
	t.Logf("the last one failed: the sorry server is in after %v", table(t, f.lb, soon, rows(13)...))
	served("sorry")
	addBeforeRemove(t, d.Output()[mark:], "10.0.0.13", "10.0.0.12")
	if s := d.now().Services[0]; s.Quorum {
		t.Errorf("status: %+v", s)
	}

	mark = d.logged()
	f.web1.SetStatus(200)
	t.Logf("one is back: the sorry server is out after %v", table(t, f.lb, soon, rows(11)...))
	served("real1")
	addBeforeRemove(t, d.Output()[mark:], "10.0.0.11", "10.0.0.13")
	f.web2.Start()
	table(t, f.lb, soon, rows(11, 12)...)
	if k := lowest(); k < 1 {
		t.Error("there was a moment without a destination")
	}

	// A daemon that starts anew believes the kernel about who was down.
	f.web1.SetStatus(503)
	table(t, f.lb, soon, rows(12)...)
	d.stop()
	d.start()
	d.inForce()
	table(t, f.lb, soon, rows(12)...)
	for line := range strings.Lines(d.Output()) {
		if strings.Contains(line, "operation=\"+ destination") {
			t.Errorf("a dead server was tried again: %s", line)
		}
	}
	f.web1.SetStatus(200)
	table(t, f.lb, soon, rows(11, 12)...)
}

// addBeforeRemove demands the order of two operations in the log.
func addBeforeRemove(t *testing.T, log, added, removed string) {
	t.Helper()
	add, remove := -1, -1
	for i, line := range strings.Split(log, "\n") {
		if contains(line, []string{"+ destination", "-> " + added + ":"}) && add < 0 {
			add = i
		}
		if contains(line, []string{"- destination", "-> " + removed + ":"}) && remove < 0 {
			remove = i
		}
	}
	if add < 0 || remove < 0 || add > remove {
		t.Errorf("%s was not added before %s was removed:\n%s", added, removed, log)
	}
}

func TestTCPAndScriptChecks(t *testing.T) {
	f := newFarm(t)
	flag := filepath.Join(t.TempDir(), "healthy")
	replace(t, flag, "")
	text := `
virtual_server "mail" {
  address   = "192.0.2.10"
  ports     = [25]
  scheduler = "wrr"
  forward   = "nat"
  drain     = "2s"
  real_server "10.0.0.11:25" { weight = 5 }
  real_server "10.0.0.12:25" { weight = 0 }
  check "tcp" {` + quick + `
  }
}
virtual_server "files" {
  address   = "192.0.2.10"
  ports     = [80]
  scheduler = "rr"
  forward   = "nat"
  persistence { timeout = "300s" }
  real_server "10.0.0.11:80" {
    inhibit_on_failure = true
    check "script" {
      command = "/bin/cat ` + flag + `"` + quick + `
    }
  }
  real_server "10.0.0.12:80" {}
}
`
	d := run(t, f.lb, text)
	mail := []string{"-A -t 192.0.2.10:25 -s wrr", "-a -t 192.0.2.10:25 -r 10.0.0.12:25 -m -w 0"}
	mailUp := "-a -t 192.0.2.10:25 -r 10.0.0.11:25 -m -w 5"
	files := []string{"-A -t 192.0.2.10:80 -s rr -p 300", "-a -t 192.0.2.10:80 -r 10.0.0.12:80 -m -w 1"}
	filesUp, filesDown := "-a -t 192.0.2.10:80 -r 10.0.0.11:80 -m -w 1", "-a -t 192.0.2.10:80 -r 10.0.0.11:80 -m -w 0"
	table(t, f.lb, soon, join(mail, files, []string{mailUp, filesUp})...)

	f.mail1.Stop()
	t.Logf("tcp: out after %v", table(t, f.lb, soon, join(mail, files, []string{filesUp})...))
	if err := os.Remove(flag); err != nil {
		t.Fatal(err)
	}
	t.Logf("script: at weight 0 after %v", table(t, f.lb, soon, join(mail, files, []string{filesDown})...))
	f.mail1.Start()
	replace(t, flag, "")
	t.Logf("both back after %v", table(t, f.lb, soon, join(mail, files, []string{mailUp, filesUp})...))

	// Persistence: one client, one server.
	first, err := f.client.Get("http://192.0.2.10/")
	for range 5 {
		if who, err2 := f.client.Get("http://192.0.2.10/"); err != nil || err2 != nil || who != first {
			t.Errorf("served by %q, then by %q (%v, %v)", first, who, err, err2)
		}
	}

	// What leaves the configuration drains at weight 0.
	mark, start := d.logged(), time.Now()
	d.push(strings.Replace(text, `  real_server "10.0.0.11:25" { weight = 5 }`, "", 1))
	draining := "-a -t 192.0.2.10:25 -r 10.0.0.11:25 -m -w 0"
	table(t, f.lb, soon, join(mail, files, []string{draining, filesUp})...)
	if s := d.now(); !strings.Contains(fmt.Sprint(s.Services), "draining") {
		t.Errorf("status: %+v", s.Services)
	}
	table(t, f.lb, long, join(mail, files, []string{filesUp})...)
	if took := time.Since(start); took < 2*time.Second {
		t.Errorf("it drained for %v, not 2s", took)
	} else {
		t.Logf("drained and removed %v after the push", took.Round(time.Millisecond))
	}
	d.says(mark, "- destination", "10.0.0.11:25", "drained")
}
