package agent

import (
	"strings"

	"github.com/lbgit/lbgit/runtime/script"
	"github.com/lbgit/lbgit/runtime/track"
	"github.com/lbgit/lbgit/schema"
	"github.com/lbgit/lbgit/schema/diag"
)

// InspectScripts looks, on this machine, at the programs that a configuration
// runs and at who runs them. What is unsafe is an error with script_security,
// so that no tracker and no check falls out unseen; everything else is a
// warning (keepalived vrrp facts 15.1 to 15.4).
func InspectScripts(cfg *schema.Config) diag.List {
	in := inspection{cfg: &cfg.Settings, seen: map[string]bool{}}
	used := track.Used(cfg, track.Script)
	for _, s := range cfg.Scripts {
		if used[s.Name] {
			in.look("track script "+s.Name, s.Command, s.User, s.Group, s.Src)
		}
	}
	for _, i := range cfg.Instances {
		in.notify("VRRP instance "+i.Name, i.Notify, i.Src)
	}
	for _, g := range cfg.SyncGroups {
		in.notify("sync group "+g.Name, g.Notify, g.Src)
	}
	in.settings()
	for _, p := range cfg.Pools {
		in.servers(p.Checks, p.RealServers)
	}
	for _, v := range cfg.VirtualServers {
		in.servers(v.Checks, v.RealServers)
		in.notify("virtual server "+v.Title(), v.Notify, v.Src)
	}
	return in.List
}

type inspection struct {
	diag.List
	cfg *schema.Settings
	// seen are commands with their users: thousands of servers may have one.
	seen map[string]bool
}

func (in *inspection) servers(checks []*schema.Check, servers []*schema.RealServer) {
	in.checks(checks)
	for _, r := range servers {
		in.checks(r.Checks)
		in.notify("real server "+r.Endpoint.String(), r.Notify, r.Src)
	}
}

// settings looks at what runs for the node as a whole (fact 15.7).
func (in *inspection) settings() {
	for _, f := range in.cfg.FIFOs {
		in.command("script of notify_fifo "+f.Path, f.Script, f.Src)
	}
	in.command("startup_script", in.cfg.StartupScript, in.cfg.Src)
	in.command("shutdown_script", in.cfg.ShutdownScript, in.cfg.Src)
}

func (in *inspection) notify(who string, n *schema.Notify, at diag.Range) {
	if n == nil {
		return
	}
	for _, c := range []schema.Command{n.Master, n.Backup, n.Fault, n.Stop, n.Deleted, n.LowerPriority, n.Any, n.Up, n.Down, n.QuorumUp, n.QuorumDown} {
		in.command("notify script of "+who, c, at)
	}
}

func (in *inspection) command(what string, c schema.Command, at diag.Range) {
	if c.IsSet() {
		in.look(what, c.Command, c.User, c.Group, at)
	}
}

func (in *inspection) checks(list []*schema.Check) {
	for _, c := range list {
		if c.Type == schema.CheckScript {
			user, group, _ := strings.Cut(c.User, ":")
			in.look("script check", c.Command, user, group, c.Src)
		}
	}
}

func (in *inspection) look(what, command, user, group string, at diag.Range) {
	key := strings.Join([]string{command, user, group}, "\x00")
	if in.seen[key] {
		return
	}
	in.seen[key] = true
	spec, err := script.Parse(command)
	if err != nil {
		in.Warnf(at, "%s: %q cannot be understood: %v", what, command, err).As("script").Because("every run of it fails")
		return
	}
	spec.User, spec.Group = script.Account(user, group, in.cfg.ScriptUser, in.cfg.ScriptGroup)
	p := script.Inspect(spec)
	switch {
	case p == nil:
	case p.Unsafe && in.cfg.ScriptSecurity:
		in.Errorf(at, "%s: %s", what, p.What).As("script-security").Because("to put it right: %s", p.Fix)
	case p.Unsafe:
		in.Warnf(at, "%s: %s", what, p.What).As("script-security").
			Because("to put it right: %s; script_security = true refuses this", p.Fix)
	default:
		in.Warnf(at, "%s: %s", what, p.What).As("script").Because("to put it right: %s", p.Fix)
	}
}
