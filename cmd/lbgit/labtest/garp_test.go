package labtest

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

// announced are the times at which gratuitous ARPs were seen, from the first on,
// and how many there were of each address.
func announced(c *lab.Recording, addrs ...string) (times []time.Duration, count map[string]int) {
	count = map[string]int{}
	var first time.Time
	for _, p := range c.Packets() {
		if len(p.Data) < 42 || p.Data[12] != 8 || p.Data[13] != 6 {
			continue
		}
		for _, addr := range addrs {
			if d := p.Data; fmt.Sprintf("%d.%d.%d.%d", d[28], d[29], d[30], d[31]) == addr && fmt.Sprintf("%x", d[28:32]) == fmt.Sprintf("%x", d[38:42]) {
				if first.IsZero() {
					first = p.At
				}
				times = append(times, p.At.Sub(first))
				count[addr]++
			}
		}
	}
	return times, count
}

// TestAnnouncementsLikeKeepalived runs one file with both and counts what each
// says: two bursts, refreshes, and a rate limit (keepalived vrrp facts 12.1,
// 12.2, 12.7).
func TestAnnouncementsLikeKeepalived(t *testing.T) {
	const one, two = "192.0.2.101", "192.0.2.102"
	for _, c := range []struct {
		name, global, instance string
		each                   int           // of each address, when all is said
		theirs                 int           // of the second address by keepalived 2.2.7, which forgets some that it paces
		pause                  time.Duration // between two frames, at least
	}{
		{"two bursts", "", "garp_master_delay 2\n garp_master_repeat 3", 6, 6, 0},
		{"one", "vrrp_min_garp", "", 1, 1, 0},
		{"paced", "vrrp_garp_interval 0.2", "garp_master_delay 4\n garp_master_repeat 2", 4, 2, 150 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			conf := fmt.Sprintf("global_defs {\n%s\n}\nvrrp_instance front {\n interface eth0\n state BACKUP\n virtual_router_id 51\n priority 100\n advert_int 1\n %s\n virtual_ipaddress {\n %s/24\n %s/24\n }\n}\n",
				c.global, c.instance, one, two)
			seen := map[string]*lab.Recording{}
			for _, who := range []string{"lbgit", "keepalived"} {
				net := lab.New(t)
				n := net.Node(who, "192.0.2.1/24")
				seen[who] = lab.Capture(net.Node("observer", "192.0.2.3/24"), "eth0", "arp")
				if who == "keepalived" {
					lab.Keepalived(n, conf, lab.KeepalivedStable)
					continue
				}
				d := place(t, n, filepath.Join(t.TempDir(), "keepalived.conf"))
				d.push(conf)
				d.start()
			}
			second := map[string]int{"lbgit": c.each, "keepalived": c.theirs}
			for who, rec := range seen {
				lab.Eventually(t, long, who+" has announced everything", func() error {
					if _, count := announced(rec, one, two); count[one] < c.each || count[two] < second[who] {
						return fmt.Errorf("%v", count)
					}
					return nil
				})
			}
			for who, rec := range seen {
				times, count := announced(rec, one, two)
				if count[one] != c.each || count[two] != second[who] {
					t.Errorf("%s announced %v, want %d and %d", who, count, c.each, second[who])
				}
				for i := range times[1:] {
					if d := times[i+1] - times[i]; d < c.pause {
						t.Errorf("%s paused for %v, want %v: %v", who, d, c.pause, times)
						break
					}
				}
				t.Logf("%s: %v", who, times)
			}
		})
	}
}
