package engine

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// protocolVRRP marks addresses that lbgit set as VRRP's (IFA_PROTO, kernel
// 5.18).  They are virtual even if no present instance names them.
const protocolVRRP = 76

// Probe asks the kernel about an interface.  That it does not exist is an
// answer and no problem: it may appear (fact 1.41 is not copied).
func (system) Probe(ifname string) linkInfo {
	info := linkInfo{Name: ifname}
	if ifname == "" {
		info.Addrs, info.Problem = addresses(nil)
		return info
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		info.Problem = fmt.Errorf("socket: %w", err)
		return info
	}
	defer unix.Close(fd)
	// Two requests for one interface, where package net would dump them all.
	r, err := unix.NewIfreq(ifname)
	if err == nil {
		err = unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, r)
	}
	if errors.Is(err, unix.ENODEV) {
		return info
	}
	if err != nil {
		info.Problem = fmt.Errorf("interface %s: %w", ifname, err)
		return info
	}
	info.Index = int(r.Uint32())
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, r); err != nil {
		info.Problem = fmt.Errorf("flags of %s: %w", ifname, err)
		return info
	}
	const up = unix.IFF_UP | unix.IFF_RUNNING
	info.Up = r.Uint16()&up == up
	info.Addrs, info.Problem = addresses(&netlink.Device{LinkAttrs: netlink.LinkAttrs{Name: ifname, Index: info.Index}})
	return info
}

// addresses lists what adverts may be sent from, of one interface or of all.  A dump that was interrupted
// by a change is taken again: an address missing from it would look like FAULT.
func addresses(of netlink.Link) (out []netip.Addr, err error) {
	var list []netlink.Addr
	for range 5 {
		list, err = netlink.AddrList(of, netlink.FAMILY_ALL)
		if !errors.Is(err, netlink.ErrDumpInterrupted) {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("addresses: %w", err)
	}
	for _, a := range list {
		ip, ok := netip.AddrFromSlice(a.IP)
		if !ok || a.Protocol == protocolVRRP || a.Flags&(unix.IFA_F_TENTATIVE|unix.IFA_F_DADFAILED) != 0 {
			continue
		}
		out = append(out, ip.Unmap())
	}
	return out, nil
}
