//go:build linux

package demo_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

const (
	vip     = "192.0.2.100" // where the client goes
	gateway = "10.0.0.1"    // where the web servers' answers go; it moves along
	long    = time.Minute   // a deadline costs nothing when all is well
)

// pair is the network of the demo: a client and two load balancers on the
// front wire, and three web servers behind them.
type pair struct {
	t      *testing.T
	client *lab.Node
	lb     [2]*balancer
	web    [3]*lab.Server
}

// balancer is one of the two machines, and the daemon on it.
type balancer struct {
	*lab.Node
	t    *testing.T
	dir  string // the daemon's state and socket
	proc *lab.Proc
}

func newPair(t *testing.T) *pair {
	net := lab.New(t)
	back := net.Segment("back")
	p := &pair{t: t, client: net.Node("client", "192.0.2.1/24")}
	for i := range p.lb {
		n := net.Node(fmt.Sprintf("lb%d", i+1), fmt.Sprintf("192.0.2.1%d/24", i+1))
		n.Attach(back, "eth1", fmt.Sprintf("10.0.0.%d/24", i+2))
		n.Forward()
		p.lb[i] = &balancer{Node: n, t: t}
	}
	for i := range p.web {
		n := net.Node(fmt.Sprintf("web%d", i+1))
		n.Attach(back, "eth1", fmt.Sprintf("10.0.0.1%d/24", i+1))
		n.DefaultRoute(gateway)
		p.web[i] = n.HTTPServer(":80", n.Name)
	}
	return p
}

// run starts a daemon with a state folder of its own.
func (b *balancer) run(source string) {
	b.t.Helper()
	b.dir = b.t.TempDir()
	b.start(source)
}

// start starts a daemon that finds what the one before left in its folder.
func (b *balancer) start(source string) {
	b.t.Helper()
	b.proc = b.Daemon(lab.Binary(b.t), "run", "--node", b.Name, "--state-dir", b.dir, "--socket", b.socket(), source)
}

func (b *balancer) socket() string { return filepath.Join(b.dir, "sock") }

// lbgit runs a command that talks to the daemon of this machine.
func (b *balancer) lbgit(verb string, args ...string) string {
	b.t.Helper()
	return b.Run(lab.Binary(b.t), append([]string{verb, "--socket", b.socket()}, args...)...)
}

// addresses lists what both interfaces have.
func (b *balancer) addresses() string {
	b.t.Helper()
	return fmt.Sprint("eth0 ", lab.Addresses(b.Node, "eth0"), ", eth1 ", lab.Addresses(b.Node, "eth1"))
}

// stop ends the daemon as an operator does.
func (b *balancer) stop() {
	b.t.Helper()
	b.proc.Signal(syscall.SIGTERM)
	if err := b.proc.Wait(); err != nil {
		b.t.Fatalf("%s: the daemon ended with %v", b.Name, err)
	}
}

// master waits until this machine alone holds the service's address, and the
// way back for the answers with it.
func (p *pair) master(want *balancer) {
	p.t.Helper()
	lab.Eventually(p.t, long, want.Name+" alone holds "+vip+" and "+gateway, func() error {
		front, back := p.holders("eth0", vip), p.holders("eth1", gateway)
		if only := []string{want.Name}; !slices.Equal(front, only) || !slices.Equal(back, only) {
			return fmt.Errorf("%s is on %v, %s on %v", vip, front, gateway, back)
		}
		return nil
	})
}

// holders names the machines that have an address.
func (p *pair) holders(dev, addr string) []string {
	p.t.Helper()
	var names []string
	for _, b := range p.lb {
		if lab.Holds(b.Node, dev, addr) {
			names = append(names, b.Name)
		}
	}
	return names
}

// tables waits until the kernels of both machines have a line that ipvsadm -Sn
// prints, or until they have it no more.
func (p *pair) tables(line string, want bool) {
	p.t.Helper()
	for _, b := range p.lb {
		lab.Eventually(p.t, long, fmt.Sprintf("%s has %q in its table: %v", b.Name, line, want), func() error {
			if table := lab.IPVS(b.Node); strings.Contains(table+"\n", line+"\n") != want {
				return fmt.Errorf("it has\n%s", table)
			}
			return nil
		})
	}
}

// roles counts the changes of role that the daemons have logged.
func (p *pair) roles() int {
	p.t.Helper()
	sum := 0
	for _, b := range p.lb {
		sum += strings.Count(b.proc.Output(), `msg="vrrp role"`)
	}
	return sum
}
