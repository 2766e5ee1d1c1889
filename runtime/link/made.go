package link

import (
	"errors"
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
)

// mark is the alias of links that lbgit has made (IFLA_IFALIAS): so the kernel
// itself says whose they are.
const mark = "lbgit"

var (
	macvlanModes = map[string]netlink.MacvlanMode{
		"private": netlink.MACVLAN_MODE_PRIVATE, "vepa": netlink.MACVLAN_MODE_VEPA, "bridge": netlink.MACVLAN_MODE_BRIDGE,
	}
	ipvlanFlags = map[string]netlink.IPVlanFlag{
		"private": netlink.IPVLAN_FLAG_PRIVATE, "vepa": netlink.IPVLAN_FLAG_VEPA, "bridge": netlink.IPVLAN_FLAG_BRIDGE,
	}
)

// linkState is a link as a value; name gives the names of others by number.
func linkState(k netlink.Link, name func(int) string) state.Link {
	a := k.Attrs()
	l := state.Link{
		Dev: a.Name, Up: up(a), On: a.RawFlags&unix.IFF_UP != 0, Owned: a.Alias == mark,
		MAC: a.HardwareAddr.String(), Group: a.Group,
	}
	if a.MasterIndex != 0 {
		l.Master = name(a.MasterIndex)
	}
	switch v := k.(type) {
	case *netlink.Macvlan:
		l.Type, l.Parent, l.Mode = "macvlan", name(a.ParentIndex), modeName(macvlanModes, v.Mode)
	case *netlink.IPVlan:
		// It has its parent's MAC.
		l.Type, l.Parent, l.Mode, l.MAC = "ipvlan", name(a.ParentIndex), modeName(ipvlanFlags, v.Flag), ""
		if v.Mode != netlink.IPVLAN_MODE_L2 {
			l.Mode = "l3"
		}
	}
	return l
}

func modeName[M comparable](names map[string]M, mode M) string {
	for n, m := range names {
		if m == mode {
			return n
		}
	}
	return ""
}

// ObserveLinks reads the links of these names, as far as they exist, and of
// those that lbgit has made their IPv6 link-local addresses.
func (l *Links) ObserveLinks(names []string) (links []state.Link, addrs []state.Address, err error) {
	name := func(index int) string { n, _ := l.names.name(index); return n }
	for _, n := range names {
		k, err := l.writer.LinkByName(n)
		if gone := (netlink.LinkNotFoundError{}); errors.As(err, &gone) || errors.Is(err, unix.ENODEV) {
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("link %s: %w", n, err)
		}
		s := linkState(k, name)
		links = append(links, s)
		if !s.Owned {
			continue
		}
		list, err := l.dumpAddresses(unix.AF_INET6, k.Attrs().Index)
		if err != nil {
			return nil, nil, fmt.Errorf("addresses of %s: %w", n, err)
		}
		for _, a := range list {
			if a.Link = n; a.Prefix.Addr().IsLinkLocalUnicast() {
				addrs = append(addrs, a.Address)
			}
		}
	}
	return links, addrs, nil
}

func (l *Links) applyLink(verb state.Verb, old, new *state.Link) error {
	if verb == state.Remove || verb == state.Replace {
		err := l.removeLink(old.Dev)
		if verb == state.Remove || err != nil {
			return err
		}
	}
	if verb != state.Update {
		if err := l.makeLink(new); err != nil {
			return err
		}
		old = &state.Link{MAC: new.MAC, Group: new.Group}
	}
	return l.changeLink(old, new)
}

// removeLink removes a link that carries the mark, and no other.
func (l *Links) removeLink(name string) error {
	k, err := l.writer.LinkByName(name)
	if gone := (netlink.LinkNotFoundError{}); errors.As(err, &gone) {
		return nil
	}
	if err != nil {
		return err
	}
	if k.Attrs().Alias != mark {
		return errors.New("it is not lbgit's")
	}
	return unless(errors.Is(err, unix.ENODEV), l.writer.LinkDel(k))
}

// makeLink makes a link, switched off, and marks it.
func (l *Links) makeLink(s *state.Link) error {
	parent, err := l.names.index(s.Parent)
	if err != nil {
		return fmt.Errorf("interface %s: %w", s.Parent, err)
	}
	a := netlink.NewLinkAttrs()
	a.Name, a.ParentIndex, a.Group = s.Dev, parent, s.Group
	if s.MAC != "" {
		if a.HardwareAddr, err = net.ParseMAC(s.MAC); err != nil {
			return err
		}
	}
	var k netlink.Link
	switch mode, isMacvlan := macvlanModes[s.Mode]; {
	case s.Type == "macvlan" && isMacvlan:
		k = &netlink.Macvlan{LinkAttrs: a, Mode: mode}
	case s.Type == "ipvlan":
		k = &netlink.IPVlan{LinkAttrs: a, Mode: netlink.IPVLAN_MODE_L2, Flag: ipvlanFlags[s.Mode]}
	default:
		return fmt.Errorf("a link of type %q and mode %q cannot be made", s.Type, s.Mode)
	}
	if err := l.writer.LinkAdd(k); err != nil {
		return err
	}
	// The kernel takes no alias with the request that makes a link.
	if err := l.writer.LinkSetAlias(k, mark); err != nil {
		return errors.Join(err, l.writer.LinkDel(k))
	}
	return nil
}

// changeLink changes in place what can be changed so.
func (l *Links) changeLink(old, new *state.Link) error {
	k, err := l.writer.LinkByName(new.Dev)
	if err != nil {
		return err
	}
	if old.MAC != new.MAC {
		mac, err := net.ParseMAC(new.MAC)
		if err != nil {
			return err
		}
		if err := l.writer.LinkSetHardwareAddr(k, mac); err != nil {
			return err
		}
	}
	if old.Group != new.Group {
		if err := l.writer.LinkSetGroup(k, int(new.Group)); err != nil {
			return err
		}
	}
	if old.Master != new.Master {
		index := 0
		if new.Master != "" {
			if index, err = l.names.index(new.Master); err != nil {
				return fmt.Errorf("interface %s: %w", new.Master, err)
			}
		}
		if err := l.writer.LinkSetMasterByIndex(k, index); err != nil {
			return err
		}
	}
	switch {
	case new.On && !old.On:
		return l.writer.LinkSetUp(k)
	case old.On && !new.On:
		return l.writer.LinkSetDown(k)
	}
	return nil
}
