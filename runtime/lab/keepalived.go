//go:build linux

package lab

import (
	"os"
	"path/filepath"
	"syscall"
)

// The keepalived programs at hand. Any other is given by its path.
const (
	KeepalivedStable = "keepalived"     // 2.2.7, of Debian 12
	KeepalivedNewest = "keepalived-sid" // 2.3, of Debian's newest
)

// Keepalived runs a real keepalived on the machine, in the foreground and talkative, with files of its own, so that
// several run side by side. A change of the configuration goes through Reload.
func Keepalived(n *Node, conf, program string) *Proc {
	n.t.Helper()
	if program == "" {
		program = KeepalivedStable
	}
	dir := n.t.TempDir()
	file := filepath.Join(dir, "keepalived.conf")
	if err := os.WriteFile(file, []byte(conf), 0o644); err != nil {
		n.t.Fatal(err)
	}
	p := n.Daemon(program, "--dont-fork", "--log-console", "--log-detail", "--use-file", file,
		"--pid", filepath.Join(dir, "pid"), "--vrrp_pid", filepath.Join(dir, "vrrp"), "--checkers_pid", filepath.Join(dir, "checkers"),
		"--bfd_pid", filepath.Join(dir, "bfd"))
	p.conf = file
	return p
}

// Reload gives a keepalived another configuration.
func (p *Proc) Reload(conf string) {
	p.node.t.Helper()
	if err := os.WriteFile(p.conf, []byte(conf), 0o644); err != nil {
		p.node.t.Fatal(err)
	}
	p.Signal(syscall.SIGHUP)
}
