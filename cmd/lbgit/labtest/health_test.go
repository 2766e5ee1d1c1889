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
