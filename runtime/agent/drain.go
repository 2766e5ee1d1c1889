package agent

import (
	"context"
	"slices"
	"time"

	"github.com/lbgit/lbgit/reconcile/compile"
	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
)

// drains are the real servers that left the configuration and are kept at
// weight 0 until their time is up.
type drains struct {
	list  []drain
	timer drainTimer
}

type drain struct {
	service state.ServiceKey
	dest    state.Dest
	until   time.Time
}

// drainTimer fires when the first drain is over; it may never have been set.
type drainTimer struct{ t *time.Timer }

func (d *drainTimer) C() <-chan time.Time {
	if d.t == nil {
		return nil
	}
	return d.t.C
}

func (d *drainTimer) set(at time.Time) {
	if d.t == nil {
		d.t = time.NewTimer(time.Until(at))
		return
	}
	d.t.Reset(time.Until(at))
}

// drainRemoved starts draining what was in the table for a virtual server and
// is not in its successor. A virtual server that goes as a whole is removed:
// nothing would send it connections to finish.
func (a *Agent) drainRemoved(gone, came []*compile.Virtual) {
	next := map[state.ServiceKey]*compile.Virtual{}
	for _, v := range came {
		for i := range v.Services {
			next[v.Services[i].ServiceKey] = v
		}
	}
	now := time.Now()
	for _, v := range gone {
		for i := range v.Services {
			key := v.Services[i].ServiceKey
			n := next[key]
			if n == nil || n.VS.Drain <= 0 {
				continue
			}
			had, ok := slices.BinarySearchFunc(a.expected.rows, key, func(r state.ServiceRows, k state.ServiceKey) int { return r.Service.Compare(k) })
			if !ok {
				continue
			}
			for _, d := range a.expected.rows[had].Dests {
				if d.Weight > 0 && !n.Has(key, &d) {
					a.drains.list = append(a.drains.list, drain{key, d, now.Add(n.VS.Drain)})
					a.log.Info("draining", "service", key.String(), "real_server", d.Endpoint().String(), "for", n.VS.Drain)
				}
			}
		}
	}
	a.arrangeDrains()
}

// arrangeDrains makes the drains facts of the next pass and sets the timer.
// One that came back into the configuration is no longer drained.
func (a *Agent) arrangeDrains() {
	clear(a.live.Draining)
	a.drains.list = slices.DeleteFunc(a.drains.list, func(d drain) bool {
		v := a.prepared.Virtual(d.service)
		return v == nil || v.Has(d.service, &d.dest)
	})
	var first time.Time
	for _, d := range a.drains.list {
		a.live.Draining[d.service] = append(a.live.Draining[d.service], d.dest)
		if first.IsZero() || d.until.Before(first) {
			first = d.until
		}
	}
	if !first.IsZero() {
		a.drains.timer.set(first)
	}
}

// expire removes what has drained.
func (a *Agent) expire(ctx context.Context) {
	now := time.Now()
	var over []state.ServiceKey
	a.drains.list = slices.DeleteFunc(a.drains.list, func(d drain) bool {
		if d.until.After(now) {
			return false
		}
		over = append(over, d.service)
		return true
	})
	a.arrangeDrains()
	if len(over) > 0 {
		a.pass(ctx, state.Scope{Services: sortKeys(over)}, plan.Reason{Why: plan.Expiry, Detail: "drained"})
	}
}
