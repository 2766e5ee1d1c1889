package labtest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

const ordered = "192.0.2.100"

func orderedConf(priority int) string {
	return fmt.Sprintf(`
vrrp_instance "front" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  priority          = %d
  advert_interval   = "200ms"
  addresses         = ["%s/24"]
}
`, priority, ordered)
}

// TestOrders: failover, demote and promote move the address, survive a restart and end as they should.
func TestOrders(t *testing.T) {
	net := lab.New(t)
	lb1, lb2 := net.Node("lb1", "192.0.2.1/24"), net.Node("lb2", "192.0.2.2/24")
	for _, n := range []*lab.Node{lb1, lb2} {
		n.UDPServer(":7777", n.Name)
	}
	one, two := run(t, lb1, orderedConf(150)), run(t, lb2, orderedConf(100))
	client := net.Node("client", "192.0.2.9/24").Stream(ordered+":7777", 2*time.Millisecond)
	client.AnsweredBy(long, "lb1", 20)

	client.Reset()
	if out := one.expect(0, "failover", "front"); !strings.Contains(out, "handed over to 192.0.2.2 (priority 100)") {
		t.Errorf("it says %q", out)
	}
	client.AnsweredBy(long, "lb2", 200)
	if gap := client.Gap(); gap > 300*time.Millisecond { // an unplanned one takes 700 ms and more
		t.Errorf("the client was without an answer for %v", gap)
	} else {
		t.Logf("longest silence %v", gap)
	}
	address(t, lb1, ordered, false)
	if s := one.now().Instances[0]; !s.StandsBack || s.Priority != 150 || len(s.Orders) != 1 || s.Orders[0] != "failover" {
		t.Errorf("%+v", s)
	}
	// A second one has nothing to hand over, and says who has it.
	if out := one.expect(1, "failover", "front"); !strings.Contains(out, "the master is 192.0.2.2") {
		t.Errorf("it says %q", out)
	}

	// The order outlives the daemon.
	one.stop()
	one.start()
	one.inForce()
	lab.Eventually(t, long, "lb1 hears lb2 again", func() error {
		if s := one.now().Instances[0]; s.State != "BACKUP" || s.Master != "192.0.2.2" || !s.StandsBack {
			return fmt.Errorf("%+v", s)
		}
		return nil
	})
	client.Reset()
	client.AnsweredBy(long, "lb2", 500)

	// Promoted, it takes over; its peer is not asked.
	one.expect(0, "promote", "front")
	client.AnsweredBy(long, "lb1", 1)
	one.expect(0, "demote", "--by", "100", "--for", "3s", "front")
	client.AnsweredBy(long, "lb2", 1)
	if s := one.now().Instances[0]; s.Priority == 50 && !strings.Contains(s.Why, "by hand: demote by 100 until ") {
		t.Errorf("%q", s.Why)
	}
	client.AnsweredBy(long, "lb1", 1) // it has ended by itself
	two.expect(0, "promote", "front", "--for", "10m")
	client.AnsweredBy(long, "lb2", 1)
	if out := two.expect(0, "status"); !strings.Contains(out, "254: promoted by hand") {
		t.Errorf("status says\n%s", out)
	}
	// An order without a time ends it.
	two.expect(0, "promote", "front")
	client.AnsweredBy(long, "lb1", 1)
	two.expect(0, "promote", "front", "--for", "10m")
	client.AnsweredBy(long, "lb2", 1)

	// A lost peer ends a failover.
	two.expect(0, "failover", "front")
	client.AnsweredBy(long, "lb1", 1)
	lb1.Isolate("eth0")
	lb1.Crash()
	client.AnsweredBy(long, "lb2", 1)
	if s := two.now().Instances[0]; s.StandsBack || len(s.Orders) > 0 {
		t.Errorf("%+v", s)
	}
	if out := two.expect(1, "failover", "front"); !strings.Contains(out, "nobody took over; this node stays master") {
		t.Errorf("it says %q", out)
	}
	if out := two.expect(1, "failover", "back"); !strings.Contains(out, "; there is front") {
		t.Errorf("it says %q", out)
	}
}
