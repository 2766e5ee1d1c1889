package link

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/link/filter"
)

// forever is a lifetime without an end (INFINITY_LIFE_TIME).
const forever = 1<<32 - 1

// Apply writes one change to a link, an address, a route, a rule, a filter or
// a kernel parameter.
//
// Adding what is there already with the same content only gives it our owner;
// with another content it is unix.EEXIST. Removing what is gone is fine, also
// when it went with its interface. The error names the object and carries the
// kernel's number and text.
func (l *Links) Apply(c state.Change) error {
	var err error
	switch o := c.Object().(type) {
	case state.Address:
		was, is := both(c, o)
		err = l.applyAddress(c.Verb, was, is)
	case state.Route:
		was, is := both(c, o)
		err = l.applyRoute(c.Verb, was, is)
	case state.Link:
		was, is := both(c, o)
		err = l.applyLink(c.Verb, was, is)
	case state.Rule:
		was, is := both(c, o)
		err = l.applyRule(c.Verb, was, is)
	case state.Filter:
		err = filter.Apply(c.Verb, o)
	case state.Sysctl:
		if c.Verb == state.Remove {
			err = errors.New("a kernel parameter cannot be removed")
		} else {
			err = l.sysctlWrite(o.Path, o.Value)
		}
	default:
		err = errors.New("neither link, address, route, rule, filter nor kernel parameter")
	}
	if err != nil {
		o := c.Object()
		return fmt.Errorf("%s %s %s: %w", c.Verb, o.Kind(), o.Name(), err)
	}
	return nil
}

// both gives what an object was and what it is to be; where the change names one
// of them, that is both.
func both[T state.Object](c state.Change, o T) (was, is *T) {
	before := o
	if old, ok := c.Old.(T); ok {
		before = old
	}
	return &before, &o
}

func (l *Links) applyAddress(verb state.Verb, old, new *state.Address) error {
	if verb == state.Remove || verb == state.Replace {
		err := l.removeAddress(old)
		if verb == state.Remove || err != nil {
			return err
		}
	}
	k, err := l.kernelAddress(new)
	if err != nil {
		return err
	}
	if verb == state.Update {
		return l.writer.AddrReplace(nil, k)
	}
	err = l.writer.AddrAdd(nil, k)
	if errors.Is(err, unix.EEXIST) {
		there, _, lookErr := l.observeOn([]state.AddressKey{new.AddressKey}, false)
		if lookErr == nil && len(there) == 1 && there[0].Same(withDefaults(new.Given(there[0]))) {
			return l.writer.AddrReplace(nil, k) // it gets our owner
		}
	}
	return err
}

// withDefaults fills in what the kernel does.
func withDefaults(a state.Address) state.Address {
	if a.Label == "" && a.Prefix.Addr().Is4() {
		a.Label = a.Link
	}
	return a
}

func (l *Links) removeAddress(a *state.Address) error {
	k, err := l.kernelAddress(a)
	if err != nil {
		return unless(errors.Is(err, unix.ENODEV), err)
	}
	// The kernel compares a label, and ours may be out of date: local address,
	// prefix and peer are what names an address.
	k.Label = ""
	err = l.writer.AddrDel(nil, k)
	return unless(errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.ENODEV), err)
}

// kernelAddress is the address as the netlink library wants it.
func (l *Links) kernelAddress(a *state.Address) (*netlink.Addr, error) {
	if !a.Prefix.IsValid() {
		return nil, errors.New("it is no address")
	}
	if a.Peer.IsValid() && a.Peer.Bits() != a.Prefix.Bits() {
		return nil, errors.New("an address with a peer has the peer's prefix length")
	}
	index, err := l.names.index(a.Link)
	if err != nil {
		return nil, fmt.Errorf("interface %s: %w", a.Link, err)
	}
	k := &netlink.Addr{
		IPNet:     ipNet(a.Prefix),
		LinkIndex: index,
		Scope:     int(a.Scope),
		Label:     a.Label,
		Protocol:  int(a.Owner),
		// The library makes up a broadcast address where it gets none.
		Broadcast: net.IPv4zero,
		// A preferred lifetime of 0 is only sent beside another one.
		ValidLft: forever, PreferedLft: forever,
	}
	if a.Peer.IsValid() {
		k.Peer = ipNet(a.Peer)
	}
	if a.Broadcast.IsValid() && a.Broadcast != netip.IPv4Unspecified() {
		k.Broadcast = a.Broadcast.AsSlice()
	}
	switch {
	case a.Deprecated:
		k.PreferedLft = 0
	case a.Preferred != 0:
		k.PreferedLft = int(a.Preferred)
	}
	for _, f := range addressFlags(a) {
		if *f.set {
			k.Flags |= f.bit
		}
	}
	return k, nil
}
