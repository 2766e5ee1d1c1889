package engine

import (
	"cmp"
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
	stale  bool // look at its instances again even if it is as before
	// up is what counts: info, but after the delay of its instances.  settleAt
	// ends a delay under way.
	up       bool
	settleAt time.Duration
}

// settle lets an interface be up, or down, once it has been so for the delay
// that its instances ask for.  One that is gone is gone at once.
func (e *Engine) settle(l *link, fresh bool) {
	up := l.info.usable()
	if up == l.up {
		l.settleAt = 0
		return
	}
	wait := e.delay(l.info.Name, up)
	switch now := e.now(); {
	case fresh || l.info.Index == 0 || wait <= 0 || l.settleAt != 0 && l.settleAt <= now:
		l.up, l.settleAt = up, 0
	case l.settleAt == 0:
		l.settleAt = now + wait
	}
	if l.settleAt != 0 {
		e.retry(l.settleAt)
	}
}

// delay is interface_up_down_delays: while an interface is down nobody hears
// the master, so the wait must end before the peers take over (fact 2.23).
func (e *Engine) delay(ifname string, up bool) (wait time.Duration) {
	for _, i := range e.instances {
		switch {
		case i.spec.base() != ifname:
		case up:
			return i.spec.UpDelay
		default:
			interval, n := i.cfg.Interval, time.Duration(cmp.Or(i.cfg.DownAdverts, 3))
			if i.state.MasterInterval > 0 {
				interval = min(interval, i.state.MasterInterval)
			}
			limit := min(i.spec.DownDelay, (n-1)*interval-interval/256)
			if wait == 0 || limit < wait {
				wait = limit
			}
		}
	}
	return wait
}

// retry has everything looked at again at a time.
func (e *Engine) retry(at time.Duration) {
	if e.retryAt == 0 || at < e.retryAt {
		e.retryAt = at
	}
}

// same says whether there is no news of an interface.
func (l *link) same(info linkInfo) bool {
	return l.probed && !l.stale && l.info.Index == info.Index && l.info.Up == info.Up && l.info.Problem == nil &&
		slices.Equal(l.info.Addrs, info.Addrs)
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
		e.retry(e.now() + reprobe)
		if l.probed {
			return
		}
		info = linkInfo{Name: info.Name, Problem: info.Problem}
	}
	if info.Problem == nil && l.same(info) {
		return
	}
	if l.info.Index != info.Index {
		e.closeLink(info.Name) // gone, or another interface of that name
	}
	fresh := !l.probed
	l.info, l.probed, l.stale = info, true, false
	e.settle(l, fresh)
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
	usable := base.serves(i) && out.serves(i)
	source := e.resource(i, base, out)
	if usable && i.cfg.Source.IsValid() {
		usable = e.open(i)
	}
	// Without an interface the missing address is no news of its own.  What sets
	// in goes first: between two faults there must be no moment without one.
	if usable && !source {
		e.setFault(i, vrrp.FaultSource, true)
	}
	e.setFault(i, vrrp.FaultConfig, i.spec.Unicast && len(i.spec.Peers) == 0 || i.hmac.broken())
	e.setFault(i, vrrp.FaultLink, !usable)
	if !usable || source {
		e.setFault(i, vrrp.FaultSource, false)
	}
	if !i.started && !e.released {
		i.started = true
		e.step(i, vrrp.Start{Held: i.spec.Held, Delay: i.spec.StartDelay})
	}
}

// serves says whether an instance can run on a link: one that ignores its own
// interface (dont_track_primary) needs it only to exist.
func (l *link) serves(i *instance) bool {
	return l.up || i.spec.IgnoreLink && l.info.Index != 0
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
		e.retry(e.now() + reprobe)
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
		return a.Is4() != v6 && (!v6 || a.IsLinkLocalUnicast() == local) && !e.virtuals[place{i.spec.base(), a}]
	}
	if slices.Contains(addrs, i.cfg.Source) && usable(i.cfg.Source) {
		return i.cfg.Source
	}
	if n := slices.IndexFunc(addrs, usable); n >= 0 {
		return addrs[n]
	}
	return netip.Addr{}
}
