package labtest

import (
	"fmt"
	"testing"

	"github.com/lbgit/lbgit/runtime/lab"
)

// TestTwoHoldersAreNoticed: another host announces an address of the master. It
// is counted once, and the master says once more where the address is.
func TestTwoHoldersAreNoticed(t *testing.T) {
	net := lab.New(t)
	n, other := net.Node("lb1", "192.0.2.1/24"), net.Node("other", "192.0.2.3/24")
	d := run(t, n, front(150))
	address(t, n, vip, true)
	other.Run("ip", "addr", "add", vip+"/32", "dev", "eth0")
	lab.Eventually(t, long, "the other one is noticed", func() error {
		other.Run("arping", "-c", "1", "-U", "-I", "eth0", vip) // gratuitous; a young master does not count
		if c := d.now().Instances[0].Counters; c["addresses_claimed"] != 1 {
			return fmt.Errorf("%v", c)
		}
		return nil
	})
	d.says(0, "two hosts hold an address", "instance=front", "address="+vip)
	for range 3 {
		other.Run("arping", "-c", "1", "-U", "-I", "eth0", vip)
	}
	if c := d.now().Instances[0].Counters["addresses_claimed"]; c != 1 {
		t.Errorf("counted %d times", c)
	}
	if i := d.now().Instances[0]; i.State != "MASTER" {
		t.Errorf("%+v", i)
	}
}
