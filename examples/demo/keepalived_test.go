//go:build linux

package demo_test

import (
	"fmt"
	"path/filepath"
	"testing"

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

// One file leaves the same rows in the kernel whoever reads it.
func TestSameTableAsKeepalived(t *testing.T) {
	file := keepalivedConf(t)
	p := newPair(t)
	p.lb[0].run(file)
	p.master(p.lb[0])
	keepalivedTable(t, file, lab.IPVS(p.lb[0].Node))
}

// keepalivedTable runs a real keepalived in a network of its own until it is
// master and its table is the one that is wanted.
func keepalivedTable(t *testing.T, file, want string) string {
	t.Helper()
	p := newPair(t)
	lb1, dir := p.lb[0], t.TempDir()
	lb1.Daemon(lab.KeepalivedStable, "--dont-fork", "--log-console", "--config-id", lb1.Name, "--use-file", file,
		"--pid", filepath.Join(dir, "pid"), "--vrrp_pid", filepath.Join(dir, "vrrp"), "--checkers_pid", filepath.Join(dir, "checkers"))
	p.master(lb1)
	var got string
	lab.Eventually(t, long, "keepalived's table is the same as lbgit's", func() error {
		if got = lab.IPVS(lb1.Node); got != want {
			return fmt.Errorf("keepalived's is\n%s\nlbgit's is\n%s", got, want)
		}
		return nil
	})
	return got
}
