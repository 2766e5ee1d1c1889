package labtest

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

func vmacConf(priority int) string {
	return fmt.Sprintf(`vrrp_instance front {
    interface eth0
    state BACKUP
    virtual_router_id 51
    priority %d
    advert_int 1
    use_vmac
    virtual_ipaddress {
        192.0.2.100/32
    }
}
`, priority)
}

// TestVirtualMACBesideKeepalived runs one file on lbgit and on keepalived, each of
// them once as master. The one's link is like the other's, adverts carry the
// virtual MAC, and after a failover the client knows the same MAC as before.
func TestVirtualMACBesideKeepalived(t *testing.T) {
	for _, first := range []string{"lbgit", "keepalived"} {
		t.Run(first+" first", func(t *testing.T) {
			net := lab.New(t)
			ours, theirs, client := net.Node("lbgit", "192.0.2.1/24"), net.Node("keepalived", "192.0.2.2/24"), net.Node("client", "192.0.2.3/24")
			seen := lab.Capture(client, "eth0", "ip proto 112")
			priority := map[string]int{"lbgit": 100, "keepalived": 100, first: 150}
			d := place(t, ours, filepath.Join(t.TempDir(), "keepalived.conf"))
			d.push(vmacConf(priority["lbgit"]))
			d.start()
			lab.Keepalived(theirs, vmacConf(priority["keepalived"]), lab.KeepalivedStable)
			master, backup, source := ours, theirs, "192.0.2.2"
			if first == "keepalived" {
				master, backup, source = theirs, ours, "192.0.2.1"
			}
			holds(t, master, "vrrp.51", "192.0.2.100", true)
			holds(t, backup, "vrrp.51", "192.0.2.100", false)
			var a, b madeLink
			lab.Eventually(t, long, "both have their links", func() (err error) {
				if a, err = showLink(ours, "vrrp.51"); err == nil {
					b, err = showLink(theirs, "vrrp.51")
				}
				return err
			})
			if a.MAC != b.MAC || a.Info.Kind != b.Info.Kind || a.Info.Data["mode"] != b.Info.Data["mode"] || a.Parent != b.Parent || a.Group != b.Group {
				t.Errorf("links differ:\n%+v\n%+v", a, b)
			}
			knows := func(what string) {
				t.Helper()
				lab.Eventually(t, long, what, func() error {
					if _, err := client.Try("ping", "-c", "1", "-W", "1", "192.0.2.100"); err != nil {
						return err
					}
					if out := client.Run("ip", "neigh", "show", "192.0.2.100"); !strings.Contains(out, "00:00:5e:00:01:33") {
						return errors.New(out)
					}
					return nil
				})
			}
			knows("the client knows the virtual MAC")
			begin := time.Now()
			master.Crash()
			master.Unplug("eth0")
			holds(t, backup, "vrrp.51", "192.0.2.100", true)
			knows("and keeps it")
			spoke := 0
			for _, p := range seen.Packets() {
				if p.At.Before(begin) || len(p.Data) < 30 || fmt.Sprintf("%d.%d.%d.%d", p.Data[26], p.Data[27], p.Data[28], p.Data[29]) != source {
					continue
				}
				if m := fmt.Sprintf("%x", p.Data[6:12]); m != "00005e000133" {
					t.Errorf("an advert of %s has the source MAC %s", source, m)
				}
				spoke++
			}
			if spoke == 0 {
				t.Error("the successor has not spoken")
			}
		})
	}
}
