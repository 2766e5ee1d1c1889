package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lbgit/lbgit/runtime/control"
	"github.com/lbgit/lbgit/runtime/vrrp"
)

var errNotYet = errors.New("no configuration is in force yet")

// ordered carries an order out in the loop.
func (h handler) ordered(ctx context.Context, f func() (string, error)) (said string, err error) {
	errIn := h.in(ctx, func() {
		switch {
		case h.a.prepared == nil:
			err = errNotYet
		case h.a.opts.Observe:
			err = errors.New("the daemon only observes")
		default:
			said, err = f()
		}
	})
	return said, errors.Join(err, errIn)
}

func (h handler) Demote(ctx context.Context, q control.InstanceRequest) (string, error) {
	return h.ordered(ctx, func() (string, error) { return h.a.demote(q) })
}

func (h handler) Promote(ctx context.Context, q control.InstanceRequest) (string, error) {
	return h.ordered(ctx, func() (string, error) { return h.a.promote(q) })
}

// Failover hands over and waits for the outcome, which is known after an
// advert interval and a little more.
func (h handler) Failover(ctx context.Context, q control.InstanceRequest) (string, error) {
	began := time.Now()
	if _, err := h.ordered(ctx, func() (string, error) { return "", h.a.startFailover(q.Instance) }); err != nil {
		return "", err
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for ended := time.After(handOver + time.Second); ; {
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-ended:
			return "", fmt.Errorf("%s: the hand-over has begun and not ended yet; look at `lbgit status`", q.Instance)
		case <-tick.C:
		}
		for _, s := range h.a.engine.Snapshot() {
			switch {
			case s.Name != q.Instance || s.Leaving:
			case s.Role != vrrp.Master && s.MasterAddr.IsValid():
				return fmt.Sprintf("%s: handed over to %s (priority %d)\n", s.Name, s.MasterAddr, s.MasterPriority), nil
			case s.Role == vrrp.Master && !s.StandsBack && s.LastTransition.After(began):
				return "", fmt.Errorf("%s: nobody took over; this node stays master", s.Name)
			}
		}
	}
}
