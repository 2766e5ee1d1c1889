package labtest

import (
	"strings"
	"syscall"
	"testing"

	"github.com/lbgit/lbgit/runtime/lab"
)

// TestRename: an instance that gets another name is the same virtual router:
// its master keeps the address, repairs it, and its guard knows it.
func TestRename(t *testing.T) {
	n := lab.New(t).Node("lb1", "10.0.0.1/24")
	d := run(t, n, front(150))
	address(t, n, vip, true)
	before := d.now().Instances[0]
	d.push(strings.ReplaceAll(front(150), `"front"`, `"renamed"`))
	lab.Eventually(t, long, "the new name is in force", func() error {
		if i := d.now().Instances; len(i) != 1 || i[0].Name != "renamed" {
			return errNot
		}
		return nil
	})
	n.DelAddress("eth0", vip+"/24")
	address(t, n, vip, true)
	if i := d.now().Instances[0]; i.State != "MASTER" || !i.Since.Equal(before.Since) {
		t.Errorf("there was an election: %+v", i)
	}
	d.Kill9()
	address(t, n, vip, false)
}

// TestForeignNeighbor: an address that somebody put into the subnet of a
// virtual address stays when that one goes, in order and by the guard.
func TestForeignNeighbor(t *testing.T) {
	const foreign = "192.0.2.99"
	n := lab.New(t).Node("lb1", "10.0.0.1/24")
	d := run(t, n, front(150))
	for _, end := range []struct {
		what string
		f    func()
	}{{"SIGTERM", func() { d.Signal(syscall.SIGTERM) }}, {"kill -9", func() { d.Kill9() }}} {
		address(t, n, vip, true)
		n.AddAddress("eth0", foreign+"/24")
		n.Sysctl("net.ipv4.conf.eth0.promote_secondaries", "0")
		end.f()
		address(t, n, vip, false)
		if !lab.Holds(n, "eth0", foreign) {
			t.Fatalf("%s took the foreign address along", end.what)
		}
		n.DelAddress("eth0", foreign+"/24")
		_ = d.Wait()
		d.start()
		d.inForce()
	}
}
