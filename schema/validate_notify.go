package schema

import (
	"strings"
	"time"

	"github.com/lbgit/lbgit/schema/diag"
)

// maxHook bounds the start-up and shutdown scripts, as keepalived does.
const maxHook = 1000 * time.Second

// notify checks what is told to whom.
func (v *validator) notify() {
	s := &v.cfg.Settings
	if _, _, err := s.UmaskBits(); err != nil {
		v.Errorf(s.Src, "%v", err)
	}
	v.command(s.Src, "startup_script", &s.StartupScript)
	v.command(s.Src, "shutdown_script", &s.ShutdownScript)
	for _, d := range []time.Duration{s.StartupTimeout, s.ShutdownTimeout} {
		if d != 0 && (d < time.Second || d > maxHook) {
			v.Errorf(s.Src, "the time limit of a startup or shutdown script is %s; it is 1s to %s", d, maxHook)
		}
	}
	once(v, "notify_fifo", s.FIFOs, func(f *FIFO) (string, diag.Range) { return f.Path, f.Src })
	for _, f := range s.FIFOs {
		if !strings.HasPrefix(f.Path, "/") {
			v.Errorf(f.Src, "notify_fifo %q is not an absolute path", f.Path)
		}
		v.command(f.Src, "script of notify_fifo "+quote(f.Path), &f.Script)
	}
	v.mail()
	for _, i := range v.cfg.Instances {
		if i.Notify != nil {
			v.commands(i.Src, "VRRP instance "+quote(i.Name), i.Notify)
		}
	}
	for _, g := range v.cfg.SyncGroups {
		if g.Notify == nil {
			continue
		}
		v.commands(g.Src, "sync group "+quote(g.Name), g.Notify)
		v.never(g.Src, "lower_priority", "a sync group", &g.Notify.LowerPriority)
	}
}

func (v *validator) commands(at diag.Range, what string, n *Notify) {
	for _, c := range []struct {
		name string
		c    *Command
	}{{"master", &n.Master}, {"backup", &n.Backup}, {"fault", &n.Fault}, {"stop", &n.Stop}, {"deleted", &n.Deleted},
		{"lower_priority", &n.LowerPriority}, {"any", &n.Any}} {
		v.command(at, "notify "+c.name+" of "+what, c.c)
	}
	v.never(at, "up", what, &n.Up)
	v.never(at, "down", what, &n.Down)
	v.never(at, "quorum_up", what, &n.QuorumUp)
	v.never(at, "quorum_down", what, &n.QuorumDown)
}

// never reports what is to be run at something that does not happen.
func (v *validator) never(at diag.Range, name, what string, c *Command) {
	if c.IsSet() {
		v.Errorf(at, "notify %s is not for %s: it would never be run", name, what).
			Because("instances have master, backup, fault, stop, deleted and lower_priority; groups all but the last; all have any")
	}
}

func (v *validator) command(at diag.Range, what string, c *Command) {
	if !c.IsSet() && (c.User != "" || c.Group != "") {
		v.Errorf(at, "%s names a user and nothing to run", what).Because(`write { command = "...", user = "..." }`)
	}
}

func (v *validator) mail() {
	s := &v.cfg.Settings
	m := s.Mail
	if m == nil {
		return
	}
	switch {
	case len(m.To) == 0 && (m.Alert == On || m.AlertVRRP == On || m.AlertCheckers == On):
		v.Warnf(s.Src, "mail: nobody is named in `to`; no mail is sent")
	case m.Server == "" && len(m.To) > 0:
		v.Warnf(s.Src, "mail: no server is named; no mail is sent")
	}
	for _, a := range append([]string{m.From}, m.To...) {
		if strings.ContainsAny(a, "\r\n<> ") {
			v.Errorf(s.Src, "mail: %q is not a mail address", a).Because("write it without a name and without angle brackets")
		}
	}
	if m.TLS == MailPlain && (m.Username != "" || !m.Password.IsZero()) {
		v.Errorf(s.Src, `mail: tls = "none" would send the password in the clear`).
			Because(`use tls = "starttls" or "tls", or leave username and password out`)
	}
	if m.Port == 0 {
		v.Errorf(s.Src, "mail: the port is 1 to 65535")
	}
}
