package labbench

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

// TestFailover prints how long a client that asks every millisecond is without an answer when a master goes, for a pair of
// lbgits and a pair of keepalivedes with the same file, one after the other in one run. LBGIT_BENCH_REPEAT is how often (10).
func TestFailover(t *testing.T) {
	type cell struct{ advert, event, program string }
	gaps, lost := map[cell][]time.Duration{}, map[cell][]int{}
	for _, adv := range advertIntervals {
		for _, p := range programs {
			t.Run(adv.name+" "+p.name, func(t *testing.T) {
				c := newContest(t, p, adv)
				for _, ev := range departures {
					for k := range repeats() {
						at := cell{adv.name, ev.name, p.name}
						gap, n := c.measure(ev, k)
						gaps[at], lost[at] = append(gaps[at], gap), append(lost[at], n)
					}
					t.Logf("%s: %v, lost %v", ev.name, gaps[cell{adv.name, ev.name, p.name}], lost[cell{adv.name, ev.name, p.name}])
				}
			})
		}
	}
	fmt.Printf("\n| adverts | what happens to the master | lbgit median | worst | datagrams lost | keepalived median | worst | datagrams lost | ratio of medians |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, adv := range advertIntervals {
		for _, ev := range departures {
			us, them := gaps[cell{adv.name, ev.name, programs[0].name}], gaps[cell{adv.name, ev.name, programs[1].name}]
			if len(us) == 0 || len(them) == 0 {
				continue
			}
			verdict := ""
			if m := median(us); m > median(them)*105/100+2*time.Millisecond {
				verdict = " (missed)"
			}
			fmt.Printf("| %s | %s | %s | %s | %d | %s | %s | %d | %.2f%s |\n", adv.name, ev.name,
				ms(median(us)), ms(slices.Max(us)), median(lost[cell{adv.name, ev.name, programs[0].name}]),
				ms(median(them)), ms(slices.Max(them)), median(lost[cell{adv.name, ev.name, programs[1].name}]),
				float64(median(us))/float64(median(them)), verdict)
		}
	}
}

func repeats() int {
	if n, err := strconv.Atoi(os.Getenv("LBGIT_BENCH_REPEAT")); err == nil && n > 0 {
		return n
	}
	return 10
}

func median[T cmp.Ordered](d []T) T { return slices.Sorted(slices.Values(d))[len(d)/2] }

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }

type advertInterval struct {
	name     string
	interval time.Duration
	conf     string
}

var advertIntervals = []advertInterval{
	{"1 s", time.Second, "advert_int 1"},
	{"100 ms", 100 * time.Millisecond, "version 3\n    advert_int 0.1"},
	{"10 ms", 10 * time.Millisecond, "version 3\n    advert_int 0.01"},
}

// program is a way to run the same keepalived.conf.
type program struct {
	name string
	// start runs it on a machine, with files of its own in dir.
	start func(t *testing.T, n *lab.Node, dir, conf string) *lab.Proc
	// die ends it without a word on a machine that lives on. What lbgit left to watch over it, its guard, is not the daemon.
	die func(n *lab.Node, p *lab.Proc)
}

var programs = []program{
	{"lbgit", func(t *testing.T, n *lab.Node, dir, conf string) *lab.Proc {
		return n.Daemon(lab.Binary(t), "run", "--node", n.Name, "--log-level", "warn", "--state-dir", filepath.Join(dir, "state"), "--socket", filepath.Join(dir, "s"), conf)
	}, func(_ *lab.Node, p *lab.Proc) { p.Kill9() }},
	{"keepalived", func(_ *testing.T, n *lab.Node, dir, conf string) *lab.Proc {
		return n.Daemon(lab.KeepalivedNewest, "--dont-fork", "--log-console", "--use-file", conf, "--vrrp",
			"--pid", filepath.Join(dir, "pid"), "--vrrp_pid", filepath.Join(dir, "vrrp"))
	}, func(n *lab.Node, _ *lab.Proc) { n.Crash() }},
}

const contested = "192.0.2.100"

// contest is a pair of one program with a client.
type contest struct {
	t        *testing.T
	program  program
	interval time.Duration
	a, b     *lab.Node // a is preferred
	proc     *lab.Proc // of a
	dir      string    // of a
	conf     string    // of a
	flag     string    // a's script fails while this file exists
	stream   *lab.Stream
	adverts  *watched
}

