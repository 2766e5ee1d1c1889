package engine

import (
	"log/slog"
	"net/netip"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

// Rival is another master on the link of an instance that was master.
type Rival struct {
	Instance string
	Peer     netip.Addr
	Priority uint8
	// Yielded says that the instance gave way, as after any preemption.  If it
	// did not, there were two masters for a while.
	Yielded bool
	Cause   vrrp.Cause
	At      time.Time // wall clock, for people
}

// met counts and tells of another master.
func (e *Engine) met(i *instance, a vrrp.Action) {
	r := Rival{Instance: i.spec.Name, Peer: a.From, Priority: a.Priority, Cause: a.Cause, At: time.Now()}
	r.Yielded = i.state.Role != vrrp.Master
	if !r.Yielded {
		i.count.Rivals++
		e.log(slog.LevelWarn, "vrrp: another master on the link", slog.String("instance", i.spec.Name),
			slog.String("peer", a.From.String()), slog.Int("priority", int(a.Priority)), slog.String("cause", string(a.Cause)))
	}
	e.rivals.push(r)
}

// tell is the goroutine of rivals.
func (e *Engine) tell(rivals []Rival) {
	for _, r := range rivals {
		e.opts.Rival(r)
	}
}
