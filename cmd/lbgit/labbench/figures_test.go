package labbench

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/ipvs"
	"github.com/lbgit/lbgit/runtime/lab"
)

func TestMain(m *testing.M) {
	if os.Getenv("LBGIT_BENCH") == "" {
		fmt.Println("SKIP: figures are measured by `make bench` (LBGIT_BENCH=1)")
		return
	}
	lab.Main(m)
}

const dests = 10

func services() int {
	if n, err := strconv.Atoi(os.Getenv("LBGIT_BENCH_SERVICES")); err == nil && n > 0 {
		return n
	}
	return 5000
}

// config writes the same table for both. All TCP checks go to one server in
// the node, which answers, and seldom, so that health does not disturb.
func config(n int, weight int) string {
	var b strings.Builder
	b.WriteString("global_defs {\n    router_id bench\n}\n\n")
	for i := range n {
		fmt.Fprintf(&b, "virtual_server %s 80 {\n    delay_loop 86400\n    lb_algo wrr\n    lb_kind NAT\n    protocol TCP\n\n", vip(i))
		for j := range dests {
			w := 1
			if i == n/2 && j == 3 {
				w = weight
			}
			fmt.Fprintf(&b, "    real_server 10.200.%d.%d 80 {\n        weight %d\n        TCP_CHECK {\n            connect_ip 127.0.0.1\n            connect_port 7777\n            connect_timeout 3\n        }\n    }\n", i%250, j+1, w)
		}
		b.WriteString("}\n\n")
	}
	return b.String()
}

func vip(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 100, byte(i >> 8), byte(i)}) }

// rows asks the kernel for one service, cheaply.
func rows(t testing.TB, table *ipvs.Table, i int) []state.Dest {
	got, err := table.ObserveServices(context.Background(), []state.ServiceKey{{Addr: vip(i), Port: 80, Protocol: 6}})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) == 0 {
		return nil
	}
	return got[0].Dests
}

// await polls every 2 ms: often enough for ratios, seldom enough not to
// matter on the lab's one processor.
func await(t testing.TB, what string, f func() bool) {
	t.Helper()
	end := time.Now().Add(3 * time.Minute)
	for !f() {
		if time.Now().After(end) {
			t.Fatalf("gave up waiting: %s", what)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

type figures struct {
	name          string
	start, reload time.Duration
	memory        int // kB, all processes
}

// measure runs one program in a node of its own.
func measure(t *testing.T, name string, start func(node *lab.Node, conf string) *lab.Proc, reload func(p *lab.Proc, conf string)) figures {
	n := services()
	node := lab.New(t).Node("n", "10.0.0.1/24")
	node.TCPServer("127.0.0.1:7777", "checked")
	conf := filepath.Join(t.TempDir(), "keepalived.conf")
	write(t, conf, config(n, 1))
	write(t, conf+".next", config(n, 7))
	table := open(t, node)
	f := figures{name: name}

	began := time.Now()
	p := start(node, conf)
	await(t, name+": the last row", func() bool { return len(rows(t, table, n-1)) == dests })
	f.start = time.Since(began)

	// Both have settled when nothing is running any more.
	settle(t, p.Pid())
	f.memory = memory(t, p.Pid())

	began = time.Now()
	if err := os.Rename(conf+".next", conf); err != nil {
		t.Fatal(err)
	}
	reload(p, conf)
	await(t, name+": the new weight", func() bool { return weight(rows(t, table, n/2)) == 7 })
	f.reload = time.Since(began)
	t.Logf("%-16s start %8v  reload %8v  memory %d kB", f.name, f.start.Round(time.Millisecond), f.reload.Round(time.Millisecond), f.memory)
	return f
}

func weight(d []state.Dest) int32 {
	if len(d) < 4 {
		return 0
	}
	return d[3].Weight
}

func open(t *testing.T, node *lab.Node) *ipvs.Table {
	var table *ipvs.Table
	node.Do(func() error {
		var err error
		table, err = ipvs.Open()
		return err
	})
	t.Cleanup(func() { table.Close() })
	return table
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// rounds is how often each program is measured, in turn; medians count.
const rounds = 3

func TestFigures(t *testing.T) {
	programs := []struct {
		name   string
		start  func(t *testing.T, node *lab.Node, conf string) *lab.Proc
		reload func(*lab.Proc, string)
	}{
		{"lbgit", func(t *testing.T, node *lab.Node, conf string) *lab.Proc {
			dir := t.TempDir()
			return node.Daemon(lab.Binary(t), "run", "--node", "bench", "--log-level", "warn", "--state-dir", dir, "--socket", filepath.Join(dir, "s"), conf)
		}, func(*lab.Proc, string) {}}, // it sees the change of the file by itself
		// keepalived 2.2.7 compares checkers list by list at a reload and takes
		// many minutes for a table of this size, so the newest is measured: as
		// it is usually run, with --log-detail, and with as few logs as it has.
		{"keepalived -D", keepalived("--log-detail"), hangup},
		{"keepalived", keepalived(), hangup},
	}
	median := make([]figures, len(programs))
	all := make([][]figures, len(programs))
	for round := range rounds {
		for i, p := range programs {
			// Each in a subtest, so that its namespace is gone before the next.
			t.Run(fmt.Sprintf("%d %s", round+1, p.name), func(t *testing.T) {
				all[i] = append(all[i], measure(t, p.name, func(n *lab.Node, conf string) *lab.Proc { return p.start(t, n, conf) }, p.reload))
			})
		}
	}
	for i := range programs {
		if len(all[i]) != rounds {
			t.Fatalf("%s was not measured %d times", programs[i].name, rounds)
		}
		median[i] = middle(all[i])
	}
	for _, m := range median[1:] {
		fmt.Printf("%d x %d, medians of %d, lbgit against %s: start %v / %v = %.1f times faster; one weight %v / %v = %.1f times sooner; memory %d / %d kB = %.2f times\n",
			services(), dests, rounds, m.name, median[0].start, m.start, ratio(m.start, median[0].start),
			median[0].reload, m.reload, ratio(m.reload, median[0].reload), median[0].memory, m.memory, float64(median[0].memory)/float64(m.memory))
	}
}

func keepalived(extra ...string) func(*testing.T, *lab.Node, string) *lab.Proc {
	return func(t *testing.T, node *lab.Node, conf string) *lab.Proc {
		dir := t.TempDir()
		args := append([]string{"--dont-fork", "--log-console", "--use-file", conf, "--pid", filepath.Join(dir, "pid"),
			"--vrrp_pid", filepath.Join(dir, "vrrp"), "--checkers_pid", filepath.Join(dir, "checkers")}, extra...)
		return node.Daemon(lab.KeepalivedNewest, args...)
	}
}

func hangup(p *lab.Proc, _ string) { p.Signal(syscall.SIGHUP) }

// middle is the median of each figure by itself.
func middle(f []figures) figures {
	m := f[0]
	m.start = by(f, func(x figures) time.Duration { return x.start })
	m.reload = by(f, func(x figures) time.Duration { return x.reload })
	m.memory = by(f, func(x figures) int { return x.memory })
	return m
}

func by[T cmp.Ordered](f []figures, of func(figures) T) T {
	var out []T
	for _, x := range f {
		out = append(out, of(x))
	}
	slices.Sort(out)
	return out[len(out)/2]
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }
