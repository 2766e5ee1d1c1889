package labtest

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

const killServices, killServers = 100, 10

// manyServices is a configuration in which a change of weight changes every
// destination.
func manyServices(weight int) string {
	var b strings.Builder
	for i := range killServices {
		fmt.Fprintf(&b, "virtual_server \"s%d\" {\n  address   = \"192.0.2.10\"\n  ports     = [%d]\n  scheduler = \"wrr\"\n  forward   = \"nat\"\n", i, 8000+i)
		for j := range killServers {
			fmt.Fprintf(&b, "  real_server \"10.0.0.%d:8080\" { weight = %d }\n", 11+j, weight)
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// weights counts the destinations of the table by weight.
func weights(n *lab.Node) map[string]int {
	out := map[string]int{}
	for line := range strings.Lines(lab.IPVS(n)) {
		if f := strings.Fields(line); len(f) > 3 && f[0] == "-a" && strings.HasPrefix(f[2], "192.0.2.10:") {
			out[f[len(f)-1]]++
		}
	}
	return out
}

func allAt(t *testing.T, n *lab.Node, weight int) time.Duration {
	t.Helper()
	start := time.Now()
	lab.Eventually(t, long, fmt.Sprintf("every destination has weight %d", weight), func() error {
		if w := weights(n); w[strconv.Itoa(weight)] != killServices*killServers || len(w) > 1 {
			return fmt.Errorf("destinations by weight: %v", w)
		}
		return nil
	})
	return time.Since(start)
}

// echo answers every line of every connection.
func echo(t *testing.T, n *lab.Node, addr string) {
	l, err := n.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
}

// alive says a word over an open connection and hears it back.
func alive(t *testing.T, c net.Conn, word string) {
	t.Helper()
	_ = c.SetDeadline(time.Now().Add(long))
	if _, err := io.WriteString(c, word+"\n"); err != nil {
		t.Fatalf("the connection through the load balancer is gone: %v", err)
	}
	if got, err := bufio.NewReader(c).ReadString('\n'); err != nil || got != word+"\n" {
		t.Fatalf("the connection through the load balancer answers %q, %v", got, err)
	}
}

// TestKill9DuringApply kills the daemon at random moments while it changes
// 1,000 destinations.
func TestKill9DuringApply(t *testing.T) {
	kills := 6
	if v, err := strconv.Atoi(os.Getenv("LBGIT_KILLS")); err == nil && v > 0 {
		kills = v
	}
	wire := lab.New(t)
	back := wire.Segment("back")
	client := wire.Node("client", "192.0.2.1/24")
	n := wire.Node("lb1", "192.0.2.10/24")
	n.Attach(back, "eth1", "10.0.0.1/24")
	n.Forward()
	real := wire.Node("real")
	var addrs []string
	for j := range killServers {
		addrs = append(addrs, fmt.Sprintf("10.0.0.%d/24", 11+j))
	}
	real.Attach(back, "eth1", addrs...)
	real.DefaultRoute("10.0.0.1")
	echo(t, real, ":8080")
	ipvsadm(n, foreign...)

	weight := 1
	d := place(t, n, filepath.Join(t.TempDir(), "lb.hcl"))
	d.under = []string{"nice", "-n", "19"} // it gives way to the test
	d.push(manyServices(weight))
	d.start()
	d.inForce()
	allAt(t, n, weight)
	conn, err := client.Dial("tcp", "192.0.2.10:8042")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	alive(t, conn, "hello")

	// An undisturbed push says how long an apply takes.
	mark := d.logged()
	weight++
	d.push(manyServices(weight))
	length := logged(t, d.says(mark, "revision in force"), "apply")
	t.Logf("undisturbed, the apply takes %v", length)

	hits := 0
	for i := range kills {
		weight++
		mark := d.logged()
		d.push(manyServices(weight))
		begun := time.NewTicker(500 * time.Microsecond)
		for !strings.Contains(d.Output()[mark:], "msg=apply") {
			<-begun.C
		}
		begun.Stop()
		// While this turns, the daemon, which is nice, gets a small share of the
		// processor: an apply of milliseconds takes many times as long.
		moment := rand.N(12 * length)
		for begin := time.Now(); time.Since(begin) < moment; {
		}
		d.Kill9()
		w := weights(n)
		if len(w) > 1 {
			hits++
		}
		start := time.Now()
		d.start()
		d.inForce()
		allAt(t, n, weight)
		took := time.Since(start).Round(time.Millisecond)
		d.expect(0, "plan", "--detailed-exitcode", d.source)
		alive(t, conn, fmt.Sprint("after kill ", i))
		t.Logf("killed %v into the apply with %v destinations by weight; right %v after the start", moment.Round(time.Microsecond), w, took)
	}
	t.Logf("%d of %d kills hit the apply in the middle", hits, kills)
	if table := "\n" + lab.IPVS(n) + "\n"; !strings.Contains(table, "\n"+foreign[0]+"\n") || !strings.Contains(table, "\n"+foreign[1]+"\n") {
		t.Errorf("foreign rows are gone:\n%s", table)
	}
	if out := n.Run("ipvsadm", "-ln", "--stats", "-t", "192.0.2.10:8042"); strings.Fields(out[strings.Index(out, "192.0.2.10:8042"):])[1] != "1" {
		t.Errorf("the row lost its counters:\n%s", out)
	}
	// Without a daemon the plan is empty, too.
	d.stop()
	d.expect(0, "plan", "--detailed-exitcode", d.source)
}

// logged reads a duration from a line of the log.
func logged(t *testing.T, line, name string) time.Duration {
	t.Helper()
	_, rest, _ := strings.Cut(line, " "+name+"=")
	d, err := time.ParseDuration(strings.Fields(rest + " ?")[0])
	if err != nil {
		t.Fatalf("no %s in %q", name, line)
	}
	return d
}
