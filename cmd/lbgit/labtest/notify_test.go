package labtest

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lbgit/lbgit/runtime/lab"
)

// notified is one machine with all ways of telling, and what it told.
type notified struct {
	t    *testing.T
	node *lab.Node
	dir  string
	mu   sync.Mutex
	mail []string // subjects
}

// newNotified prepares a machine: a recording script, a FIFO with a reader
// that goes on after an end of file, and a mail server.
func newNotified(t *testing.T, node *lab.Node) *notified {
	n := &notified{t: t, node: node, dir: t.TempDir()}
	n.write("record", "#!/bin/sh\nfile=$1; shift\n[ \"$1$4\" = slowMASTER ] && sleep 2\necho \"$*\" >> "+n.dir+"/$file\n", 0o755)
	n.write("good", "", 0o644)
	node.Run("mkfifo", n.dir+"/fifo")
	node.Daemon("sh", "-c", fmt.Sprintf("while :; do cat %[1]s/fifo; done >> %[1]s/lines", n.dir))
	n.serveMail("127.0.0.1:2525")
	return n
}

// serveMail runs a mail server on the machine.
func (n *notified) serveMail(addr string) {
	n.t.Helper()
	l, err := n.node.Listen("tcp", addr)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go n.receive(c)
		}
	}()
}

func (n *notified) write(name, text string, mode os.FileMode) {
	n.t.Helper()
	if err := os.WriteFile(filepath.Join(n.dir, name), []byte(text), mode); err != nil {
		n.t.Fatal(err)
	}
}

