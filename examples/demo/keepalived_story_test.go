//go:build linux

package demo_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lbgit/lbgit/runtime/lab"
)

// keepalivedStory runs the same pair from a file that keepalived would read.
func keepalivedStory(t *testing.T) {
	file := keepalivedConf(t)
	step("The same network, this time straight from examples/keepalived/keepalived.conf")
	p := newPair(t)
	lb1, lb2 := p.lb[0], p.lb[1]
	lb1.run(file)
	lb2.run(file)
	p.master(lb1)
	client := visit(t, p.client)
	client.served()
	saw("lb1 is master, the client is served")

	step("lb1's track script fails: touch /run/lb1.maintenance")
	client.reset()
	maintenance(t)
	p.master(lb2)
	client.served()
	saw("lb2 is master; the client: %s", client.summary())
	client.reset()
	endMaintenance(t)
	p.master(lb1)
	client.served()
	saw("rm /run/lb1.maintenance: lb1 is master again; the client: %s", client.summary())
	fromFile, addresses := lab.IPVS(lb1.Node), lb1.addresses()

	step("The same file, converted: lbgit convert keepalived.conf > lb.hcl")
	for _, b := range p.lb {
		b.stop()
		// Nothing is left that the next daemon could take for its own work.
		b.Run("ipvsadm", "-C")
		b.run(convert(t, b, file))
	}
	p.master(lb1)
	client.reset()
	client.served()
	if table := lab.IPVS(lb1.Node); table != fromFile {
		t.Fatalf("the tables differ: from keepalived.conf\n%s\nfrom HCL\n%s", fromFile, table)
	}
	if now := lb1.addresses(); now != addresses {
		t.Fatalf("the addresses differ: from keepalived.conf %s, from HCL %s", addresses, now)
	}
	saw("lb1 is master with the same table and the same addresses (%s), the client is served", addresses)

	step("And keepalived itself (2.2.7) with that file, on another machine")
	other := newPair(t)
	other.lb[0].keepalived(file)
	other.master(other.lb[0])
	shows(t, "keepalived's table is the same as lbgit's", other.lb[0].Node, fromFile)
	saw("lbgit# ipvsadm -Sn")
	show(fromFile)
	saw("keepalived# ipvsadm -Sn")
	show(lab.IPVS(other.lb[0].Node))
}

// convert writes a machine's view of a file as HCL.
func convert(t *testing.T, b *balancer, file string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), b.Name+".hcl")
	b.Run(lab.Binary(t), "convert", "--node", b.Name, "--out", out, file)
	return out
}

// flag is what the example's track script looks for on lb1.
const flag = "/run/lb1.maintenance"

func maintenance(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(flag, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(flag) })
}

func endMaintenance(t *testing.T) {
	t.Helper()
	if err := os.Remove(flag); err != nil {
		t.Fatal(err)
	}
}
