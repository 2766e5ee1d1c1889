package schema

import "github.com/lbgit/lbgit/schema/diag"

// Inactive tells which settings are understood and not acted on yet. One that
// gates health or authentication is an error: a node must not run less safely
// than its source says. The rest are warnings. It is the one list of what is
// not done, whatever language the source is in; a feature that comes to life
// leaves it.
func (c *Config) Inactive() diag.List {
	var l diag.List
	if m := c.Settings.Mail; m != nil && m.AlertCheckers == On {
		l.Warnf(c.Settings.Src, "mail: alert_checkers: read, not active: mail is sent about VRRP only").As("inactive")
	}
	for _, f := range c.Settings.FIFOs {
		if f.Events == LVSEvents {
			l.Warnf(f.Src, "notify_fifo %q: read, not active: events of servers are not written yet", f.Path).As("inactive")
		}
	}
	if c.Settings.SyncDaemon != nil {
		l.Warnf(c.Settings.Src, "lvs_sync_daemon: read, not active").As("inactive")
	}
	for _, p := range c.Pools {
		inactiveServers(&l, p.RealServers)
		inactiveChecks(&l, p.Checks)
	}
	for _, vs := range c.VirtualServers {
		inactiveNotify(&l, vs.Title(), vs.Notify, vs.Src)
		if vs.Omega {
			l.Warnf(vs.Src, "omega of %q: read, not active", vs.Title()).As("inactive")
		}
		if vs.HASuspend {
			l.Warnf(vs.Src, "ha_suspend of %q: read, not active: it is checked in every role", vs.Title()).As("inactive")
		}
		inactiveServers(&l, vs.RealServers)
		inactiveChecks(&l, vs.Checks)
	}
	return l
}

func inactiveNotify(l *diag.List, what string, n *Notify, at diag.Range) {
	if n != nil {
		l.Warnf(at, "notifications of %s: read, not active: nothing is run or sent yet", what).As("inactive")
	}
}

func inactiveServers(l *diag.List, servers []*RealServer) {
	for _, r := range servers {
		if r.Notify != nil {
			inactiveNotify(l, "real server "+r.Endpoint.String(), r.Notify, r.Src)
		}
		inactiveChecks(l, r.Checks)
	}
}

// activeChecks are the check types that are run.
var activeChecks = map[CheckType]bool{CheckTCP: true, CheckHTTP: true, CheckHTTPS: true, CheckScript: true}

func inactiveChecks(l *diag.List, checks []*Check) {
	for _, c := range checks {
		if !activeChecks[c.Type] {
			l.Errorf(c.Src, "%s checks are not active yet", c.Type).As("inactive").
				Because("the server would count as healthy without being asked; use tcp, http, https or script")
		}
		if c.CA != "" {
			l.Errorf(c.Src, "ca_file of a check is not active yet").As("inactive").
				Because("certificates are verified against the system's roots; leave it out to do so")
		}
		if c.Dynamic {
			l.Errorf(c.Src, "dynamic_weight of a script check is not active yet").As("inactive")
		}
	}
}
