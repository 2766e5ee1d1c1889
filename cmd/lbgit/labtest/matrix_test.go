package labtest

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

// cell is one way to speak VRRP that both programs must share.
type cell struct {
	version int
	v6      bool
	unicast bool
	auth    string // "", PASS or AH
	vmac    bool
}

func (c cell) String() string {
	return fmt.Sprintf("v%d | %s | %s | %s | %s", c.version, pick(c.v6, "IPv6", "IPv4"), pick(c.unicast, "unicast", "multicast"),
		pick(c.auth == "", "none", c.auth), pick(c.vmac, "on", "off"))
}

func pick(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

// cells are all legal ones: version 2 is IPv4's, and version 3 has no authentication.
func cells() (list []cell) {
	for _, vmac := range []bool{false, true} {
		for _, unicast := range []bool{false, true} {
			for _, auth := range []string{"", "PASS", "AH"} {
				list = append(list, cell{version: 2, unicast: unicast, auth: auth, vmac: vmac})
			}
			for _, v6 := range []bool{false, true} {
				list = append(list, cell{version: 3, v6: v6, unicast: unicast, vmac: vmac})
			}
		}
	}
	return list
}

// machine is what a configuration says of the node that it is for.
type machine struct {
	priority int
	source   [2]string // IPv4 and IPv6 addresses of this node
	peer     [2]string
}

func (c cell) vip(i int) string {
	if c.v6 {
		return fmt.Sprintf("fd00:1::%x", i+1)
	}
	return fmt.Sprintf("10.1.0.%d", i+1)
}

// conf is the vrrp_instance of a cell, in keepalived's language for both programs.
func (c cell) conf(i int, m machine) string {
	var b strings.Builder
	fmt.Fprintf(&b, "vrrp_instance c%d {\n    interface eth0\n    state BACKUP\n    virtual_router_id %d\n    priority %d\n    version %d\n    advert_int 1\n", i, i+1, m.priority, c.version)
	family := 0
	if c.v6 {
		family = 1
	}
	if c.unicast {
		fmt.Fprintf(&b, "    unicast_src_ip %s\n    unicast_peer {\n        %s\n    }\n", m.source[family], m.peer[family])
	}
	if c.auth != "" {
		fmt.Fprintf(&b, "    authentication {\n        auth_type %s\n        auth_pass s3cret\n    }\n", c.auth)
	}
	if c.vmac {
		fmt.Fprintf(&b, "    use_vmac\n")
	}
	fmt.Fprintf(&b, "    virtual_ipaddress {\n        %s/%d\n    }\n}\n\n", c.vip(i), pick128(c.v6))
	return b.String()
}

func pick128(v6 bool) int {
	if v6 {
		return 128
	}
	return 32
}

func matrixConf(m machine) string {
	b := "global_defs {\n    router_id matrix\n    vrrp_garp_master_delay 1\n}\n\n"
	for i, c := range cells() {
		b += c.conf(i, m)
	}
	return b
}

// matrix is both programs with an instance for every cell.
type matrix struct {
	t      *testing.T
	us     *daemon
	ours   *lab.Node
	theirs *lab.Node
	conf   string // keepalived's
	peer   string // the program
	them   *lab.Proc
	failed map[cell]string // the first step that went wrong
}

func newMatrix(t *testing.T, program string, our, their int) *matrix {
	net := lab.New(t)
	x := &matrix{t: t, peer: program, failed: map[cell]string{},
		ours:   net.Node("lbgit", "192.0.2.1/24", "fd00:2::1/64"),
		theirs: net.Node("keepalived", "192.0.2.2/24", "fd00:2::2/64")}
	a := machine{our, [2]string{"192.0.2.1", "fd00:2::1"}, [2]string{"192.0.2.2", "fd00:2::2"}}
	b := machine{their, a.peer, a.source}
	source := filepath.Join(t.TempDir(), "keepalived.conf")
	if err := os.WriteFile(source, []byte(matrixConf(a)), 0o644); err != nil {
		t.Fatal(err)
	}
	x.us, x.conf = place(t, x.ours, source), matrixConf(b)
	return x
}

func (x *matrix) startUs()   { x.us.start() }
func (x *matrix) startThem() { x.them = lab.Keepalived(x.theirs, x.conf, x.peer) }
func (x *matrix) stopUs()    { x.us.stop() }
func (x *matrix) stopThem() {
	x.them.Signal(15)
	if err := x.them.Wait(); err != nil {
		x.t.Logf("keepalived ended with %v", err)
	}
}

// crash cuts a machine off and kills all that runs on it.
func (x *matrix) crash(n *lab.Node) { n.Isolate("eth0"); n.Crash() }

// boot brings a crashed machine back with what a kernel has after its start.
func (x *matrix) boot(n *lab.Node, start func()) {
	for dev, addrs := range held(x.t, n) {
		if strings.HasPrefix(dev, "vrrp") {
			n.Run("ip", "link", "del", dev)
			continue
		}
		for _, a := range addrs {
			if strings.HasPrefix(a, "10.1.0.") || strings.HasPrefix(a, "fd00:1:") {
				n.DelAddress(dev, a+"/"+fmt.Sprint(pick128(strings.Contains(a, ":"))))
			}
		}
	}
	n.Rejoin("eth0")
	start()
}

// held gives the addresses of a machine by interface.
func held(t *testing.T, n *lab.Node) map[string][]string {
	t.Helper()
	var links []struct {
		Name  string `json:"ifname"`
		Addrs []struct {
			Local netip.Addr `json:"local"`
		} `json:"addr_info"`
	}
	if err := json.Unmarshal([]byte(n.Run("ip", "-json", "addr", "show")), &links); err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, l := range links {
		for _, a := range l.Addrs {
			out[l.Name] = append(out[l.Name], a.Local.String())
		}
	}
	return out
}

// step does something and waits until, in every cell that has not failed before, the one machine has the address, on its
// VMAC if it has one, and the other has not.
func (x *matrix) step(what string, event func(), to, from *lab.Node, alive bool) {
	x.t.Helper()
	start := time.Now()
	event()
	var missing []int
	for end := time.Now().Add(long); ; time.Sleep(100 * time.Millisecond) {
		has, hasNot := held(x.t, to), map[string][]string{}
		if alive {
			hasNot = held(x.t, from)
		}
		missing = nil
		for i, c := range cells() {
			dev := pick(c.vmac, fmt.Sprintf("vrrp.%d", i+1), "eth0")
			if x.failed[c] == "" && (!slices.Contains(has[dev], c.vip(i)) || slices.Contains(hasNot[dev], c.vip(i))) {
				missing = append(missing, i)
			}
		}
		if len(missing) == 0 || time.Now().After(end) {
			break
		}
	}
	for _, i := range missing {
		x.failed[cells()[i]] = what
		x.t.Errorf("%s: %s", what, cells()[i])
	}
	x.t.Logf("%s: %v, %d of %d cells", what, time.Since(start).Round(time.Millisecond), len(cells())-len(x.failed), len(cells()))
}

// TestMatrix is the interoperation matrix: every legal way to speak, with either program as the master. It is printed as a
// table. LBGIT_MATRIX=all adds keepalived's newest version.
func TestMatrix(t *testing.T) {
	programs := []string{lab.KeepalivedStable}
	if os.Getenv("LBGIT_MATRIX") == "all" {
		programs = append(programs, lab.KeepalivedNewest)
	}
	results := map[string]map[cell]string{}
	var columns []string
	for _, program := range programs {
		for _, master := range []string{"lbgit", "keepalived"} {
			column := master + " preferred, " + program
			columns = append(columns, column)
			t.Run(column, func(t *testing.T) {
				our, their := 150, 100
				if master == "keepalived" {
					our, their = 100, 150
				}
				x := newMatrix(t, program, our, their)
				results[column] = x.failed
				if master == "lbgit" {
					x.story(x.ours, x.theirs, x.startUs, x.startThem, x.stopUs)
				} else {
					x.story(x.theirs, x.ours, x.startThem, x.startUs, x.stopThem)
					x.obeys()
				}
			})
		}
	}
	fmt.Printf("\n| version | family | sent by | authentication | VMAC | %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat("---|", 5+len(columns)))
	for _, c := range cells() {
		fmt.Printf("| %s |", c)
		for _, column := range columns {
			switch failed := results[column]; {
			case failed == nil:
				fmt.Print(" not run |")
			case failed[c] != "":
				fmt.Printf(" **%s** |", failed[c])
			default:
				fmt.Print(" pass |")
			}
		}
		fmt.Println()
	}
}

// story is what every cell must live through. The preferred machine comes second.
func (x *matrix) story(preferred, other *lab.Node, startPreferred, startOther, stopPreferred func()) {
	x.step("election", startOther, other, preferred, true)
	x.step("preemption", startPreferred, preferred, other, true)
	x.step("crash", func() { x.crash(preferred) }, other, preferred, false)
	x.step("return", func() { x.boot(preferred, startPreferred) }, preferred, other, true)
	x.step("stop", stopPreferred, other, preferred, true)
	x.step("return after stop", startPreferred, preferred, other, true)
}

// obeys restarts lbgit as the backup: it must believe the running master from its first advert on, in every cell.
func (x *matrix) obeys() {
	x.t.Helper()
	x.stopUs()
	x.startUs()
	x.us.inForce()
	lab.Eventually(x.t, long, "a restarted backup hears the master in every cell", func() error {
		for _, in := range x.us.now().Instances {
			if in.Counters["advert_rcvd"] < 6 && in.Counters["become_master"] == 0 && x.failed[x.cellOf(in.Name)] == "" {
				return fmt.Errorf("%s: %v", in.Name, in.Counters)
			}
		}
		return nil
	})
	for _, in := range x.us.now().Instances {
		if c := x.cellOf(in.Name); in.Counters["become_master"] > 0 && x.failed[c] == "" {
			x.failed[c] = "backup restarts"
			x.t.Errorf("backup restarts: %s: it took over: %v", c, in.Counters)
		}
	}
}

// cellOf is the cell of an instance.
func (x *matrix) cellOf(name string) cell {
	for i, c := range cells() {
		if name == fmt.Sprintf("c%d", i) {
			return c
		}
	}
	x.t.Fatalf("there is no cell %s", name)
	return cell{}
}
