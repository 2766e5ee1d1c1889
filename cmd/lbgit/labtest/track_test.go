package labtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lbgit/lbgit/runtime/lab"
)

// TestTrackScripts: a script changes the priority, or is a fault.
func TestTrackScripts(t *testing.T) {
	net := lab.New(t)
	n1, n2 := net.Node("lb1", "192.0.2.1/24"), net.Node("lb2", "192.0.2.2/24")
	heavy, fatal := filepath.Join(t.TempDir(), "heavy"), filepath.Join(t.TempDir(), "fatal")
	replace(t, heavy, "")
	replace(t, fatal, "")
	text := func(priority int) string {
		return fmt.Sprintf(`
track_script "heavy" {
  command  = "/bin/cat %s"
  interval = "100ms"
}
track_script "fatal" {
  command  = "/bin/cat %s"
  interval = "100ms"
}
`, heavy, fatal) + strings.Replace(fast, `addresses `, fmt.Sprintf("priority = %d\n  addresses ", priority), 1)
	}
	tracking := strings.Replace(text(150), "addresses ", "track_script \"heavy\" { weight = -100 }\n  track_script \"fatal\" { weight = 0 }\n  addresses ", 1)
	d := run(t, n1, tracking)
	run(t, n2, text(100))
	is := func(what, state string, priority uint8, holder *lab.Node) {
		t.Helper()
		start := time.Now()
		address(t, holder, vip, true)
		other := map[*lab.Node]*lab.Node{n1: n2, n2: n1}[holder]
		address(t, other, vip, false)
		t.Logf("%s: %s holds the address after %v", what, holder.Name, time.Since(start).Round(time.Millisecond))
		if i := d.now().Instances[0]; i.State != state || i.Priority != priority {
			t.Errorf("%s: %s with priority %d, want %s with %d: %+v", what, i.State, i.Priority, state, priority, i)
		}
	}
	remove := func(path string) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	is("all is well", "MASTER", 150, n1)
	remove(heavy)
	is("a script with weight -100 fails", "BACKUP", 50, n2)
	replace(t, heavy, "")
	is("it is well again", "MASTER", 150, n1)
	remove(fatal)
	is("a script with weight 0 fails", "FAULT", 150, n2)
	replace(t, fatal, "")
	is("it is well again", "MASTER", 150, n1)
}
