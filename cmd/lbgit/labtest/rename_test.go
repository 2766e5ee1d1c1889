package labtest

import (
	"fmt"
	"testing"

	"github.com/lbgit/lbgit/runtime/lab"
)

// TestLinkRenamed: a link that has another name now is another link. Nothing of
// VRRP stays on it, and it is taken up again under its own name.
func TestLinkRenamed(t *testing.T) {
	n := lab.New(t).Node("lb1", "192.0.2.1/24")
	d := run(t, n, orderedConf(100))
	address(t, n, ordered, true)
	n.Run("ip", "link", "set", "eth0", "name", "lan0")
	lab.Eventually(t, long, "the address is gone from lan0", func() error {
		if s := d.now().Instances[0].State; s != "FAULT" || lab.Holds(n, "lan0", ordered) {
			return fmt.Errorf("%s: %v", s, lab.Addresses(n, "lan0"))
		}
		return nil
	})
	n.Run("ip", "link", "set", "lan0", "name", "eth0")
	address(t, n, ordered, true)
}
