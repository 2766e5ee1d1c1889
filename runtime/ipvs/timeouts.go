package ipvs

import (
	"fmt"
	"time"

	moby "github.com/moby/ipvs"

	"github.com/lbgit/lbgit/reconcile/state"
)

// maxTimeout is the longest connection timeout in seconds; the kernel counts
// them in ticks, of which there may be 1000 a second, in an int (ip_vs_ctl.c).
const maxTimeout = 1<<31/1000 - 1

// Timeouts reads the connection timeouts.
func (t *Table) Timeouts() (out state.Timeouts, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer func() {
		// moby/ipvs takes the first of no answers when the module is gone.
		if r := recover(); r != nil {
			err = fmt.Errorf("timeouts: %v: %w", r, ErrNoIPVS)
		}
	}()
	c, err := t.moby.GetConfig()
	if err != nil {
		return out, fmt.Errorf("timeouts: %w", err)
	}
	return state.Timeouts{
		TCP:    uint32(c.TimeoutTCP / time.Second),
		TCPFin: uint32(c.TimeoutTCPFin / time.Second),
		UDP:    uint32(c.TimeoutUDP / time.Second),
	}, nil
}

// SetTimeouts writes the connection timeouts; 0 leaves one as it is.
func (t *Table) SetTimeouts(v state.Timeouts) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.setTimeouts(v)
}

func (t *Table) setTimeouts(v state.Timeouts) error {
	for _, s := range []uint32{v.TCP, v.TCPFin, v.UDP} {
		if s > maxTimeout {
			return fmt.Errorf("timeouts: %d s is more than the %d s that IPVS can count", s, maxTimeout)
		}
	}
	err := t.moby.SetConfig(&moby.Config{
		TimeoutTCP:    time.Duration(v.TCP) * time.Second,
		TimeoutTCPFin: time.Duration(v.TCPFin) * time.Second,
		TimeoutUDP:    time.Duration(v.UDP) * time.Second,
	})
	if err != nil {
		return fmt.Errorf("timeouts: %w", err)
	}
	return nil
}
