package labtest

import (
	"fmt"
	"testing"

	"github.com/lbgit/lbgit/runtime/lab"
)

// TestStaticSource: adverts may come from an address that the daemon sets itself,
// also if the instance was there first.
func TestStaticSource(t *testing.T) {
	const front = `
vrrp_instance "front" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  priority          = 100
  advert_interval   = "200ms"
  addresses         = ["192.0.2.100/24"]
}
`
	n := lab.New(t).Node("lb1", "192.0.2.1/24")
	n.Run("ip", "address", "flush", "dev", "eth0")
	d := run(t, n, front)
	lab.Eventually(t, long, "there is nothing to send from", func() error {
		if s := d.now().Instances[0].State; s != "FAULT" {
			return fmt.Errorf("it is %s", s)
		}
		return nil
	})
	d.push(front + `static_address "192.0.2.1/24" { dev = "eth0" }`)
	address(t, n, "192.0.2.100", true)
}
