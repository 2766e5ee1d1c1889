package vrrp_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

// What rfc_test.go, which follows section 6.4 step by step, leaves over.

func TestRFC9568_6_1_OwnerPreemptsAlways(t *testing.T) {
	for _, version := range []uint8{2, 3} {
		b := newBackup(t, version).advert(200, higher)
		b.cfg.Priority, b.cfg.Preempt = 255, false
		b.feed(vrrp.Reconfigured{}).is(vrrp.Master)
		b.advert(254, higher).is(vrrp.Master)
	}
}

func TestRFC9568_6_4_1_InitializeIsDeaf(t *testing.T) {
	for _, ev := range []vrrp.Event{vrrp.Advert{Priority: 200, From: higher}, vrrp.Advert{From: higher}, vrrp.Tick{}, vrrp.Shutdown{}} {
		newBench(t, 3, 100).feed(ev).is(vrrp.Init).said()
	}
}

func TestRFC9568_6_4_2_BackupAnnouncesNothing(t *testing.T) {
	b := newBackup(t, 3)
	b.cfg.AnnounceDelay, b.cfg.AnnounceRefresh = 5*time.Second, 7*time.Second
	b.feed(vrrp.Applied{Role: vrrp.Backup}).said().feed(vrrp.Applied{Role: vrrp.Master}).said()
	b.advert(0, lower).said().advert(200, lower).said().advert(1, lower).said()
}

func TestRFC9568_6_4_2_ShutdownCancelsTheTimer(t *testing.T) {
	for _, version := range []uint8{2, 3} {
		if b := newBackup(t, version).feed(vrrp.Shutdown{}); b.s.Deadline != 0 {
			t.Errorf("version %d: wakes in %s", version, b.s.Deadline-b.now)
		}
	}
}

// TestRFC9568_6_4_2_AdvertThenAddressesThenAnnouncement is section 8.1.2, too:
// nothing is announced that cannot answer yet.
func TestRFC9568_6_4_2_AdvertThenAddressesThenAnnouncement(t *testing.T) {
	b := newBackup(t, 3).tick().said("advert priority=100", "report MASTER: no advert from a master")
	b.tick().said("advert priority=100")
	b.feed(vrrp.Applied{Role: vrrp.Master}).said("announce")
}

// TestRFC9568_6_4_3_NoAdvertAfterShutdown: the addresses may answer until a
// successor has spoken, the election is over at once.
func TestRFC9568_6_4_3_NoAdvertAfterShutdown(t *testing.T) {
	b := newMaster(t, 3).feed(vrrp.Shutdown{})
	for b.s.Deadline != 0 {
		b.tick()
		for _, a := range b.acts {
			if strings.HasPrefix(a.String(), "advert") {
				t.Errorf("%s after shutdown", a)
			}
		}
	}
	b.is(vrrp.Init)
}

func TestRFC9568_6_4_3_AddressesAreUnsigned(t *testing.T) {
	for _, tc := range []struct{ own, from string }{
		{"10.0.0.9", "10.0.0.10"}, {"10.0.0.255", "10.0.1.0"}, {"127.0.0.1", "128.0.0.1"}, {"9.255.255.255", "10.0.0.0"},
		{"fe80::9", "fe80::10"}, {"fe80::ffff", "fe80::1:0"}, {"7fff::1", "fe80::1"},
	} {
		own, from := netip.MustParseAddr(tc.own), netip.MustParseAddr(tc.from)
		b := newMaster(t, 3)
		b.cfg.Source = own
		b.advert(100, from).is(vrrp.Backup)
		b = newMaster(t, 3)
		b.cfg.Source = from
		b.advert(100, own).is(vrrp.Master)
	}
}

func TestRFC9568_7_1_IntervalZeroIsNotLearned(t *testing.T) {
	newBackup(t, 3).feed(vrrp.Advert{Priority: 200, From: lower}).is(vrrp.Backup).wakes(down3)
}
