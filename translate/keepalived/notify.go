package keepalived

import (
	"strconv"
	"strings"
	"time"

	"github.com/lbgit/lbgit/schema"
)

// notifyLine maps what runs when the state changes, of instances and groups.
func (w *world) notifyLine(n **schema.Notify, s *Stmt) bool {
	switch s.Keyword() {
	case "notify_master":
		w.command(s, &notify(n).Master)
	case "notify_backup":
		w.command(s, &notify(n).Backup)
	case "notify_fault":
		w.command(s, &notify(n).Fault)
	case "notify_stop":
		w.command(s, &notify(n).Stop)
	case "notify_deleted": // without a command it changes the word that is told (fact 14.8)
		notify(n).TellDeleted = true
		if len(s.Words) > 1 {
			w.command(s, &notify(n).Deleted)
		}
	case "notify_master_rx_lower_pri":
		w.command(s, &notify(n).LowerPriority)
	case "notify":
		w.command(s, &notify(n).Any)
	case "notify_priority_changes":
		w.tri(s, &notify(n).PriorityChanges)
	case "smtp_alert":
		w.tri(s, &notify(n).Mail)
	default:
		return false
	}
	return true
}

// mailLine maps where alerts go. keepalived knows no encryption (fact 14.13).
func (w *world) mailLine(s *Stmt) bool {
	mail := func() *schema.Mail {
		if w.cfg.Settings.Mail == nil {
			w.cfg.Settings.Mail = &schema.Mail{}
			w.cfg.Settings.Mail.SetDefaults()
			w.cfg.Settings.Mail.TLS = schema.MailPlain
		}
		return w.cfg.Settings.Mail
	}
	switch s.Keyword() {
	case "notification_email":
		for i := range s.Block {
			for _, a := range s.Block[i].Words {
				mail().To = append(mail().To, bareAddress(w.str(a.Text)))
			}
		}
		if !s.HasBlock && w.need(s, 1) {
			w.Warnf(s.at(), "notification_email needs its addresses in { }; ignored").As("bad-value")
		}
	case "notification_email_from":
		if w.need(s, 1) {
			mail().From = bareAddress(w.str(s.arg(1)))
			w.most(s, 1)
		}
	case "smtp_server":
		if !w.need(s, 1) {
			return true
		}
		mail().Server = w.str(s.arg(1))
		if len(s.Words) > 2 {
			if n, ok := w.number(s, 2, 1, 65535); ok {
				mail().Port = uint16(n)
			}
		}
		w.most(s, 2)
	case "smtp_helo_name":
		w.word1(s, &mail().Helo)
	case "smtp_connection_timeout", "smtp_connect_timeout":
		if s.Keyword() == "smtp_connection_timeout" {
			w.Warnf(s.at(), "smtp_connection_timeout is read as smtp_connect_timeout").As("spelling-smtp-connection-timeout").
				Because("keepalived does not know this spelling and ignores it; write smtp_connect_timeout")
		}
		if n, ok := w.number(s, 1, 0, 4294); ok {
			mail().Timeout = time.Duration(max(n, 1)) * time.Second // 0 becomes 1
		}
	case "smtp_alert":
		w.tri(s, &mail().Alert)
	case "smtp_alert_vrrp":
		w.tri(s, &mail().AlertVRRP)
	case "smtp_alert_checker":
		w.tri(s, &mail().AlertCheckers)
	case "no_email_faults":
		mail().NoFaults = true
	default:
		return false
	}
	return true
}

// bareAddress takes the angle brackets off, which keepalived adds itself.
func bareAddress(s string) string { return strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">") }

// fifos are the three FIFOs of global_defs while it is read.
type fifos [3]struct {
	fifo schema.FIFO
	at   *Stmt
}

// fifoLine maps the FIFOs with their scripts, and what is written to them.
func (w *world) fifoLine(s *Stmt) bool {
	kw := s.Keyword()
	switch kw {
	case "vrrp_notify_priority_changes":
		w.bool(s, &w.cfg.Settings.PriorityChanges)
		return true
	case "fifo_write_vrrp_states_on_reload":
		w.cfg.Settings.StatesOnReload = true
		return true
	}
	name, isScript := strings.CutSuffix(kw, "_script")
	events, ok := map[string]schema.FIFOEvents{
		"notify_fifo": schema.AllEvents, "vrrp_notify_fifo": schema.VRRPEvents, "lvs_notify_fifo": schema.LVSEvents,
	}[name]
	if !ok {
		return false
	}
	f := &w.fifos[events]
	switch {
	case isScript:
		w.command(s, &f.fifo.Script)
	case !w.need(s, 1):
	case f.fifo.Path != "":
		w.Warnf(s.at(), "a second %s is ignored", kw).As("repeated")
	default:
		f.fifo.Path, f.fifo.Src = w.str(s.arg(1)), s.src()
		f.fifo.User, f.fifo.Group = w.str(s.arg(2)), w.str(strings.TrimPrefix(s.arg(3), ":"))
		w.most(s, 3)
	}
	f.fifo.Events = events
	if f.at == nil {
		f.at = s
	}
	return true
}

// list gives the FIFOs that have a path.
func (f *fifos) list(w *world) (out []*schema.FIFO) {
	for i := range f {
		x := &f[i]
		switch {
		case x.fifo.Path != "":
			out = append(out, &x.fifo)
		case x.fifo.Script.IsSet():
			w.Warnf(x.at.at(), "%s without its FIFO; ignored", x.at.Keyword()).As("no-effect")
		}
	}
	return out
}

// hookLine maps what runs once at the start and at the stop.
func (w *world) hookLine(s *Stmt) bool {
	c := &w.cfg.Settings
	switch s.Keyword() {
	case "startup_script":
		w.command(s, &c.StartupScript)
	case "shutdown_script":
		w.command(s, &c.ShutdownScript)
	case "startup_script_timeout":
		w.hookTimeout(s, &c.StartupTimeout)
	case "shutdown_script_timeout":
		w.hookTimeout(s, &c.ShutdownTimeout)
	case "umask":
		w.umask(s)
	default:
		return false
	}
	return true
}

func (w *world) hookTimeout(s *Stmt, to *time.Duration) {
	if n, ok := w.number(s, 1, 1, 1000); ok {
		*to = time.Duration(n) * time.Second
	}
}

// umaskBits are the names of permissions, as in <sys/stat.h> without S_.
var umaskBits = map[string]uint64{
	"IRUSR": 0o400, "IWUSR": 0o200, "IXUSR": 0o100, "IRWXU": 0o700, "IRGRP": 0o40, "IWGRP": 0o20, "IXGRP": 0o10, "IRWXG": 0o70,
	"IROTH": 4, "IWOTH": 2, "IXOTH": 1, "IRWXO": 7,
}

// umask reads a number with C's base prefixes, or names joined by |.
func (w *world) umask(s *Stmt) {
	if !w.need(s, 1) {
		return
	}
	text := strings.ReplaceAll(strings.Join(strings.Fields(s.restFrom(1)), ""), "S_", "")
	mask, err := strconv.ParseUint(text, 0, 16)
	if err != nil {
		mask = 0
		for name := range strings.SplitSeq(text, "|") {
			bit, ok := umaskBits[name]
			if !ok {
				w.ignored(s, 1, "a number up to 0777, or names such as IWGRP|IWOTH")
				return
			}
			mask |= bit
		}
	}
	if mask > 0o777 {
		w.ignored(s, 1, "at most 0777")
		return
	}
	w.cfg.Settings.Umask = strconv.FormatUint(mask, 8)
}
