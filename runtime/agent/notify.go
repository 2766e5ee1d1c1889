package agent

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/runtime/notify"
	"github.com/lbgit/lbgit/runtime/script"
	"github.com/lbgit/lbgit/runtime/vrrp"
	"github.com/lbgit/lbgit/runtime/vrrp/engine"
	"github.com/lbgit/lbgit/schema"
)

// hookTimeout is the time limit of the startup and shutdown scripts unless the
// source gives one.
const hookTimeout = 10 * time.Second

// configureNotify tells the notifier who wants to hear of what. An observing
// daemon tells nobody.
func (a *Agent) configureNotify(renamed map[string]string) {
	if !a.opts.Observe {
		a.notify.Set(a.prepared.Config, renamed)
	}
}

// tellRole tells of a role once the addresses have followed it (fact 6.14). A
// master that did not get them is none: the engine reports FAULT next.
func (a *Agent) tellRole(f engine.Fact, failed error) {
	delete(a.awaited, f.Instance)
	switch {
	case a.stopping || f.Role == vrrp.Init: // STOP and DELETED are told elsewhere
	case f.Role == vrrp.Master && failed != nil:
	case f.Role == vrrp.Fault && f.Cause == vrrp.Cause(vrrp.FaultPending.String()):
		// Waiting for a first result is not told (fact 7.10). It may have come
		// while this was on its way.
		a.awaited[f.Instance] = f
		a.trackInstance(a.prepared.Instance(f.Instance))
	default:
		a.notify.Tell(event(f))
	}
}

// tellAwaited tells of a FAULT that was held back until its reason is known.
func (a *Agent) tellAwaited(i *schema.VRRPInstance, fault, pending bool) {
	f, held := a.awaited[i.Name]
	if !held || pending {
		return
	}
	delete(a.awaited, i.Name)
	if fault {
		f.Cause = vrrp.Cause(vrrp.FaultTracker.String())
		a.notify.Tell(event(f))
	}
}

// tellRemark tells of what happened within a role.
func (a *Agent) tellRemark(f engine.Fact) {
	if a.stopping {
		return
	}
	e := event(f)
	switch {
	case f.Remark == engine.LowerHeard:
		e.State = notify.LowerPriority
	case f.Role == vrrp.Master:
		e.State = notify.MasterPriority
	default:
		e.State = notify.BackupPriority
	}
	a.notify.Tell(e)
}

// rival tells of another master that this one met and did not give way to. It
// is called by the engine, beside the loop.
func (a *Agent) rival(r engine.Rival) {
	if r.Yielded {
		return
	}
	a.notify.Tell(notify.Event{
		Object: notify.Object{Kind: notify.Instance, Name: r.Instance}, State: notify.TwoMasters, At: r.At,
		Cause: fmt.Sprintf("%s speaks as master with priority %d: %s", r.Peer, r.Priority, r.Cause),
	})
}

func event(f engine.Fact) notify.Event {
	return notify.Event{
		Object: notify.Object{Kind: notify.Instance, Name: f.Instance}, State: notify.State(f.Role.String()),
		Priority: f.Priority, Cause: string(f.Cause), At: f.At,
	}
}

// beforeStart sets the umask, and runs the startup script before anything of
// the first revision is put in force.
func (a *Agent) beforeStart(ctx context.Context, s *schema.Settings) {
	if a.opts.Observe {
		return
	}
	if mask, ok, err := s.UmaskBits(); ok && err == nil {
		unix.Umask(int(mask))
	}
	if !a.hooked {
		a.hooked = true
		a.hook(ctx, s.StartupScript, s.StartupTimeout, s)
	}
}

// sayGoodbye tells STOP of everything and runs the shutdown script last.
func (a *Agent) sayGoodbye(ctx context.Context) {
	if a.opts.Observe || a.prepared == nil {
		return
	}
	a.notify.Stop(ctx)
	s := &a.prepared.Config.Settings
	a.hook(ctx, s.ShutdownScript, s.ShutdownTimeout, s)
}

// hook runs a script and waits for it; how it ends decides nothing.
func (a *Agent) hook(ctx context.Context, c schema.Command, limit time.Duration, s *schema.Settings) {
	if !c.IsSet() {
		return
	}
	spec, err := notify.Spec(c, s)
	if err != nil {
		a.log.Error("script cannot be run", "script", c.Command, "error", err)
		return
	}
	if spec.Timeout = limit; limit == 0 {
		spec.Timeout = hookTimeout
	}
	if r := script.Run(ctx, spec); !r.OK() {
		a.log.Error("script failed", "script", c.Command, "reason", r.Reason(), "took", r.Took.Round(time.Millisecond))
	}
}
