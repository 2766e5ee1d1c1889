package labtest

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/lab"
)

// noisy is an instance for every way to authenticate.
const noisy = `
vrrp_instance "three" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 51
  priority          = %[1]d
  addresses         = ["192.0.2.151/24"]
}
vrrp_instance "pass" {
  interface         = "eth0"
  virtual_router_id = 52
  priority          = %[1]d
  addresses         = ["192.0.2.152/24"]
  authentication {
    type     = "pass"
    password = "s3cret"
  }
}
vrrp_instance "ah" {
  interface         = "eth0"
  virtual_router_id = 53
  priority          = %[1]d
  addresses         = ["192.0.2.153/24"]
  authentication {
    type     = "ah"
    password = "s3cret"
  }
}
vrrp_instance "hmac" {
  interface         = "eth0"
  version           = 3
  virtual_router_id = 54
  priority          = %[1]d
  addresses         = ["192.0.2.154/24"]
  authentication {
    type       = "hmac"
    active_key = 1
    key "1" { secret = "0123456789abcdef0123456789abcdef" }
  }
}
`

// TestNoise: ten thousand packets a second that fail a receive check change nothing: no role, no advert late, no memory, few
// lines of log, and the counters add up. LBGIT_NOISE is how many seconds (3).
func TestNoise(t *testing.T) {
	seconds := 3
	if n, err := strconv.Atoi(os.Getenv("LBGIT_NOISE")); err == nil && n > 0 {
		seconds = n
	}
	net := lab.New(t)
	lb1, lb2, noise := net.Node("lb1", "192.0.2.1/24"), net.Node("lb2", "192.0.2.2/24"), net.Node("noise", "192.0.2.66/24")
	seen := lab.Capture(net.Node("observer", "192.0.2.9/24"), "eth0", "src host 192.0.2.1 and (ip proto 112 or ip proto 51)")
	one, two := run(t, lb1, fmt.Sprintf(noisy, 150)), run(t, lb2, fmt.Sprintf(noisy, 100))
	settled := func() error {
		for i, in := range one.now().Instances {
			if other := two.now().Instances[i]; in.State != "MASTER" || other.State != "BACKUP" || other.Master != "192.0.2.1" {
				return fmt.Errorf("%s is %s and %s", in.Name, in.State, other.State)
			}
		}
		return nil
	}
	lab.Eventually(t, long, "lb1 is master of all, and lb2 hears it", settled)
	lab.Eventually(t, long, "adverts of all", func() error {
		if n := len(seen.Packets()); n < 12 {
			return fmt.Errorf("%d", n)
		}
		return nil
	})
	packets := badPackets(t, seen)

	before := [2]uint64{rejected(one), rejected(two)}
	roles := [2]string{rolesOf(one), rolesOf(two)}
	marks := [2]int{one.logged(), two.logged()}
	memory := [2]int{resident(t, one), resident(t, two)}
	start := time.Now()
	counts := flood(t, noise, packets, time.Duration(seconds)*time.Second)
	took := time.Since(start)

	// What a machine sent itself it does not hear, even if another sends it again.
	sent := [2]uint64{}
	for k, n := range counts {
		for i, own := range []string{"192.0.2.1", "192.0.2.2"} {
			if from, _ := netip.AddrFromSlice(packets[k][26:30]); from.String() != own {
				sent[i] += uint64(n)
			}
		}
	}
	// What the sockets still hold is judged within moments.
	lab.Eventually(t, long, "every packet is accounted for", func() error {
		for i, d := range []*daemon{one, two} {
			if got := rejected(d) - before[i]; got != sent[i] {
				return fmt.Errorf("%s: %d of %d; %v", d.node.Name, got, sent[i], d.now().Instances)
			}
		}
		return nil
	})
	if err := settled(); err != nil {
		t.Error(err)
	}
	for i, d := range []*daemon{one, two} {
		if now := rolesOf(d); now != roles[i] {
			t.Errorf("%s: the roles were\n%s and are\n%s", d.node.Name, roles[i], now)
		}
		lines := strings.Count(d.Output()[marks[i]:], "\n")
		grown := resident(t, d) - memory[i]
		t.Logf("%s: %d packets in %v, %d lines of log, memory %+d kB", d.node.Name, sent[i], took.Round(time.Millisecond), lines, grown)
		if lines > 100 {
			t.Errorf("%s: %d lines of log for %d packets:\n%.2000s", d.node.Name, lines, sent[i], d.Output()[marks[i]:])
		}
		if grown > 20<<10 {
			t.Errorf("%s: the daemon grew by %d kB", d.node.Name, grown)
		}
	}
	// A backup takes over after 3 s of silence; the noise must not come near that.
	last := map[byte]time.Time{}
	for _, p := range seen.Packets() {
		vrid := vridOf(p.Data)
		if at, ok := last[vrid]; ok && p.At.Sub(at) > 2500*time.Millisecond {
			t.Errorf("router %d was silent for %v", vrid, p.At.Sub(at))
		}
		last[vrid] = p.At
	}
}

