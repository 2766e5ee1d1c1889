package main

import (
	"strings"
	"testing"

	"github.com/lbgit/lbgit/runtime/control"
)

// The table of instances is one table, however many there are, and a cause that
// is also the fault is said once.
func TestStatusText(t *testing.T) {
	s := control.Status{Node: "lb1", Version: "test", Source: "lb.hcl", Revision: "r1", Instances: []control.Instance{
		{Name: "front", State: "MASTER", Priority: 110, BasePriority: 100, Why: "110 = 100, script web +10", Interface: "eth0", VRID: 51, Version: 3,
			Cause: "no advert from a master", Timers: control.Timers{Advert: "1s", MasterAdvert: "1s", MasterDown: "3.57s", Next: "40ms"},
			Trackers: []string{"script web +10 (good)"}, Counters: map[string]uint64{"become_master": 1, "advert_sent": 7}},
		{Name: "the-other-one", State: "BACKUP", StandsBack: true, Priority: 100, BasePriority: 100, Why: "100 = 100", Interface: "bond0.57", VRID: 52, Version: 2,
			Cause: "failover on request", Master: "192.0.2.2", MasterPriority: 90, Timers: control.Timers{Advert: "1s", MasterAdvert: "1s", MasterDown: "3.61s", Next: "3s"}},
		{Name: "third", State: "FAULT", Priority: 100, BasePriority: 100, Why: "100 = 100", Interface: "eth1", VRID: 53, Version: 2,
			Cause: "interface down", Faults: "interface down, sync group", Group: "pair", Timers: control.Timers{Advert: "1s"}},
	}}
	const want = `node lb1, test
source lb.hcl at r1

INSTANCE       STATE                PRIORITY  INTERFACE  VRID  MASTER          SINCE  CAUSE
front          MASTER               110       eth0       51    this node       -      no advert from a master
the-other-one  BACKUP, stands back  100       bond0.57   52    192.0.2.2 (90)  -      failover on request
third          FAULT                100       eth1       53    -               -      interface down, sync group

front
  priority 110 = 100, script web +10
  script web +10 (good)
  version 3, adverts every 1s, the next in 40ms
  advert_sent 7, become_master 1

the-other-one
  version 2, adverts every 1s, the master's every 1s, lost after 3.61s without (in 3s)

third
  sync group pair, version 2, adverts every 1s
`
	var got strings.Builder
	if err := statusText(&got, &s); err != nil {
		t.Fatal(err)
	}
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}
