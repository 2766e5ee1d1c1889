package labtest

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

func sorted(lines []string) string {
	return strings.Join(slices.Sorted(slices.Values(lines)), "\n")
}

// advert is what the tests look at in a VRRP packet.
type advert struct {
	at       time.Time
	from     netip.Addr
	version  byte
	vrid     byte
	priority byte
}

// adverts takes the VRRP packets of a recording apart, by hand: the lab must
// not believe the code under test. IPv4 without options.
func adverts(c *lab.Recording) []advert {
	var out []advert
	for _, p := range c.Packets() {
		if len(p.Data) < 42 || p.Data[23] != 112 {
			continue
		}
		from, _ := netip.AddrFromSlice(p.Data[26:30])
		out = append(out, advert{p.At, from, p.Data[34] >> 4, p.Data[35], p.Data[36]})
	}
	return out
}

// since leaves out what was seen before.
func since(all []advert, at time.Time) []advert {
	return slices.DeleteFunc(all, func(a advert) bool { return a.at.Before(at) })
}

// farewells counts the adverts of priority 0.
func farewells(all []advert) (n int) {
	for _, a := range all {
		if a.priority == 0 {
			n++
		}
	}
	return n
}

// firstFrom is the first advert of a machine that is not a farewell.
func firstFrom(all []advert, from string) (advert, bool) {
	for _, a := range all {
		if a.from.String() == from && a.priority > 0 {
			return a, true
		}
	}
	return advert{}, false
}

// onlyFrom waits until the machine has sent some more adverts for each router,
// and fails if any other speaks meanwhile.
func onlyFrom(t *testing.T, c *lab.Recording, from string, vrids ...byte) {
	t.Helper()
	const enough = 2
	start := time.Now()
	lab.Eventually(t, long, "adverts of "+from, func() error {
		heard := map[byte]int{}
		for _, a := range since(adverts(c), start) {
			if a.from.String() != from {
				t.Fatalf("%v after the election: %s still speaks for router %d with priority %d", a.at.Sub(start), a.from, a.vrid, a.priority)
			}
			heard[a.vrid]++
		}
		for _, v := range vrids {
			if heard[v] < enough {
				return fmt.Errorf("%v so far", heard)
			}
		}
		return nil
	})
}

// garp gives the MAC addresses that said, after a time, that they have the
// address (gratuitous ARP).
func garp(c *lab.Recording, addr string, after time.Time) (macs []string) {
	want := netip.MustParseAddr(addr).AsSlice()
	for _, p := range c.Packets() {
		// Ethernet, ARP: sender's MAC at 22, its address at 28, target's at 38.
		if len(p.Data) < 42 || p.Data[12] != 8 || p.Data[13] != 6 || p.At.Before(after) {
			continue
		}
		if slices.Equal(p.Data[28:32], want) && slices.Equal(p.Data[38:42], want) {
			macs = append(macs, fmt.Sprintf("%x", p.Data[22:28]))
		}
	}
	return macs
}
