//go:build linux

package demo_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbgit/lbgit/runtime/lab"
)

// keepalivedConf is the example, by its full name.
func keepalivedConf(t *testing.T) string {
	t.Helper()
	file, err := filepath.Abs(filepath.Join(examples, "keepalived", "keepalived.conf"))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// One file leaves the same rows in the kernel whoever reads it, whatever
// becomes of the servers.
func TestSameTableAsKeepalived(t *testing.T) {
	file := keepalivedConf(t)
	ours, theirs := newPair(t), newPair(t)
	ours.lb[0].run(file)
	theirs.lb[0].keepalived(file)
	for _, c := range []struct {
		name string
		dies int // this server, -1 for none
		want string
	}{
		{"all servers", -1, `
-A -t 192.0.2.100:80 -s wrr -p 50
-a -t 192.0.2.100:80 -r 10.0.0.11:80 -m -w 3
-a -t 192.0.2.100:80 -r 10.0.0.12:80 -m -w 2
-a -t 192.0.2.100:80 -r 10.0.0.13:80 -m -w 1`},
		{"without web1", 0, `
-A -t 192.0.2.100:80 -s wrr -p 50
-a -t 192.0.2.100:80 -r 10.0.0.12:80 -m -w 2
-a -t 192.0.2.100:80 -r 10.0.0.13:80 -m -w 1`},
		{"without web3, which is kept at weight 0", 2, `
-A -t 192.0.2.100:80 -s wrr -p 50
-a -t 192.0.2.100:80 -r 10.0.0.12:80 -m -w 2
-a -t 192.0.2.100:80 -r 10.0.0.13:80 -m -w 0`},
		{"with the sorry server alone", 1, `
-A -t 192.0.2.100:80 -s wrr -p 50
-a -t 192.0.2.100:80 -r 10.0.0.13:80 -m -w 0
-a -t 192.0.2.100:80 -r 10.0.0.20:80 -m -w 1`},
	} {
		if c.dies >= 0 {
			ours.web[c.dies].Stop()
			theirs.web[c.dies].Stop()
		}
		want := strings.TrimSpace(c.want)
		shows(t, c.name+": lbgit", ours.lb[0].Node, want)
		shows(t, c.name+": keepalived", theirs.lb[0].Node, want)
	}
}

// keepalived runs the real one, in the foreground and with files of its own.
func (b *balancer) keepalived(file string) {
	b.t.Helper()
	dir := b.t.TempDir()
	b.Daemon(lab.KeepalivedStable, "--dont-fork", "--log-console", "--config-id", b.Name, "--use-file", file,
		"--pid", filepath.Join(dir, "pid"), "--vrrp_pid", filepath.Join(dir, "vrrp"), "--checkers_pid", filepath.Join(dir, "checkers"))
}

// shows waits until ipvsadm -Sn prints a table.
func shows(t *testing.T, what string, n *lab.Node, want string) {
	t.Helper()
	lab.Eventually(t, long, what, func() error {
		if diff := cmp.Diff(want, lab.IPVS(n)); diff != "" {
			return fmt.Errorf("ipvsadm -Sn (-want +got):\n%s", diff)
		}
		return nil
	})
}