// receive is a mail server that keeps subjects.
func (n *notified) receive(c net.Conn) {
	defer c.Close()
	say := func(s string) { _, _ = c.Write([]byte(s + "\r\n")) }
	say("220 sink")
	in, data := bufio.NewScanner(c), false
	for in.Scan() {
		line := in.Text()
		switch {
		case data && line == ".":
			data = false
			say("250 taken")
		case data:
			if subject, ok := strings.CutPrefix(line, "Subject: "); ok {
				n.mu.Lock()
				n.mail = append(n.mail, subject)
				n.mu.Unlock()
			}
		case line == "DATA":
			data = true
			say("354 go")
		case line == "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

// lines are what stands in a file, without quotes and but those that name object.
func (n *notified) lines(file, object string) []string {
	b, _ := os.ReadFile(filepath.Join(n.dir, file))
	var out []string
	for line := range strings.Lines(string(b)) {
		line = strings.ReplaceAll(strings.TrimSpace(line), `"`, "")
		if strings.Contains(" "+line+" ", " "+object+" ") {
			out = append(out, line)
		}
	}
	return out
}

// subjects are the mails about an object.
func (n *notified) subjects(object string) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []string
	for _, s := range n.mail {
		if strings.Contains(s, " "+object+" ") {
			out = append(out, s)
		}
	}
	return out
}

// ends waits until the last line of an object in the FIFO's record is this.
func (n *notified) ends(want string) {
	n.t.Helper()
	object := strings.Fields(want)[1]
	lab.Eventually(n.t, long, n.node.Name+" tells "+want, func() error {
		got := n.lines("lines", object)
		if len(got) == 0 || got[len(got)-1] != want {
			return fmt.Errorf("it told %q", got)
		}
		return nil
	})
}

// roles are an object's lines but for remarks.
func (n *notified) roles(object string) []string {
	return slices.DeleteFunc(n.lines("lines", object), func(line string) bool { return strings.Contains(line, "_PRIORITY") })
}

// caughtUp waits until slow scripts and mail have told what the FIFO has.
func (n *notified) caughtUp() {
	n.t.Helper()
	for _, object := range []string{"a", "b", "c"} {
		lab.Eventually(n.t, long, n.node.Name+": scripts and mail have caught up", func() error {
			want, scripts, mails := n.roles(object), n.lines("generic", object), n.subjects(object)
			if len(scripts) != len(want) || len(mails) != len(want) {
				return fmt.Errorf("the FIFO got %q, the scripts %q, the mails %q", want, scripts, mails)
			}
			return nil
		})
	}
}

// conf is a group of two instances and, with single set, a third one.
func (n *notified) conf(single bool) string {
	instance := `
vrrp_instance %[1]s {
    interface eth0
    state BACKUP
    virtual_router_id %[2]d
    priority 150
    advert_int 1
    virtual_ipaddress { 192.0.2.1%[2]d/24 }
    %[3]s
    notify "%[4]s/record generic slow"
    notify_master "%[4]s/record special %[1]s 'to MASTER'"
    notify_backup "%[4]s/record special %[1]s 'to BACKUP'" root
    notify_fault "%[4]s/record special %[1]s 'to FAULT'" root root
    notify_stop "%[4]s/record special %[1]s 'to STOP'" root
}
`
	text := fmt.Sprintf(`
global_defs {
    router_id lb
    script_user root
    notification_email { ops@example.org }
    notification_email_from lb@example.org
    smtp_server 127.0.0.1 2525
    smtp_alert
    vrrp_notify_fifo %[1]s/fifo
}
vrrp_script weight {
    script "/usr/bin/test -e %[1]s/good"
    interval 1
    weight -20
}
vrrp_sync_group G {
    group { a
        c }
    sync_group_tracking_weight
    notify_priority_changes
    notify "%[1]s/record group"
}
`, n.dir)
	text += fmt.Sprintf(instance, "a", 51, "track_script { weight }", n.dir) + fmt.Sprintf(instance, "c", 53, "", n.dir)
	if single {
		text += fmt.Sprintf(instance, "b", 52, "track_script { weight }\n notify_priority_changes", n.dir)
	}
	return text
}

// live goes through all that may happen to a node beside a peer.
func (n *notified) live(peer *lab.Node, start func(), reload func(string), stop func()) {
	n.t.Helper()
	all := func(state string) {
		n.t.Helper()
		for _, object := range []string{"INSTANCE a", "INSTANCE c", "INSTANCE b"} {
			n.ends(object + " " + state + " 150")
		}
		n.ends("GROUP G " + state + " 0")
	}
	start()
	all("MASTER")
	them := lab.Keepalived(peer, plainRouters(200), lab.KeepalivedStable)
	all("BACKUP")
	them.Signal(15)
	all("MASTER")
	if err := os.Remove(n.dir + "/good"); err != nil {
		n.t.Fatal(err)
	}
	n.ends("INSTANCE b MASTER_PRIORITY 130")
	n.ends("INSTANCE a MASTER_PRIORITY 130")
	n.write("good", "", 0o644)
	n.ends("INSTANCE b MASTER_PRIORITY 150")
	n.ends("INSTANCE a MASTER_PRIORITY 150")
	reload(n.conf(false))
	n.ends("INSTANCE b FAULT 150")
	n.node.Unplug("eth0")
	n.ends("GROUP G FAULT 0")
	n.node.Plug("eth0")
	n.ends("GROUP G MASTER 0")
	n.caughtUp()
	stop()
	n.ends("GROUP G STOP 0")
}

func plainRouters(priority int) (text string) {
	for i, name := range []string{"a", "b", "c"} {
		text += fmt.Sprintf("vrrp_instance %s {\n interface eth0\n state BACKUP\n virtual_router_id %d\n priority %d\n advert_int 1\n virtual_ipaddress { 192.0.2.1%[2]d/24 }\n}\n", name, 51+i, priority)
	}
	return text
}

// TestNotifyLikeKeepalived goes through the same life with keepalived and with
// lbgit, and compares what each told of each object, in order: by FIFO, by the
// scripts of a state, by the generic script and by mail. The generic script is
// slow for MASTER: keepalived lets the next one overtake it (fact 14.1), lbgit
// does not. At the stop keepalived may end before its last mails are sent.
func TestNotifyLikeKeepalived(t *testing.T) {
	var theirs, ours *notified
	{
		net := lab.New(t)
		theirs = newNotified(t, net.Node("keepalived", "192.0.2.1/24"))
		var them *lab.Proc
		theirs.live(net.Node("peer", "192.0.2.2/24"),
			func() { them = lab.Keepalived(theirs.node, theirs.conf(true), lab.KeepalivedStable) },
			func(conf string) { them.Reload(conf) },
			func() { them.Signal(15); _ = them.Wait() })
	}
	net := lab.New(t)
	ours = newNotified(t, net.Node("lbgit", "192.0.2.1/24"))
	us := place(t, ours.node, t.TempDir()+"/keepalived.conf")
	us.push(ours.conf(true))
	ours.live(net.Node("peer", "192.0.2.2/24"), us.start, us.push, us.stop)
	for _, object := range []string{"a", "b", "c", "G"} {
		compare(t, "FIFO about "+object, theirs.lines("lines", object), ours.lines("lines", object))
		for _, file := range []string{"special", "generic", "group"} {
			compare(t, file+" of "+object+" in any order", sortedCopy(theirs.lines(file, object)), sortedCopy(ours.lines(file, object)))
		}
		compare(t, "mails about "+object+" in any order", unstopped(theirs.subjects(object)), unstopped(ours.subjects(object)))

		var states, generic, mails []string
		for _, line := range ours.roles(object) {
			word := strings.Fields(line)
			states = append(states, object+" to "+word[2])
			generic = append(generic, "slow "+line)
			mail := "[lb] VRRP Instance " + object + " - Entering " + word[2] + " state"
			if word[2] == "STOP" {
				mail = "[lb] VRRP Instance " + object + " - Stopping"
			}
			mails = append(mails, mail)
		}
		if object == "G" { // has one script, and it is not slow
			compare(t, "group's script in order", ours.roles(object), ours.lines("group", object))
			continue
		}
		if object == "b" { // notify_fault is not run for what was removed (fact 14.8)
			states = states[:len(states)-1]
		}
		compare(t, "special of "+object+" in order", states, ours.lines("special", object))
		compare(t, "generic of "+object+" in order", generic, ours.lines("generic", object))
		compare(t, "mails about "+object+" in order", mails, ours.subjects(object))
	}
}

// unstopped are mails in any order, without those of the stop.
func unstopped(mails []string) []string {
	return slices.DeleteFunc(sortedCopy(mails), func(s string) bool { return strings.HasSuffix(s, "Stopping") })
}

func compare(t *testing.T, what string, want, got []string) {
	t.Helper()
	t.Logf("%s: %q", what, got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func sortedCopy(s []string) []string { s = slices.Clone(s); slices.Sort(s); return s }