// vridOf looks behind the IPv4 header, and behind that of AH.
func vridOf(frame []byte) byte {
	at := 34
	if frame[23] == 51 {
		at += 24
	}
	return frame[at+1]
}

// badPackets are frames from a third machine that look like the master's and are each wrong in one way, and the master's own
// authenticated ones, sent again.
func badPackets(t *testing.T, seen *lab.Recording) (bad [][]byte) {
	t.Helper()
	newest := map[byte][]byte{}
	for _, p := range seen.Packets() {
		newest[vridOf(p.Data)] = p.Data
	}
	for vrid := byte(51); vrid <= 54; vrid++ {
		good := newest[vrid]
		if good == nil {
			t.Fatalf("no advert of router %d was seen", vrid)
		}
		stranger := slices.Clone(good)
		copy(stranger[26:30], netip.MustParseAddr("192.0.2.66").AsSlice())
		for _, change := range []func(f []byte) []byte{
			func(f []byte) []byte { f[22] = 254; return f },                    // TTL
			func(f []byte) []byte { return f[:len(f)-3] },                      // too short
			func(f []byte) []byte { f[len(f)-1] ^= 0xff; return f },            // checksum, password or signature
			func(f []byte) []byte { f[at(f)] = 0x51; return f },                // a version that there is not
			func(f []byte) []byte { f[at(f)+2] = 255; f[at(f)+6]++; return f }, // priority without its checksum
			func(f []byte) []byte { return append(f, make([]byte, 200)...) },   // too long
		} {
			bad = append(bad, header(change(slices.Clone(stranger))))
		}
		if vrid >= 53 {
			bad = append(bad, slices.Clone(good)) // a replay
		}
	}
	return bad
}

// at is where the VRRP packet begins.
func at(frame []byte) int {
	if frame[23] == 51 {
		return 58
	}
	return 34
}

// header makes length and checksum of the IPv4 header fit the frame.
func header(f []byte) []byte {
	binary.BigEndian.PutUint16(f[16:], uint16(len(f)-14))
	f[24], f[25] = 0, 0
	sum := uint32(0)
	for i := 14; i < 34; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(f[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	binary.BigEndian.PutUint16(f[24:], ^uint16(sum))
	return f
}

// flood sends the frames in turn, ten thousand a second, and tells how often each.
func flood(t *testing.T, n *lab.Node, frames [][]byte, d time.Duration) (counts []int) {
	t.Helper()
	counts = make([]int, len(frames))
	n.Do(func() error {
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		index, err := strconv.Atoi(strings.TrimSpace(n.Run("cat", "/sys/class/net/eth0/ifindex")))
		if err != nil {
			return err
		}
		const rate = 10_000
		sent := 0
		for start := time.Now(); time.Since(start) < d; {
			// As many as are due by now: the pace holds though a sleep is long.
			for due := int(time.Since(start).Seconds() * rate); sent < due; sent++ {
				if err := unix.Sendto(fd, frames[sent%len(frames)], 0, &unix.SockaddrLinklayer{Ifindex: index}); err != nil {
					return err
				}
				counts[sent%len(frames)]++
			}
			time.Sleep(time.Millisecond)
		}
		return nil
	})
	return counts
}

// rejected counts what was rejected, by all instances, and what was lost on the way to them: in the daemon's queues and in
// the kernel's, which /proc/net/raw tells.
func rejected(d *daemon) (sum uint64) {
	s := d.now()
	for _, i := range s.Instances {
		for name, n := range i.Counters {
			switch name {
			case "advert_sent", "advert_rcvd", "become_master", "release_master", "pri_zero_sent", "pri_zero_rcvd", "two_masters", "addr_list_err":
			default:
				sum += n
			}
		}
	}
	for line := range strings.Lines(d.node.Run("cat", "/proc/net/raw")) {
		f := strings.Fields(line)
		n, _ := strconv.ParseUint(f[len(f)-1], 10, 64) // the title has none
		sum += n
	}
	return sum
}

func rolesOf(d *daemon) (s string) {
	for _, i := range d.now().Instances {
		s += fmt.Sprintln(i.Name, i.State, i.Since)
	}
	return s
}

func resident(t *testing.T, d *daemon) (kB int) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.Pid()))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); f[0] == "VmRSS:" {
			kB, _ = strconv.Atoi(f[1])
		}
	}
	return kB
}