func newContest(t *testing.T, p program, adv advertInterval) *contest {
	net := lab.New(t)
	c := &contest{t: t, program: p, interval: adv.interval, a: net.Node("a", "192.0.2.1/24"), b: net.Node("b", "192.0.2.2/24"), dir: t.TempDir()}
	c.flag, c.conf = filepath.Join(c.dir, "failed"), filepath.Join(c.dir, "a.conf")
	other := t.TempDir()
	for _, n := range []*lab.Node{c.a, c.b} {
		n.UDPServer(":7777", n.Name)
	}
	write(t, c.conf, contestConf(150, adv.conf, c.flag))
	write(t, filepath.Join(other, "b.conf"), contestConf(100, adv.conf, filepath.Join(other, "never")))
	p.start(t, c.b, other, filepath.Join(other, "b.conf"))
	c.proc = p.start(t, c.a, c.dir, c.conf)
	client := net.Node("client", "192.0.2.9/24")
	c.adverts = watch(t, client)
	c.stream = client.Stream(contested+":7777", time.Millisecond)
	return c
}

func contestConf(priority int, advert, flag string) string {
	return fmt.Sprintf(`global_defs {
    router_id bench
}

vrrp_script alive {
    script "/usr/bin/test ! -e %s"
    interval 1
}

vrrp_instance front {
    interface eth0
    state BACKUP
    virtual_router_id 51
    priority %d
    %s
    virtual_ipaddress {
        %s/24
    }
    track_script {
        alive
    }
}
`, flag, priority, advert, contested)
}

// departure is a way for a master to go, and how it comes back.
type departure struct {
	name        string
	leave, mend func(c *contest)
	// stays: the old master's kernel goes on answering, so what counts is when the other one holds the address.
	stays bool
}

var departures = []departure{
	{"crash: node cut off, every process killed", func(c *contest) { c.a.Isolate("eth0"); c.a.Crash() }, func(c *contest) {
		// The node boots: a kernel without the address.
		if lab.Holds(c.a, "eth0", contested) {
			c.a.DelAddress("eth0", contested+"/24")
		}
		c.a.Rejoin("eth0")
		c.restart()
	}, false},
	{"daemon killed, node alive", func(c *contest) { c.program.die(c.a, c.proc) }, (*contest).restart, true},
	{"stop (SIGTERM)", func(c *contest) { c.proc.Signal(syscall.SIGTERM) }, func(c *contest) {
		await(c.t, "the stopped daemon ends", c.proc.Exited)
		c.restart()
	}, false},
	{"link lost", func(c *contest) { c.a.Unplug("eth0") }, func(c *contest) { c.a.Plug("eth0") }, false},
	{"script fails", func(c *contest) { write(c.t, c.flag, "") }, func(c *contest) {
		if err := os.Remove(c.flag); err != nil {
			c.t.Fatal(err)
		}
	}, false},
}

func (c *contest) restart() { c.proc = c.program.start(c.t, c.a, c.dir, c.conf) }

const patient = time.Minute

// measure makes the preferred master go once, and returns the client's longest silence, and how many of its datagrams, one a
// millisecond, had no answer. A silence without a loss is the lab's: all of it shares one processor.
func (c *contest) measure(d departure, repetition int) (gap time.Duration, lost int) {
	c.t.Helper()
	c.stream.AnsweredBy(patient, "a", 1)
	c.rest()
	c.stream.Reset()
	c.stream.AnsweredBy(patient, "a", 20)
	c.phase(repetition)
	d.leave(c)
	if d.stays {
		await(c.t, "b holds the address", func() bool { return lab.Holds(c.b, "eth0", contested) })
	} else {
		c.stream.AnsweredBy(patient, "b", 20)
	}
	c.rest() // what comes late counts, too
	gap, lost = c.stream.Gap(), c.stream.Lost()
	d.mend(c)
	return gap, lost
}

// rest lets things settle.
func (c *contest) rest() { time.Sleep(max(c.interval, 300*time.Millisecond)) }

// phase waits for an advert and then for a part of the interval that grows from one repetition to the next: how long a
// silence is depends on when in the interval it begins, and chance would favour one program.
func (c *contest) phase(repetition int) {
	last := c.adverts.latest()
	await(c.t, "an advert", func() bool { return c.adverts.latest() != last })
	part := time.Duration(2*repetition+1) * c.interval / time.Duration(2*repeats())
	time.Sleep(time.Until(c.adverts.latest().Add(part)))
}
