package agent

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/lbgit/lbgit/reconcile/compile"
	"github.com/lbgit/lbgit/runtime/link"
	"github.com/lbgit/lbgit/runtime/notify"
	"github.com/lbgit/lbgit/runtime/vrrp"
	"github.com/lbgit/lbgit/runtime/vrrp/engine"
)

// claims are what others say by ARP about the addresses that are held here: two
// masters that cannot hear each other's adverts, or a host that was given an
// address of ours.
type claims struct {
	ears *link.Rivals // nil while only observing

	mu    sync.Mutex
	count map[string]uint64 // episodes by instance
}

func (a *Agent) newClaims() (*claims, error) {
	c := &claims{count: map[string]uint64{}}
	if a.opts.Observe {
		return c, nil
	}
	var err error
	c.ears, err = link.NewRivals(a.log, a.claimed)
	return c, err
}

// of is how many there were for an instance.
func (c *claims) of(instance string) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count[instance]
}

// listenFor listens for claims of what an instance holds in its present role; of
// one that has left the configuration that is nothing.
func (a *Agent) listenFor(name string, in *compile.Instance) {
	if a.rivals.ears == nil {
		return
	}
	byLink := map[string][]netip.Addr{}
	if in != nil && a.live.Master[name] {
		for _, ad := range in.Addresses {
			byLink[ad.Link] = append(byLink[ad.Link], ad.Prefix.Addr())
		}
	}
	a.rivals.ears.Hold(name, byLink)
}

// grace is how long a claim must stand against a master. At every preemption
// the new master's gratuitous ARP may be heard before its advert has taken
// effect here.
const grace = time.Second

// claimed judges a rival after the grace. It is called beside the loop.
func (a *Agent) claimed(r link.Rival) {
	heard := time.Now()
	time.AfterFunc(grace, func() {
		if a.mastersSince(r.Owner, heard) {
			a.contest(r)
		}
	})
}

// mastersSince tells whether an instance has been master for so long, and means
// to stay it: in a hand-over both hold the address on purpose.
func (a *Agent) mastersSince(name string, at time.Time) bool {
	return slices.ContainsFunc(a.engine.Snapshot(), func(s engine.Status) bool {
		return s.Name == name && s.Role == vrrp.Master && !s.Leaving && s.LastTransition.Before(at)
	})
}

// contest tells of a rival, and tells the neighbours once where the address is.
func (a *Agent) contest(r link.Rival) {
	a.rivals.mu.Lock()
	a.rivals.count[r.Owner]++
	a.rivals.mu.Unlock()
	a.log.Warn("two hosts hold an address", "instance", r.Owner, "interface", r.Link, "address", r.Addr, "mac", r.MAC.String())
	a.notify.Tell(notify.Event{
		Object: notify.Object{Kind: notify.Instance, Name: r.Owner}, State: notify.TwoMasters, At: time.Now(),
		Cause: fmt.Sprintf("%s on %s says that it is %s", r.MAC, r.Link, r.Addr),
	})
	a.announce(r.Owner, []netip.Addr{r.Addr}, vrrp.BurstRefresh)
}
