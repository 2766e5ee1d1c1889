package agent

import (
	"fmt"
	"strings"
	"time"

	"github.com/lbgit/lbgit/runtime/control"
	"github.com/lbgit/lbgit/runtime/store"
	"github.com/lbgit/lbgit/runtime/track"
	"github.com/lbgit/lbgit/runtime/vrrp"
	"github.com/lbgit/lbgit/runtime/vrrp/engine"
	"github.com/lbgit/lbgit/runtime/vrrp/wire"
)

// instances says of every VRRP instance what it is, and why.
func (a *Agent) instances(s *control.Status) {
	for _, e := range a.engine.Snapshot() {
		i := control.Instance{
			Name: e.Name, State: e.Role.String(), Interface: e.Interface, VRID: e.VRID, Version: e.Version,
			Priority: e.Priority, BasePriority: e.BasePriority, MasterPriority: e.MasterPriority,
			Cause: string(e.LastCause), Since: e.LastTransition, Timers: timers(&e), Counters: counters(&e.Counters, a.rivals.of(e.Name)),
			Group: e.Sync, Leaving: e.Leaving, StandsBack: e.StandsBack, Delayed: e.Delayed, Waits: e.Waits, SendError: e.SendError,
		}
		if e.UnknownVRIDs > 0 {
			i.Counters["unknown_vrid"] = e.UnknownVRIDs
		}
		if e.Source.IsValid() {
			i.Source = e.Source.String()
		}
		if e.Faults != 0 {
			i.Faults = e.Faults.String()
		}
		if e.Would != e.Role {
			i.Would = e.Would.String()
		}
		if e.MasterAddr.IsValid() && e.Role != vrrp.Master {
			i.Master = e.MasterAddr.String()
		}
		if in := a.prepared.Instance(e.Name); in != nil {
			for _, ad := range in.Addresses {
				i.Addresses = append(i.Addresses, ad.Prefix.String())
			}
			list := track.Explain(a.uses(in))
			for _, c := range list {
				i.Trackers = append(i.Trackers, c.String())
			}
			i.Orders = a.orders(e.Name)
			i.Why = why(&e, track.Sum(int(in.VRRP.Priority), list), i.Orders)
		}
		s.Instances = append(s.Instances, i)
	}
}

// why says how the effective priority comes about.
func why(e *engine.Status, sum string, orders []string) string {
	switch {
	case e.BasePriority == vrrp.Owner:
		return "255: the owner of its addresses"
	case e.Led:
		return "254: promoted by hand" + until(orders)
	case len(orders) > 0:
		sum += ", by hand: " + strings.Join(orders, ", ")
	}
	return sum
}

// until says how long a promotion lasts.
func until(orders []string) string {
	for _, o := range orders {
		if rest, ok := strings.CutPrefix(o, string(store.Promote)); ok {
			return rest
		}
	}
	return ""
}

// orders are what operators ordered for an instance, in words.
func (a *Agent) orders(instance string) (list []string) {
	for _, o := range a.overrides.list {
		if o.Instance != instance {
			continue
		}
		text := string(o.Kind)
		if o.Kind == store.Demote {
			text += fmt.Sprintf(" by %d", o.By)
		}
		if !o.Until.IsZero() {
			text += " until " + o.Until.Format(time.DateTime)
		}
		list = append(list, text)
	}
	return list
}

func timers(e *engine.Status) control.Timers {
	t := control.Timers{Advert: e.Interval.String(), MasterAdvert: e.MasterInterval.String(), MasterDown: e.MasterDown.Round(time.Millisecond).String()}
	if e.Deadline != 0 {
		t.Next = e.Deadline.Round(time.Millisecond).String()
	}
	return t
}

// counters are those that are not zero, under keepalived's names where it has
// them (vrrp fact 18.8).
func counters(c *engine.Counters, claims uint64) map[string]uint64 {
	m := map[string]uint64{
		"advert_sent": c.Sent, "advert_rcvd": c.Received, "become_master": c.BecameMaster, "release_master": c.ReleasedMaster,
		"pri_zero_sent": c.PriorityZeroSent, "pri_zero_rcvd": c.PriorityZeroReceived, "addr_list_err": c.AddressList,
		"send_err": c.SendErrors, "two_masters": c.Rivals, "addresses_claimed": claims,
	}
	for r, n := range c.Errors {
		if r > 0 {
			m[wire.Reject(r).Name()] += n
		}
	}
	for name, n := range m {
		if n == 0 {
			delete(m, name)
		}
	}
	return m
}
