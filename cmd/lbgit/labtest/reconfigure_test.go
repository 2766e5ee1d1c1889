package labtest

import (
	"strings"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

// TestAddressesChange: a push moves addresses of a master without an election.
func TestAddressesChange(t *testing.T) {
	p := newTwo(t)
	begin := time.Now()
	before := p.lb1.now().Instances[0]
	change := func(what, list string, held, gone string) {
		t.Helper()
		start := time.Now()
		for _, d := range []*daemon{p.lb1, p.lb2} {
			d.push(strings.ReplaceAll(front(map[*daemon]int{p.lb1: 150, p.lb2: 100}[d]), `["192.0.2.100/24"]`, list))
		}
		address(t, p.n1, held, true)
		address(t, p.n1, gone, false)
		t.Logf("%s: done after %v", what, time.Since(start).Round(time.Millisecond))
		lab.Eventually(t, long, held+" is announced", func() error {
			if len(garp(p.arp, held, begin)) == 0 {
				return errNot
			}
			return nil
		})
		if i := p.lb1.now().Instances[0]; i.State != "MASTER" || !i.Since.Equal(before.Since) {
			t.Errorf("%s: there was an election: %+v", what, i)
		}
	}
	change("one is added", `["192.0.2.100/24", "192.0.2.101/24"]`, "192.0.2.101", "192.0.2.102")
	change("one is exchanged", `["192.0.2.101/24", "192.0.2.102/24"]`, "192.0.2.102", "192.0.2.100")
	// A subnet that only virtual addresses are in: the first may not take the
	// second along.
	change("a subnet of their own", `["198.51.100.1/24", "198.51.100.2/24"]`, "198.51.100.2", "192.0.2.102")
	change("its first address goes", `["198.51.100.2/24", "192.0.2.100/24"]`, "198.51.100.2", "198.51.100.1")
	onlyFrom(t, p.vrrp, "192.0.2.1", 51)
	if n := farewells(since(adverts(p.vrrp), begin)); n > 0 {
		t.Errorf("%d farewells", n)
	}

	// An instance that leaves the configuration hands over.
	start := time.Now()
	p.lb1.push(one(1))
	p.master(p.n2)
	t.Logf("the instance is removed: handed over after %v", time.Since(start).Round(time.Millisecond))
	if n := farewells(since(adverts(p.vrrp), start)); n != 1 {
		t.Errorf("%d farewells", n)
	}
	p.lb1.push(front(150))
	p.master(p.n1)
}

// TestLinks: an instance whose interface is of no use gives way.
func TestLinks(t *testing.T) {
	p := newTwo(t)
	for _, c := range []struct {
		what    string
		off, on func(dev string)
	}{{"the cable is pulled", p.n1.Unplug, p.n1.Plug}, {"the link is set down", p.n1.LinkDown, p.n1.LinkUp}} {
		start := time.Now()
		c.off("eth0")
		address(t, p.n2, vip, true)
		took := time.Since(start).Round(time.Millisecond)
		p.master(p.n2)
		if i := p.lb1.now().Instances[0]; i.State != "FAULT" {
			t.Errorf("%s: %+v", c.what, i)
		}
		c.on("eth0")
		p.master(p.n1)
		t.Logf("%s: the peer has the address after %v", c.what, took)
	}
}

// TestStartBesideAMaster: a node that lost daemon and guard at once still has
// the address, and lets go when it hears that another is master.
func TestStartBesideAMaster(t *testing.T) {
	p := newTwo(t)
	p.n1.Crash()
	address(t, p.n2, vip, true)
	onlyFrom(t, p.vrrp, "192.0.2.2", 51)
	if !lab.Holds(p.n1, "eth0", vip) {
		t.Fatal("nobody was there to remove the address")
	}
	p.lb1.push(front(50))
	start := time.Now()
	p.lb1.start()
	p.lb1.inForce()
	t.Logf("the address is gone %v after the start", address(t, p.n1, vip, false))
	p.master(p.n2)
	if a, ok := firstFrom(since(adverts(p.vrrp), start), "192.0.2.1"); ok {
		t.Errorf("it spoke: %+v", a)
	}
	if i := p.lb1.now().Instances[0]; i.State != "BACKUP" || i.Master != "192.0.2.2" {
		t.Errorf("status: %+v", i)
	}
}
