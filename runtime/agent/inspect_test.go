package agent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lbgit/lbgit/schema"
	"github.com/lbgit/lbgit/schema/diag"
)

// TestInspectScripts: every kind of script is looked at (keepalived vrrp facts
// 15.3, 15.7), each command once, and what nobody runs is not.
func TestInspectScripts(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: it is about what root runs")
	}
	dir := t.TempDir()
	program := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o777); err != nil { // whatever the umask
			t.Fatal(err)
		}
		return path
	}
	command := func(name string) schema.Command { return schema.Command{Command: program(name), User: "root"} }
	check := &schema.Check{Type: schema.CheckScript, Command: program("check"), User: "root"}
	cfg := &schema.Config{
		Scripts: []*schema.TrackScript{{Name: "s", Command: program("track"), User: "root"}, {Name: "idle", Command: program("idle"), User: "root"}},
		Instances: []*schema.VRRPInstance{{
			Tracking: schema.Tracking{Scripts: []schema.Track{{Name: "s"}}}, Notify: &schema.Notify{Any: command("any")},
		}},
		SyncGroups:     []*schema.SyncGroup{{Notify: &schema.Notify{Stop: command("stop")}}},
		Pools:          []*schema.Pool{{Checks: []*schema.Check{check, check}}},
		VirtualServers: []*schema.VirtualServer{{Name: "v", RealServers: []*schema.RealServer{{Checks: []*schema.Check{check}, Notify: &schema.Notify{Up: command("up")}}}}},
	}
	cfg.Settings.FIFOs = []*schema.FIFO{{Script: command("fifo")}}
	cfg.Settings.StartupScript = command("startup")
	for _, security := range []bool{false, true} {
		cfg.Settings.ScriptSecurity = security
		want := map[bool]diag.Severity{false: diag.Warning, true: diag.Error}[security]
		var got []string
		for _, d := range InspectScripts(cfg) {
			if d.Severity != want || !strings.HasSuffix(d.Summary, " can be written by everybody") || !strings.Contains(d.Detail, "chmod go-w "+dir) {
				t.Errorf("security %v: %s: %s", security, d, d.Detail)
			}
			_, path, _ := strings.Cut(d.Summary, dir+"/")
			got = append(got, strings.Fields(path)[0])
		}
		if list := strings.Join(got, " "); list != "track any stop fifo startup check up" {
			t.Errorf("security %v: looked at %s", security, list)
		}
	}
}
