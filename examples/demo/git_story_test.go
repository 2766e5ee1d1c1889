//go:build linux

package demo_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

// gitStory is the life of a pair that follows a repository.
func gitStory(t *testing.T) {
	step("A client, two load balancers and three web servers (network namespaces of one kernel)")
	p := newPair(t)
	lb1, lb2 := p.lb[0], p.lb[1]
	repo := newRepository(t, filepath.Join(examples, "pair-hcl"))
	saw("a bare git repository holds examples/pair-hcl:")
	show(repo.git("ls-files", "*.hcl"))

	step("Both balancers run `lbgit run --node NAME %s`", "file://.../lb.git")
	lb1.run(repo.url())
	lb2.run(repo.url())
	p.master(lb1)
	saw("lb1 (priority 150) holds %s and the web servers' gateway %s, lb2 (100) holds neither", vip, gateway)
	client := visit(t, p.client)
	client.served("web1", "web2", "web3")
	saw("the client is served by web1, web2 and web3; it asks without pause from now on")

	gitPush(p, repo, client)
	brokenPush(p, repo, client)
	strangeHands(p, client)
	deadServer(p, client)
	killedDaemon(p, client, repo)
	deadMachine(p, client)

	step("lb1 is stopped in order (SIGTERM)")
	client.reset()
	lb1.stop()
	p.master(lb2)
	client.served()
	saw("it handed over to lb2, without the wait; the client: %s", client.summary())
}

func gitPush(p *pair, repo *repository, client *visitor) {
	lb1 := p.lb[0]
	step("web1 shall get three times the work: one number in one file, reviewed as a plan, then pushed")
	const before, after = "-a -t 192.0.2.100:80 -r 10.0.0.11:80 -m -w 10", "-a -t 192.0.2.100:80 -r 10.0.0.11:80 -m -w 30"
	p.tables(before, true)
	saw("lb1# ipvsadm -Sn")
	show(lab.IPVS(lb1.Node))
	repo.edit("pools/web.hcl", `"10.0.0.11:80" { weight = 10 }`, `"10.0.0.11:80" { weight = 30 }`)
	repo.commit("web1 is a larger machine now")
	saw("git show")
	show(repo.changes())
	saw("lb1# lbgit plan --node lb1 .   (the work tree, before the push)")
	plan := lb1.lbgit("plan", "--node", lb1.Name, repo.worktree)
	show(plan)
	if !strings.Contains(plan, "0 to add, 1 to change, 0 to remove.") {
		p.t.Fatal("the plan is not the one change")
	}
	p.tables(before, true) // a plan changes nothing
	client.reset()
	pushed := time.Now()
	repo.push()
	p.tables(after, true)
	saw("git push: both kernels have the new weight after %s", time.Since(pushed).Round(time.Millisecond))
	show(lab.IPVS(lb1.Node))
	if plan := lb1.lbgit("plan", "--node", lb1.Name, repo.worktree); strings.TrimSpace(plan) != "No changes." {
		p.t.Fatalf("after the push the plan is not empty:\n%s", plan)
	}
	client.served("web1", "web2", "web3")
	saw("the plan is empty now; the client: %s", client.summary())
}

func brokenPush(p *pair, repo *repository, client *visitor) {
	lb1 := p.lb[0]
	step("A commit with a mistake is pushed")
	table := lab.IPVS(lb1.Node)
	client.reset()
	repo.edit("services/web.hcl", `scheduler = "wrr"`, `scheduler = "wwr"`)
	repo.commit("A slip")
	repo.push()
	for _, b := range p.lb {
		lab.Eventually(p.t, long, b.Name+" refuses it", func() error {
			if status := b.lbgit("status"); !strings.Contains(status, "! source error:") {
				return errors.New(status)
			}
			return nil
		})
	}
	saw("both refuse it; lb1# lbgit status | grep !")
	show(grep(lb1.lbgit("status"), "!"))
	repo.git("revert", "--no-edit", "HEAD")
	repo.push()
	for _, b := range p.lb {
		lab.Eventually(p.t, long, b.Name+" is content again", func() error {
			if status := b.lbgit("status"); strings.Contains(status, "!") {
				return errors.New(status)
			}
			return nil
		})
	}
	if now := lab.IPVS(lb1.Node); now != table {
		p.t.Fatalf("the table has changed:\n%s\nit was\n%s", now, table)
	}
	client.served()
	saw("git revert, git push: both are content again, nothing has changed; the client: %s", client.summary())
}

// strangeHands undo what lbgit did, and it does it again.
func strangeHands(p *pair, client *visitor) {
	lb1 := p.lb[0]
	const row = "-a -t 192.0.2.100:80 -r 10.0.0.12:80 -m -w 10"
	step("Somebody removes a row and the address from lb1 by hand")
	client.reset()
	roles := p.roles()
	start := time.Now()
	lb1.Run("ipvsadm", "-d", "-t", vip+":80", "-r", "10.0.0.12:80")
	p.tables(row, true)
	saw("the row is back after %s", time.Since(start).Round(time.Millisecond))
	start = time.Now()
	lb1.DelAddress("eth0", vip+"/24")
	p.master(lb1)
	took := time.Since(start)
	client.served("web1", "web2", "web3")
	if now := p.roles(); now != roles {
		p.t.Fatalf("there were %d changes of role before, and are %d", roles, now)
	}
	saw("the address is back after %s, without an election", took.Round(time.Millisecond))
	saw("the client: %s", client.summary())
}

func deadServer(p *pair, client *visitor) {
	const row = "-a -t 192.0.2.100:80 -r 10.0.0.13:80 -m -w 10"
	step("web3 dies")
	p.web[2].Stop()
	p.tables(row, false)
	client.reset()
	client.served("web1", "web2")
	saw("it left both tables; the client from then on: %s", client.summary())
	p.web[2].Start()
	p.tables(row, true)
	client.served("web3")
	saw("it came back, is in both tables again and serves")
}

func killedDaemon(p *pair, client *visitor, repo *repository) {
	lb1, lb2 := p.lb[0], p.lb[1]
	step("The daemon of the master is killed (kill -9)")
	client.reset()
	killed := time.Now()
	lb1.proc.Kill9()
	lab.Eventually(p.t, long, "lb2 takes over", func() error {
		if !lab.Holds(lb2.Node, "eth0", vip) {
			return fmt.Errorf("only %v has it", p.holders("eth0", vip))
		}
		return nil
	})
	saw("lb2 has taken %s over after %s", vip, time.Since(killed).Round(10*time.Millisecond))
	p.master(lb2)
	saw("lb1 has neither address any more: its guard removed them (no two masters)")
	client.served("web1", "web2", "web3")
	saw("the client: %s", client.summary())
	saw("lb2# lbgit status")
	show(lb2.lbgit("status"))

	step("lb1 is started again")
	client.reset()
	lb1.start(repo.url())
	p.master(lb1)
	client.served("web1", "web2", "web3")
	saw("it is master again, as its priority says; the client: %s", client.summary())
}

func deadMachine(p *pair, client *visitor) {
	lb1, lb2 := p.lb[0], p.lb[1]
	step("lb1 is lost as a whole: both of its cables are pulled")
	client.reset()
	lb1.Unplug("eth0")
	lb1.Unplug("eth1")
	p.master(lb2)
	client.served("web1", "web2", "web3")
	saw("lb2 is master, lb1 gave the addresses up; the client: %s", client.summary())
	client.reset()
	lb1.Plug("eth0")
	lb1.Plug("eth1")
	p.master(lb1)
	client.served("web1", "web2", "web3")
	saw("the cables are back, lb1 is master again; the client: %s", client.summary())
}
