package vrrp_test

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

var update = flag.Bool("update", false, "rewrite the recorded output of testdata/*.txt")

// TestStories runs testdata/*.txt.  Lines that begin with "> " are commands
// and "# " are remarks; all others are what the nodes said, recorded.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no stories", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := tell(string(text))
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if d := cmp.Diff(string(text), got); d != "" {
				t.Errorf("the story changed; look at it, then run with -update (-recorded +now):\n%s", d)
			}
		})
	}
}

func tell(text string) (string, error) {
	var out strings.Builder
	l := newLAN()
	l.quiet = true
	l.trace = func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "> "):
			out.WriteString(line + "\n")
			if err := command(l, &out, strings.Fields(line[2:])); err != nil {
				return "", fmt.Errorf("line %d: %s: %w", i+1, line, err)
			}
		case strings.HasPrefix(line, "#"), line == "":
			out.WriteString(line + "\n")
		}
	}
	return out.String(), nil
}

// command runs one line of a story:
//
//	node NAME [link=L] key=value...  a node, not started; default v2, 100, 1 s, preempt
//	group NAME...            nodes of one host are a sync group; one: of its own
//	start NAME [held] [DELAY] begin; held: its addresses are still there
//	run DURATION             let time pass
//	adverts on|off           trace also adverts that come on time
//	crash NAME               gone without a word; its addresses stay
//	stop NAME                shut down properly
//	failover NAME            hand over
//	lead NAME on|off         prefer it
//	hear NAME PRIORITY FROM  an advert out of nowhere
//	config NAME key=value    reload
//	priority NAME N          trackers: the effective priority
//	fault NAME on|off        its interface
//	broken NAME on|off       its addresses cannot be set
//	freeze NAME, thaw NAME   its process or machine is stopped, and wakes
//	cut A B, heal A B        the two do not hear each other
//	show                     the state of all
func command(l *lan, out *strings.Builder, f []string) error {
	n := (*node)(nil)
	if len(f) > 1 {
		n = l.node(f[1])
	}
	arg := func(i int) string {
		if i < len(f) {
			return f[i]
		}
		return ""
	}
	switch f[0] {
	case "node":
		c := vrrp.Config{Version: 2, VRID: 51, Priority: 100, Interval: time.Second, Preempt: true, AnnounceDelay: 5 * time.Second}
		keys, link := f[2:], ""
		if len(keys) > 0 && strings.HasPrefix(keys[0], "link=") {
			keys, link = keys[1:], keys[0]
		}
		if err := settings(&c, keys); err != nil {
			return err
		}
		l.add(f[1], c).link = link
	case "start":
		n.dead, n.state = false, vrrp.State{}
		if arg(2) != "held" {
			n.held = false
		}
		var delay time.Duration
		if d := f[len(f)-1]; len(f) > 2 && d != "held" {
			var err error
			if delay, err = time.ParseDuration(d); err != nil {
				return err
			}
		}
		l.feed(n, vrrp.Start{Held: n.held, Delay: delay})
	case "group":
		var group []*node
		for _, name := range f[1:] {
			group = append(group, l.node(name))
		}
		for _, n := range group {
			n.group = group
		}
		l.feed(n, vrrp.Regrouped{})
	case "run":
		d, err := time.ParseDuration(arg(1))
		if err != nil {
			return err
		}
		l.run(d)
	case "adverts":
		l.quiet = arg(1) == "off"
	case "crash":
		n.dead = true
	case "stop":
		l.feed(n, vrrp.Shutdown{})
	case "failover":
		l.feed(n, vrrp.Failover{})
	case "lead":
		l.feed(n, vrrp.Lead{On: arg(2) == "on"})
	case "hear":
		p, err := strconv.Atoi(arg(2))
		if err != nil {
			return err
		}
		from, err := netip.ParseAddr(arg(3))
		if err != nil {
			return err
		}
		l.feed(n, vrrp.Advert{Priority: uint8(p), Interval: n.cfg.Interval, From: from})
	case "config":
		if err := settings(&n.cfg, f[2:]); err != nil {
			return err
		}
		l.feed(n, vrrp.Reconfigured{})
	case "priority":
		p, err := strconv.Atoi(arg(2))
		if err != nil {
			return err
		}
		l.feed(n, vrrp.PriorityChange{Effective: p})
	case "fault":
		l.feed(n, vrrp.FaultChange{Bit: vrrp.FaultLink, On: arg(2) == "on"})
	case "broken":
		n.broken = arg(2) == "on"
	case "freeze":
		l.frozen[f[1]] = true
	case "thaw":
		delete(l.frozen, f[1])
	case "cut", "heal":
		l.cut[[2]string{f[1], f[2]}] = f[0] == "cut"
		l.cut[[2]string{f[2], f[1]}] = f[0] == "cut"
	case "show":
		out.WriteString(l.show())
	default:
		return fmt.Errorf("unknown command")
	}
	return nil
}

func settings(c *vrrp.Config, pairs []string) (err error) {
	for _, p := range pairs {
		k, v, _ := strings.Cut(p, "=")
		var n int
		switch k {
		case "version":
			n, err = strconv.Atoi(v)
			c.Version = uint8(n)
		case "priority":
			n, err = strconv.Atoi(v)
			c.Priority = uint8(n)
		case "interval":
			c.Interval, err = time.ParseDuration(v)
		case "preempt":
			c.Preempt = v == "yes"
		case "lastword":
			c.AdvertOnYield = v == "yes"
		case "lower":
			c.LowerDelay, err = time.ParseDuration(v)
		case "delay":
			c.PreemptDelay, err = time.ParseDuration(v)
		default:
			err = fmt.Errorf("unknown setting %q", k)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
