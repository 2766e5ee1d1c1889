package labtest

import (
	"testing"

	"github.com/lbgit/lbgit/runtime/lab"
)

// TestStaticSource: adverts may come from an address that the daemon sets itself.
func TestStaticSource(t *testing.T) {
	n := lab.New(t).Node("lb1", "192.0.2.1/24")
	n.Run("ip", "address", "flush", "dev", "eth0")
	run(t, n, `
static_address "192.0.2.1/24" {
  dev = "eth0"
}
vrrp_instance "front" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  priority          = 100
  advert_interval   = "200ms"
  addresses         = ["192.0.2.100/24"]
}
`)
	address(t, n, "192.0.2.100", true)
}
