package labtest

import (
	"errors"
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

// example is a folder of examples/ that two machines run as it is.
type example struct {
	t      *testing.T
	source string
	net    *lab.Network
	lb     [2]*exampleNode
}

// exampleNode is one of the machines, and the daemon on it.
type exampleNode struct {
	*daemon
	// files is what the machine has as /run/lbgit and /var/lib/lbgit.
	files string
}

// newExample makes the machines lb1 and lb2 with their addresses on eth0. The
// daemons are not started.
func newExample(t *testing.T, name string, prefixes ...string) *example {
	source, err := filepath.Abs(filepath.Join("../../../examples", name))
	if err != nil {
		t.Fatal(err)
	}
	e := &example{t: t, source: source, net: lab.New(t)}
	for i, prefix := range prefixes {
		e.lb[i] = &exampleNode{daemon: place(t, e.net.Node(fmt.Sprintf("lb%d", i+1), prefix), source), files: t.TempDir()}
		e.lb[i].under = []string{"sh", "-ec", ownFolders, source, e.lb[i].files}
	}
	return e
}

// ownFolders gives a daemon, and nobody else, the folders that every machine
// has for itself: ip netns exec started it with mounts of its own. The scripts
// of the example are installed where its README.md says.
const ownFolders = `
for dir in /run/lbgit /var/lib/lbgit; do
	mkdir -p $dir
	mount --bind "$1" $dir
done
mount --bind "$0" /usr/local/sbin
shift
exec "$@"`

func (e *example) start() {
	for _, lb := range e.lb {
		lb.start()
	}
}

// master waits until the machine has the addresses ("eth0 192.0.2.100"), and
// the other none of them.
func (e *example) master(n *exampleNode, addresses ...string) {
	e.t.Helper()
	for _, a := range addresses {
		dev, addr, _ := strings.Cut(a, " ")
		for _, lb := range e.lb {
			holdsOn(e.t, lb.node, dev, addr, lb == n)
		}
	}
}

// tells waits until the last line of a file has all the words.
func (n *exampleNode) tells(file string, words ...string) {
	n.t.Helper()
	lab.Eventually(n.t, long, fmt.Sprintf("%s: %s ends with %q", n.node.Name, file, words), func() error {
		text, err := os.ReadFile(filepath.Join(n.files, file))
		if lines := strings.Split(strings.TrimSpace(string(text)), "\n"); !contains(lines[len(lines)-1], words) {
			return errors.Join(err, errors.New(string(text)))
		}
		return nil
	})
}

// hears waits until the machine has heard some adverts.
func (n *exampleNode) hears(adverts uint64) {
	n.t.Helper()
	lab.Eventually(n.t, long, n.node.Name+" hears the other machine", func() error {
		s, err := n.status()
		if err != nil || len(s.Instances) != 1 || s.Instances[0].Counters["advert_rcvd"] < adverts {
			return fmt.Errorf("%+v: %v", s.Instances, err)
		}
		return nil
	})
}

// TestExampleVRRPPair: the addresses of both networks leave a machine whose
// proxy or inside is lost, and come back; scripts and mails tell of it.
func TestExampleVRRPPair(t *testing.T) {
	e := newExample(t, "vrrp-pair", "192.0.2.11/24", "192.0.2.12/24")
	lb1, lb2 := e.lb[0], e.lb[1]
	inside := e.net.Segment("inside")
	var proxies [2]*lab.Server
	var mail [2]*notified
	for i, lb := range e.lb {
		lb.node.Attach(inside, "eth1", fmt.Sprintf("10.0.0.%d/24", 2+i))
		proxies[i] = lb.node.HTTPServer(":80", lb.node.Name)
		mail[i] = &notified{t: t, node: lb.node}
		mail[i].serveMail("127.0.0.1:25")
	}
	client := e.net.Node("client", "192.0.2.1/24")
	both := func(master, backup *exampleNode, state string) {
		t.Helper()
		e.master(master, "eth0 192.0.2.100", "eth1 10.0.0.1")
		master.tells("front", "MASTER")
		backup.tells("front", state)
		lab.Eventually(t, long, master.node.Name+" serves", func() error {
			if who, err := client.Get("http://192.0.2.100/"); err != nil || who != master.node.Name {
				return fmt.Errorf("%q answers: %v", who, err)
			}
			return nil
		})
	}
	e.start()
	both(lb1, lb2, "BACKUP")
	proxies[0].Stop()
	both(lb2, lb1, "BACKUP")
	proxies[0].Start()
	both(lb1, lb2, "BACKUP")
	lb1.node.Unplug("eth1")
	both(lb2, lb1, "FAULT")
	lb1.node.Plug("eth1")
	both(lb1, lb2, "BACKUP")
	lab.Eventually(t, long, "mail tells of a fault", func() error {
		got := mail[0].subjects("front")
		if !slices.Contains(got, "[lb1] VRRP Instance front - Entering FAULT state") {
			return fmt.Errorf("%q", got)
		}
		return nil
	})
}

// TestExampleSyncGroup: whatever is lost, outside, inside and the default route
// are on one machine, and the way through it works.
func TestExampleSyncGroup(t *testing.T) {
	e := newExample(t, "sync-group", "192.0.2.11/24", "192.0.2.12/24")
	lb1, lb2 := e.lb[0], e.lb[1]
	inside, states := e.net.Segment("inside"), e.net.Segment("states")
	for i, lb := range e.lb {
		lb.node.Attach(inside, "eth1", fmt.Sprintf("10.0.0.%d/24", 2+i))
		lb.node.Attach(states, "eth2", fmt.Sprintf("172.16.0.%d/24", 1+i))
		lb.node.Forward()
	}
	// The router knows the way back, where a gateway would hide the inside.
	router := e.net.Node("router", "192.0.2.1/24")
	router.Run("ip", "route", "add", "10.0.0.0/24", "via", "192.0.2.100")
	router.UDPServer("192.0.2.1:7777", "router")
	host := e.net.Node("host")
	host.Attach(inside, "eth1", "10.0.0.9/24")
	host.DefaultRoute("10.0.0.1")
	stream := host.Stream("192.0.2.1:7777", 10*time.Millisecond)

	all := func(master, backup *exampleNode) {
		t.Helper()
		e.master(master, "eth0 192.0.2.100", "eth1 10.0.0.1")
		for _, lb := range e.lb {
			lab.Eventually(t, long, lb.node.Name+": the default route follows", func() error {
				route := lb.node.Run("ip", "route", "show", "default")
				if strings.Contains(route, "via 192.0.2.1 dev eth0 proto 76 src 192.0.2.100 metric 10") != (lb == master) {
					return fmt.Errorf("it has %q", route)
				}
				return nil
			})
		}
		stream.Reset()
		stream.AnsweredBy(long, "router", 20)
	}
	e.start()
	all(lb1, lb2)
	lb1.node.Unplug("eth1")
	all(lb2, lb1)
	lb1.node.Plug("eth1")
	all(lb1, lb2)
	lb1.node.Unplug("eth2")
	all(lb2, lb1)
	lb1.node.Plug("eth2")
	all(lb1, lb2)
	lb1.Kill9()
	all(lb2, lb1)
}

// TestExampleUnicastCloud: nothing but signed adverts to the other machine is
// on the wire, and the cloud is told where the address is.
func TestExampleUnicastCloud(t *testing.T) {
	e := newExample(t, "unicast-cloud", "198.51.100.11/24", "198.51.100.12/24")
	lb1, lb2 := e.lb[0], e.lb[1]
	for _, lb := range e.lb {
		replace(t, filepath.Join(lb.files, "vrrp.key"), strings.Repeat("k", 40)+"\n")
	}
	seen := lab.Capture(lb2.node, "eth0", "ip proto 112")
	e.start()
	e.master(lb1, "eth0 198.51.100.100")
	lb1.tells("move-address.log", "front BACKUP -> MASTER: aws", "--network-interface-id eni-0123456789abcdef1", "--private-ip-addresses 198.51.100.100")
	lb1.Kill9()
	e.master(lb2, "eth0 198.51.100.100")
	lb2.tells("move-address.log", "front BACKUP -> MASTER: aws", "--network-interface-id eni-0123456789abcdef2")
	lb1.start()
	e.master(lb1, "eth0 198.51.100.100")

	const plain = 20 + 12 // bytes of an IPv4 advert of one address that is not signed
	from := map[string]int{}
	for _, p := range seen.Packets() {
		src, dst := netip.AddrFrom4([4]byte(p.Data[26:30])), netip.AddrFrom4([4]byte(p.Data[30:34]))
		if length := int(p.Data[16])<<8 + int(p.Data[17]); length <= plain || dst.IsMulticast() {
			t.Errorf("%d bytes from %s to %s", length, src, dst)
		}
		from[src.String()]++
	}
	if from["198.51.100.11"] == 0 || from["198.51.100.12"] == 0 {
		t.Errorf("adverts by sender: %v", from)
	}
}

// TestExampleIPv6Pair: a dead master is replaced, and does not take the
// addresses back before it is needed.
func TestExampleIPv6Pair(t *testing.T) {
	e := newExample(t, "ipv6-pair", "2001:db8::11/64", "2001:db8::12/64")
	lb1, lb2 := e.lb[0], e.lb[1]
	for _, lb := range e.lb {
		lb.node.UDPServer(":7777", lb.node.Name)
	}
	host := e.net.Node("host", "2001:db8::9/64")
	stream := host.Stream("[2001:db8::100]:7777", 10*time.Millisecond)
	both := func(master *exampleNode) {
		t.Helper()
		e.master(master, "eth0 fe80::1", "eth0 2001:db8::100")
		stream.Reset()
		stream.AnsweredBy(long, master.node.Name, 20)
		host.Run("ping", "-c", "1", "-W", "5", "fe80::1%eth0")
	}
	lb1.start() // whoever is first stays
	both(lb1)
	lb2.start()
	lb2.hears(10)
	both(lb1)
	lb1.Kill9()
	both(lb2)
	lb1.start()
	lb1.hears(10)
	both(lb2)
	lb2.stop()
	both(lb1)
}
