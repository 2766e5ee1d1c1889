package engine

import (
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"github.com/lbgit/lbgit/runtime/vrrp"
)

// reprobe is the pause before an interface that could not be examined, or a
// socket that could not be opened, is tried again unasked.
const reprobe = 5 * time.Second

// link is an interface that instances use.
type link struct {
	info   linkInfo
	probed bool
}

// watch begins to look at the links that an instance uses.
func (e *Engine) watch(i *instance) {
	for _, name := range []string{i.spec.base(), i.spec.transmit()} {
		if e.links[name] == nil {
			e.links[name] = &link{info: linkInfo{Name: name}}
			e.probes.push(name)
		}
	}
}

// probed takes the news about an interface.
func (e *Engine) probed(info linkInfo) {
	l := e.links[info.Name]
	if l == nil {
		return // no instance uses it
	}
	if info.Problem != nil {
		// The kernel did not answer.  What was known stays true until it does.
		if !same(info.Problem, l.info.Problem) {
			e.log(slog.LevelError, "vrrp: cannot examine interface", slog.String("interface", info.Name), slog.String("error", info.Problem.Error()))
		}
		l.info.Problem = info.Problem
		e.retryAt = e.now() + reprobe
		if l.probed {
			return
		}
		info = linkInfo{Name: info.Name, Problem: info.Problem}
	}
	if l.info.Index != info.Index {
		e.closeLink(info.Name) // gone, or another interface of that name
	}
	l.info, l.probed = info, true
	for _, i := range e.instances {
		if i.spec.base() == info.Name || i.spec.transmit() == info.Name {
			e.relink(i)
		}
	}
	e.sweep()
}

// relink brings an instance in line with its interfaces: source address,
// sockets, faults, and the start if it waited for them.
func (e *Engine) relink(i *instance) {
	base, out := e.links[i.spec.base()], e.links[i.spec.transmit()]
	if base == nil || out == nil || !base.probed || !out.probed {
		return
	}
	usable := base.info.usable() && out.info.usable()
	source := e.resource(i, base, out)
	if usable && i.cfg.Source.IsValid() {
		usable = e.open(i)
	}
	// Without an interface the missing address is no news of its own.  What sets
	// in goes first: between two faults there must be no moment without one.
	if usable && !source {
		e.setFault(i, vrrp.FaultSource, true)
	}
	e.setFault(i, vrrp.FaultConfig, i.spec.Unicast && len(i.spec.Peers) == 0)
	e.setFault(i, vrrp.FaultLink, !usable)
	if !usable || source {
		e.setFault(i, vrrp.FaultSource, false)
	}
	if !i.started && !e.released {
		i.started = true
		e.step(i, vrrp.Start{Held: i.spec.Held, Delay: i.spec.StartDelay})
	}
}

// setFault feeds a change, and nothing if there is none.
func (e *Engine) setFault(i *instance, bit vrrp.FaultBit, on bool) {
	if (i.state.Faults&bit != 0) != on {
		e.step(i, vrrp.FaultChange{Bit: bit, On: on})
	}
}

// open sees to it that the instance has its sockets.
func (e *Engine) open(i *instance) bool {
	err := e.listen(i)
	if err == nil {
		err = e.dial(i)
	}
	if err != nil {
		if !same(err, i.openErr) {
			e.logError(i, "cannot open socket", err)
		}
		e.retryAt = e.now() + reprobe
	}
	i.openErr = err
	return err == nil
}

// resource finds the source address again, and says whether there is one.  A
// configured address need not exist, unless it is tracked (fact 7.6).
func (e *Engine) resource(i *instance, base, out *link) bool {
	source := i.spec.Config.Source.Unmap()
	there := !i.spec.TrackSource || slices.Contains(base.info.Addrs, source)
	if !source.IsValid() {
		addrs := base.info.Addrs
		if i.spec.v6() {
			addrs = out.info.Addrs // a macvlan has a link-local address of its own
		}
		source = e.source(i, addrs)
		there = source.IsValid()
	}
	if source.IsValid() && source != i.cfg.Source {
		i.cfg.Source = source
		i.build()
		if i.started {
			e.step(i, vrrp.Reconfigured{})
		}
	}
	return there
}

// source chooses the address that adverts come from: the one in use as long as
// it exists, or else the first that is not virtual (facts 3.14, 17.1).  For
// IPv6 it is a link-local one, or for peers beyond the link a global one.
func (e *Engine) source(i *instance, addrs []netip.Addr) netip.Addr {
	v6 := i.spec.v6()
	local := !i.spec.Unicast || len(i.spec.Peers) == 0 || i.spec.Peers[0].Addr.IsLinkLocalUnicast()
	usable := func(a netip.Addr) bool {
		return a.Is4() != v6 && (!v6 || a.IsLinkLocalUnicast() == local) && !e.virtual(i.spec.base(), a)
	}
	if slices.Contains(addrs, i.cfg.Source) && usable(i.cfg.Source) {
		return i.cfg.Source
	}
	if n := slices.IndexFunc(addrs, usable); n >= 0 {
		return addrs[n]
	}
	return netip.Addr{}
}

// virtual says whether an address of an interface is an instance's.
func (e *Engine) virtual(ifname string, a netip.Addr) bool {
	return slices.ContainsFunc(e.instances, func(i *instance) bool {
		return i.spec.base() == ifname && i.cfg.Priority != vrrp.Owner &&
			(slices.Contains(i.spec.Advertised, a) || slices.Contains(i.spec.Excluded, a))
	})
}
