package labtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lbgit/lbgit/runtime/lab"
)

// TestNotifyAroundALife: the startup script ends before anything else begins
// and the shutdown script comes last; a script runs as its own user and with
// the umask; the script of a FIFO reads; a deleted instance is told as DELETED
// if asked for; an unknown user is said and harms nobody else.
func TestNotifyAroundALife(t *testing.T) {
	net := lab.New(t)
	node := net.Node("lb1", "192.0.2.1/24")
	dir := t.TempDir()
	record := filepath.Join(dir, "record")
	for path, mode := range map[string]os.FileMode{dir: 0o777, record: 0o666} {
		if path == record {
			if err := os.WriteFile(record, nil, mode); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	for d := filepath.Dir(dir); len(d) > len(os.TempDir()); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil { // the other user must get there
			t.Fatal(err)
		}
	}
	say := func(text string) string { return fmt.Sprintf("/bin/sh -c 'echo %s >> %s'", text, record) }
	settings := fmt.Sprintf(`
settings {
  startup_script  = "/bin/sh -c 'sleep 1; echo startup >> %[1]s'"
  shutdown_script = "%[2]s"
  umask           = "037"
  notify_fifo "%[3]s/fifo" {
    script = "/bin/sh -c 'while read line; do echo fifo $line >> %[1]s; done < $0'"
  }
}
`, record, say("shutdown"), dir)
	instance := func(name string, vrid int, notify string) string {
		return fmt.Sprintf(`
vrrp_instance "%s" {
  interface         = "eth0"
  virtual_router_id = %d
  addresses         = ["192.0.2.1%[2]d/24"]
  notify {
    %[3]s
  }
}
`, name, vrid, notify)
	}
	front := instance("front", 51, fmt.Sprintf(`
    master = { command = "/bin/sh -c 'echo master as $(id -u) after $LBGIT_PREVIOUS_STATE >> %[1]s; touch %[2]s/made'", user = "nobody" }
    backup = { command = "%[3]s", user = "no-such-user" }
    any    = "%[4]s"
`, record, dir, say("never"), say("any $0 $1 $2")))
	gone := instance("gone", 52, fmt.Sprintf(`deleted = "%s"`, say("gone")))

	d := run(t, node, settings+front+gone)
	read := func() string { b, _ := os.ReadFile(record); return string(b) }
	told := func(lines ...string) {
		t.Helper()
		lab.Eventually(t, long, fmt.Sprintf("%q is told", lines), func() error {
			for _, line := range lines {
				if !strings.Contains("\n"+read(), "\n"+line+"\n") {
					return fmt.Errorf("%q is missing; it told:\n%s", line, read())
				}
			}
			return nil
		})
	}
	told("master as 65534 after BACKUP", "any INSTANCE front BACKUP", "any INSTANCE front MASTER", "fifo INSTANCE \"gone\" MASTER 100")
	if first, _, _ := strings.Cut(read(), "\n"); first != "startup" {
		t.Errorf("first came %q", first)
	}
	if info, err := os.Stat(dir + "/made"); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the umask does not count: %v %v", info, err)
	}
	d.says(0, "notify script failed", "unknown user")

	mark := len(read())
	d.push(settings + front)
	told("gone", "fifo INSTANCE \"gone\" DELETED 100")
	if n := d.now().Notify; n.Told != 5 || n.LostLines+n.LostMails > 0 {
		t.Errorf("status: %+v", n)
	}
	if strings.Contains(read()[mark:], "front") {
		t.Errorf("something was told of an instance that did not change:\n%s", read()[mark:])
	}
	d.stop()
	told("any INSTANCE front STOP")
	if !strings.HasSuffix(read(), "\nshutdown\n") {
		t.Errorf("the shutdown script was not the last:\n%s", read())
	}
	if _, err := os.Stat(dir + "/fifo"); err == nil {
		t.Error("the FIFO that was made is still there")
	}
}
