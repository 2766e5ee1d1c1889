package labtest

import (
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

// farm is a load balancer with two real servers behind it, and one to say sorry.
type farm struct {
	client, lb   *lab.Node
	web1, web2   *lab.Server
	mail1, mail2 *lab.Server
}

func newFarm(t *testing.T) *farm {
	net := lab.New(t)
	back := net.Segment("back")
	f := &farm{client: net.Node("client", "192.0.2.1/24"), lb: net.Node("lb1", "192.0.2.10/24")}
	f.lb.Attach(back, "eth1", "10.0.0.1/24")
	f.lb.Forward()
	real := func(name, addr string) *lab.Node {
		n := net.Node(name)
		n.Attach(back, "eth1", addr)
		n.DefaultRoute("10.0.0.1")
		return n
	}
	real1, real2 := real("real1", "10.0.0.11/24"), real("real2", "10.0.0.12/24")
	f.web1, f.web2 = real1.HTTPServer(":80", "real1"), real2.HTTPServer(":80", "real2")
	f.mail1, f.mail2 = real1.TCPServer(":25", "real1"), real2.TCPServer(":25", "real2")
	real("sorry", "10.0.0.13/24").HTTPServer(":80", "sorry")
	return f
}

const quick = `
    interval = "100ms"
    timeout  = "2s"
    retry    = 0
    jitter   = 0
`

// emptiest watches a service's destinations and keeps the smallest number seen.
func emptiest(t *testing.T, n *lab.Node) (lowest func() int64) {
	var least, looks atomic.Int64
	least.Store(1 << 30)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		_ = n.Inside(func() error {
			for {
				select {
				case <-stop:
					return nil
				default:
				}
				// The process's own /proc/net is another namespace's.
				text, err := os.ReadFile("/proc/thread-self/net/ip_vs")
				if err != nil {
					return err
				}
				if k := int64(strings.Count(string(text), "\n  -> 0A")); k < least.Load() {
					least.Store(k)
				}
				looks.Add(1)
				<-time.After(time.Millisecond)
			}
		})
	}()
	return func() int64 {
		close(stop)
		<-done
		t.Logf("looked %d times: never less than %d destinations", looks.Load(), least.Load())
		return least.Load()
	}
}
