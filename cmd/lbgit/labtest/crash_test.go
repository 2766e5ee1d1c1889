package labtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

const vip = "192.0.2.100"

func front(priority int) string {
	return fmt.Sprintf(`
vrrp_instance "front" {
  interface         = "eth0"
  virtual_router_id = 51
  priority          = %d
  addresses         = ["192.0.2.100/24"]
}
`, priority)
}

// two are a master and its backup, with a client that looks at them.
type two struct {
	t            *testing.T
	n1, n2       *lab.Node
	client       *lab.Node
	lb1, lb2     *daemon
	vrrp, arp    *lab.Recording
	mac1, mac2   string
	lost, served atomic.Int64
}

func newTwo(t *testing.T) *two {
	net := lab.New(t)
	p := &two{t: t, n1: net.Node("lb1", "192.0.2.1/24"), n2: net.Node("lb2", "192.0.2.2/24"), client: net.Node("client", "192.0.2.3/24")}
	for _, n := range []*lab.Node{p.n1, p.n2} {
		n.HTTPServer(":80", n.Name)
	}
	p.mac1, p.mac2 = mac(p.n1), mac(p.n2)
	p.vrrp, p.arp = lab.Capture(p.client, "eth0", "ip proto 112"), lab.Capture(p.client, "eth0", "arp")
	p.lb1 = run(t, p.n1, front(150))
	p.answers("lb1")
	p.lb2 = run(t, p.n2, front(100))
	onlyFrom(t, p.vrrp, "192.0.2.1", 51)
	return p
}

func mac(n *lab.Node) string {
	return strings.ReplaceAll(strings.TrimSpace(n.Run("cat", "/sys/class/net/eth0/address")), ":", "")
}

// answers waits until the client is served by a machine.
func (p *two) answers(name string) {
	p.t.Helper()
	lab.Eventually(p.t, long, name+" serves the client", func() error {
		got, err := p.client.Get("http://" + vip + "/")
		if err == nil && got != name {
			err = errors.New("served by " + got)
		}
		return err
	})
}

// master waits until one machine has the address and the other has not, and
// only the one speaks.
func (p *two) master(is *lab.Node) {
	p.t.Helper()
	other, source := p.n2, "192.0.2.1"
	if is == p.n2 {
		other, source = p.n1, "192.0.2.2"
	}
	address(p.t, is, vip, true)
	address(p.t, other, vip, false)
	onlyFrom(p.t, p.vrrp, source, 51)
	p.answers(is.Name)
}

// announced waits for a gratuitous ARP of the address.
func (p *two) announced(mac string, after time.Time) {
	p.t.Helper()
	lab.Eventually(p.t, long, "a gratuitous ARP from "+mac, func() error {
		if macs := garp(p.arp, vip, after); !slices.Contains(macs, mac) {
			return fmt.Errorf("seen from %q", macs)
		}
		return nil
	})
}

func TestCrashLeavesNoTwoMasters(t *testing.T) {
	p := newTwo(t)

	start := time.Now()
	p.lb1.Kill9() // its guard lives on
	gone := address(t, p.n1, vip, false)
	address(t, p.n2, vip, true)
	took := time.Since(start).Round(time.Millisecond)
	p.announced(p.mac2, start)
	p.master(p.n2)
	t.Logf("kill -9 of the master: its guard removed the address after %v, the peer had it after %v", gone, took)
	if n := farewells(since(adverts(p.vrrp), start)); n > 0 {
		t.Errorf("%d farewells after a crash", n)
	}

	start = time.Now()
	p.lb1.start()
	p.master(p.n1)
	p.announced(p.mac1, start)
	t.Logf("it came back and preempted after %v", time.Since(start).Round(time.Millisecond))
}

// TestRestartBeforeTheGuard: a daemon that comes back before its peer has
// noticed goes on as if nothing had been.
func TestRestartBeforeTheGuard(t *testing.T) {
	p := newTwo(t)
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if who, err := p.client.Get("http://" + vip + "/"); err != nil || who != "lb1" {
				p.lost.Add(1)
			} else {
				p.served.Add(1)
			}
		}
	}()
	start := time.Now()
	p.lb1.Kill9()
	p.lb1.start()
	p.lb1.inForce()
	p.lb1.says(0, "held until the election")
	p.lb1.says(0, "role=MASTER")
	took := time.Since(start).Round(time.Millisecond)
	// The guard of the daemon that died finds its successor, and does nothing.
	p.master(p.n1)
	close(stop)
	<-done
	if all := since(adverts(p.vrrp), start); farewells(all) > 0 {
		t.Error("there was a farewell")
	} else if a, ok := firstFrom(all, "192.0.2.2"); ok {
		t.Errorf("the peer took over %v after the crash", a.at.Sub(start))
	}
	if p.lost.Load() > 0 {
		t.Errorf("the client lost %d of %d requests", p.lost.Load(), p.lost.Load()+p.served.Load())
	}
	t.Logf("master again %v after kill -9; the client was served %d times meanwhile", took, p.served.Load())
}

// TestStoppedDaemonStepsDown: a daemon that was asleep for longer than a
// master-down time must not speak before it has listened.
func TestStoppedDaemonStepsDown(t *testing.T) {
	p := newTwo(t)
	p.lb1.Signal(syscall.SIGSTOP)
	address(t, p.n2, vip, true)
	onlyFrom(t, p.vrrp, "192.0.2.2", 51)
	mark, start := p.lb1.logged(), time.Now()
	p.lb1.Signal(syscall.SIGCONT)
	p.lb1.says(mark, "role=BACKUP", "stalled")
	t.Logf("the address was gone %v after SIGCONT", address(t, p.n1, vip, false)+time.Since(start).Round(time.Millisecond))
	if a, ok := firstFrom(since(adverts(p.vrrp), start), "192.0.2.1"); ok {
		t.Errorf("it spoke %v after SIGCONT, before it listened", a.at.Sub(start))
	}
	p.master(p.n1)
}
