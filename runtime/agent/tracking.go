package agent

import (
	"log/slog"

	"github.com/lbgit/lbgit/reconcile/compile"
	"github.com/lbgit/lbgit/runtime/track"
	"github.com/lbgit/lbgit/runtime/vrrp"
)

// newTrackers makes the trackers of a daemon; nothing runs yet. With observe
// set they write nothing.
func newTrackers(log *slog.Logger, report func(track.Object), observe bool) map[track.Kind]track.Tracker {
	return map[track.Kind]track.Tracker{
		track.Script:  track.NewScripts(log, report),
		track.File:    track.NewFiles(log, report, observe),
		track.Process: track.NewProcesses(log, report),
		track.BFD:     newSessions(log, report, observe),
	}
}

// verdict is what is known of a tracked object.
func (a *Agent) verdict(o track.Object) track.Verdict {
	switch o.Kind {
	case track.Interface:
		_, _, up, _, err := a.kernel.links.Interface(o.Name)
		if err != nil {
			return track.Answer(false, err.Error())
		}
		return track.Answer(up, "down")
	case track.VirtualServer:
		up, known := a.quorum[o.Name]
		if !known {
			return track.Verdict{}
		}
		return track.Answer(up, "no quorum")
	}
	if t := a.trackers[o.Kind]; t != nil {
		return t.Verdict(o.Name)
	}
	return track.Verdict{}
}

// uses gives what an instance depends on, as it is now.
func (a *Agent) uses(i *compile.Instance) []track.Use {
	return track.Uses(i.VRRP, a.prepared.Config, a.verdict)
}

// tracked brings a changed verdict to every instance that uses the object.
func (a *Agent) tracked(o track.Object) {
	for _, i := range a.prepared.Instances {
		if track.Depends(i.VRRP, a.prepared.Config, o) {
			a.trackInstance(i)
		}
	}
}

// trackInstance tells the engine what all that an instance depends on comes to.
func (a *Agent) trackInstance(i *compile.Instance) {
	sum, fault, pending := track.Effect(a.uses(i))
	a.engine.SetFault(i.VRRP.Name, vrrp.FaultTracker, fault)
	a.engine.SetFault(i.VRRP.Name, vrrp.FaultPending, pending)
	a.engine.SetPriority(i.VRRP.Name, int(i.VRRP.Priority)+sum-a.overrides.demoted(i.VRRP.Name))
	a.tellAwaited(i.VRRP, fault, pending)
}
