package agent

import (
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lbgit/lbgit/reconcile/compile"
	"github.com/lbgit/lbgit/runtime/control"
	"github.com/lbgit/lbgit/runtime/store"
	"github.com/lbgit/lbgit/runtime/vrrp/engine"
	"github.com/lbgit/lbgit/schema"
)

// bare is an agent whose parts do not run.
func bare(t *testing.T, dir string) *Agent {
	t.Helper()
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	list, err := st.Overrides()
	if err != nil {
		t.Fatal(err)
	}
	return &Agent{
		log: slog.New(slog.DiscardHandler), store: st, engine: engine.New(engine.Options{}), urgent: newLane(),
		overrides: overrides{list: list}, live: compile.Live{Master: map[string]bool{}},
	}
}

// routers are instances by name and VRID.
func routers(t *testing.T, ids map[string]uint8) *compile.Prepared {
	t.Helper()
	cfg := &schema.Config{}
	for name, id := range ids {
		cfg.Instances = append(cfg.Instances, &schema.VRRPInstance{Name: name, Interface: "eth0", VRID: id, Priority: 100})
	}
	return compile.Prepare(cfg, nil)
}

// TestOrdersEnd: an order ends in time also after a restart, and also if the
// wall clock was set back under the timer.
func TestOrdersEnd(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		before := bare(t, dir)
		before.prepared = routers(t, map[string]uint8{"front": 1})
		o := store.Override{Kind: store.Demote, Instance: "front", By: 10, Since: time.Now(), Until: time.Now().Add(time.Minute)}
		if err := before.setOverride(o); err != nil {
			t.Fatal(err)
		}
		a := bare(t, dir)
		a.prepared = before.prepared
		a.restoreOverrides(func(string) bool { return true })
		if a.overrides.demoted("front") != 10 {
			t.Fatal("the order did not survive")
		}
		for early := range 2 {
			if a.overrides.timer.C() == nil {
				t.Fatal("nothing will ever end the order")
			}
			<-a.overrides.timer.C()
			if early == 0 {
				a.overrides.list[0].Until = time.Now().Add(time.Minute)
			}
			a.endOverrides()
		}
		if n := a.overrides.demoted("front"); n != 0 {
			t.Errorf("still lowered by %d", n)
		}
	})
}

// TestNamesExchanged: mastership and orders follow the virtual router, not the
// name.
func TestNamesExchanged(t *testing.T) {
	a := bare(t, t.TempDir())
	if err := a.setOverride(store.Override{Kind: store.Failover, Instance: "back"}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		what          string
		before, after map[string]uint8
		master, order string
	}{
		{"another name", map[string]uint8{"front": 1, "back": 2}, map[string]uint8{"edge": 1, "back": 2}, "edge", "back"},
		{"exchanged", map[string]uint8{"front": 1, "back": 2}, map[string]uint8{"front": 2, "back": 1}, "back", "front"},
		{"another router of the name", map[string]uint8{"front": 1, "back": 2}, map[string]uint8{"front": 9, "back": 2}, "", "back"},
		{"a name that was another's", map[string]uint8{"front": 1, "back": 2}, map[string]uint8{"back": 1}, "back", ""},
	} {
		t.Run(tt.what, func(t *testing.T) {
			a.live.Master = map[string]bool{"front": true}
			a.overrides.list = []store.Override{{Kind: store.Failover, Instance: "back"}}
			a.prepared = routers(t, tt.after)
			before := routers(t, tt.before)
			a.carryOver(before, a.renamed(before))
			if (len(a.live.Master) > 0) != (tt.master != "") || a.live.Master[tt.master] != (tt.master != "") {
				t.Errorf("masters %v, want %s", a.live.Master, tt.master)
			}
			if a.overrides.find(store.Failover, tt.order) == nil && tt.order != "" {
				t.Errorf("orders %+v, want one for %s", a.overrides.list, tt.order)
			}
		})
	}
}

// TestOrdersOfAGroup: what hands a sync group over, or makes it lead, is for all
// of it, and so is the end of that.
func TestOrdersOfAGroup(t *testing.T) {
	a := bare(t, t.TempDir())
	a.prepared = routers(t, map[string]uint8{"front": 1, "back": 2, "alone": 3})
	a.prepared.Config.SyncGroups = []*schema.SyncGroup{{Name: "site", Instances: []string{"front", "back"}}}
	for _, name := range []string{"front", "alone"} {
		if err := a.setOverride(store.Override{Kind: store.Failover, Instance: name}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.promote(control.InstanceRequest{Instance: "back", For: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if a.overrides.find(store.Failover, "front") != nil || a.overrides.find(store.Failover, "alone") == nil {
		t.Errorf("in force: %+v", a.overrides.list)
	}
	if !a.leads("front") || a.leads("alone") {
		t.Error("a promotion is for the sync group, and nobody else")
	}
}
