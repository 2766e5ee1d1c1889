package labbench

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/lab"
)

// TestScale prints what many masters cost, lbgit and keepalived with the same file in one run: processor time and memory of
// all their processes over LBGIT_BENCH_SECONDS (60), and the longest pause between two adverts of any instance.
func TestScale(t *testing.T) {
	type load struct{ instances, links int }
	measured := map[load]map[string]burden{}
	sizes := []load{{250, 1}, {1000, 4}, {4000, 16}}
	for _, size := range sizes {
		measured[size] = map[string]burden{}
		for _, p := range programs {
			t.Run(fmt.Sprintf("%d %s", size.instances, p.name), func(t *testing.T) {
				measured[size][p.name] = bear(t, p, size.instances, size.links)
			})
		}
	}
	fmt.Printf("\n| masters, 1 s adverts | interfaces | lbgit CPU | keepalived CPU | ratio | lbgit memory | keepalived memory | ratio | longest pause: lbgit | keepalived |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for _, size := range sizes {
		us, them := measured[size][programs[0].name], measured[size][programs[1].name]
		if us.memory == 0 || them.memory == 0 {
			continue
		}
		fmt.Printf("| %d | %d | %.1f %% | %.1f %% | %.2f | %d kB | %d kB | %.2f | %s | %s |\n", size.instances, size.links, us.cpu, them.cpu, us.cpu/them.cpu,
			us.memory, them.memory, float64(us.memory)/float64(them.memory), ms(us.pause), ms(them.pause))
	}
}

// burden is what running so many instances costs.
type burden struct {
	cpu    float64 // percent of a processor
	memory int     // kB
	pause  time.Duration
}

func seconds() time.Duration {
	if n, err := strconv.Atoi(os.Getenv("LBGIT_BENCH_SECONDS")); err == nil && n > 0 {
		return time.Duration(n) * time.Second
	}
	return time.Minute
}

func bear(t *testing.T, p program, instances, links int) burden {
	net := lab.New(t)
	node, watcher := net.Node("n", "10.0.0.1/24"), net.Node("watcher")
	for l := 1; l < links; l++ {
		s := net.Segment(fmt.Sprint("s", l))
		node.Attach(s, fmt.Sprint("eth", l), fmt.Sprintf("10.0.%d.1/24", l))
		watcher.Attach(s, fmt.Sprint("eth", l))
	}
	dir := t.TempDir()
	conf := filepath.Join(dir, "keepalived.conf")
	write(t, conf, mastersConf(instances, links))
	pauses := watch(t, watcher)
	proc := p.start(t, node, dir, conf)
	await(t, "every instance speaks", func() bool { return pauses.speaking() == instances })
	settleFor := 3 * time.Second // the second round of gratuitous ARP is part of the start
	time.Sleep(5*time.Second + settleFor)
	pauses.reset()
	before, start := ticks(proc.Pid()), time.Now()
	time.Sleep(seconds())
	spent, over := ticks(proc.Pid())-before, time.Since(start)
	b := burden{cpu: float64(spent) / 100 / over.Seconds() * 100, memory: memory(t, proc.Pid()), pause: pauses.longest()}
	if n := pauses.speaking(); n != instances {
		t.Errorf("%d of %d instances speak", n, instances)
	}
	t.Logf("%-10s %d instances: %.1f %% of a processor, %d kB, longest pause %s", p.name, instances, b.cpu, b.memory, ms(b.pause))
	return b
}

func mastersConf(instances, links int) string {
	var b strings.Builder
	b.WriteString("global_defs {\n    router_id scale\n}\n")
	for i := range instances {
		l, n := i%links, i/links
		fmt.Fprintf(&b, "\nvrrp_instance i%d {\n    interface eth%d\n    state BACKUP\n    virtual_router_id %d\n    priority 200\n    advert_int 1\n    virtual_ipaddress {\n        10.%d.0.%d/32\n    }\n}\n",
			i, l, n+1, 100+l, n+1)
	}
	return b.String()
}

// watched notes, for every instance of every link, when it spoke last and the longest pause.
type watched struct {
	mu     sync.Mutex
	last   map[[2]int]time.Time
	pauses map[[2]int]time.Duration
}

// watch listens on all links of a machine.
func watch(t *testing.T, n *lab.Node) *watched {
	w := &watched{last: map[[2]int]time.Time{}, pauses: map[[2]int]time.Duration{}}
	fd := -1
	n.Do(func() (err error) {
		fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, int(binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, unix.ETH_P_IP))))
		if err == nil {
			err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 8<<20)
		}
		if err == nil {
			err = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 200_000})
		}
		return err
	})
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		buf := make([]byte, 2048)
		for {
			select {
			case <-stop:
				return
			default:
			}
			k, from, err := unix.Recvfrom(fd, buf, 0)
			if ll, ok := from.(*unix.SockaddrLinklayer); ok && err == nil && k > 22 && buf[9] == 112 {
				w.note([2]int{ll.Ifindex, int(buf[21])}, time.Now())
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-stopped; unix.Close(fd) })
	return w
}

func (w *watched) note(k [2]int, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if at, ok := w.last[k]; ok {
		w.pauses[k] = max(w.pauses[k], now.Sub(at))
	}
	w.last[k] = now
}

func (w *watched) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.last)
	clear(w.pauses)
}

// latest is when any instance spoke last.
func (w *watched) latest() (at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.last {
		if t.After(at) {
			at = t
		}
	}
	return at
}

func (w *watched) speaking() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.last)
}

func (w *watched) longest() (d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for k, p := range w.pauses {
		d = max(d, p, time.Since(w.last[k])) // one that fell silent counts, too
	}
	return d
}
