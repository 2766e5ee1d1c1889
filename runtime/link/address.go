package link

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/internal/nl"
)

const (
	ifaProto = 11 // IFA_PROTO, kernel 5.18; not yet in x/sys

	addrHeader = 8 // struct ifaddrmsg: family, prefix length, flags, scope, index
)

// kernelAddress is an address as the kernel tells it.
type kernelAddress struct {
	state.Address // without the interface's name
	index         int
	secondary     bool
}

// parseAddress reads a message about an address. What is no address of IPv4 or
// IPv6 is not ok.
func parseAddress(body []byte) (a kernelAddress, ok bool) {
	if len(body) < addrHeader {
		return a, false
	}
	family, bits := body[0], int(body[1])
	flags := uint32(body[2])
	a.Scope = body[3]
	a.index = int(binary.NativeEndian.Uint32(body[4:]))
	var local, address netip.Addr
	for typ, v := range nl.Attrs(body[addrHeader:]) {
		switch typ {
		case unix.IFA_ADDRESS:
			address, _ = parseIP(v, family)
		case unix.IFA_LOCAL:
			local, _ = parseIP(v, family)
		case unix.IFA_LABEL:
			a.Label = v.Text()
		case unix.IFA_BROADCAST:
			a.Broadcast, _ = parseIP(v, family)
		case unix.IFA_FLAGS:
			flags = v.Uint32() // all 32 of them; the header has room for 8
		case unix.IFA_CACHEINFO:
			// struct ifa_cacheinfo: ifa_prefered is the first.
			if left := v.Uint32(); len(v) >= 4 && left == 0 {
				a.Deprecated = true
			} else if left != forever {
				a.Preferred = state.Ends
			}
		case ifaProto:
			a.Owner = v.Uint8()
		}
	}
	// With a peer ADDRESS is the peer's; without one IPv6 sends no LOCAL.
	if !local.IsValid() {
		local = address
	} else if address.IsValid() && address != local {
		a.Peer = netip.PrefixFrom(address, bits)
	}
	a.Prefix = netip.PrefixFrom(local, bits)
	for _, f := range addressFlags(&a.Address) {
		*f.set = flags&uint32(f.bit) != 0
	}
	a.Deprecated = a.Deprecated || flags&unix.IFA_F_DEPRECATED != 0
	a.secondary = flags&unix.IFA_F_SECONDARY != 0 && family == unix.AF_INET // means "temporary" for IPv6
	return a, a.Prefix.IsValid()
}

// addressFlag is a bit of an address (uapi/linux/if_addr.h) with what it means.
type addressFlag struct {
	bit int
	set *bool
}

func addressFlags(a *state.Address) [5]addressFlag {
	return [...]addressFlag{
		{unix.IFA_F_NODAD, &a.NoDAD}, {unix.IFA_F_NOPREFIXROUTE, &a.NoPrefixRoute}, {unix.IFA_F_HOMEADDRESS, &a.Home},
		{unix.IFA_F_MANAGETEMPADDR, &a.ManageTemp}, {unix.IFA_F_MCAUTOJOIN, &a.AutoJoin},
	}
}

// parseIP reads an address of the family.
func parseIP(v []byte, family uint8) (netip.Addr, bool) {
	switch {
	case family == unix.AF_INET && len(v) == 4:
		return netip.AddrFrom4([4]byte(v)), true
	case family == unix.AF_INET6 && len(v) == 16:
		return netip.AddrFrom16([16]byte(v)), true
	}
	return netip.Addr{}, false
}

// dumpAddresses reads the addresses of a family (0: both) of an interface (0:
// all).
func (l *Links) dumpAddresses(family uint8, index int) (out []kernelAddress, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := &l.batch
	b.Reset()
	b.Begin(unix.RTM_GETADDR, 0)
	var header [addrHeader]byte
	header[0] = family
	binary.NativeEndian.PutUint32(header[4:], uint32(index))
	b.Raw(header[:]...)
	err = l.addrs.Dump(b, func() { out = out[:0] }, func(body []byte) error {
		// Filtered again, as kernels before 4.20 filter by family only.
		if a, ok := parseAddress(body); ok && (index == 0 || a.index == index) {
			out = append(out, a)
		}
		return nil
	})
	return out, err
}

// primary is the interface's own IPv4 address: see Interface.
func (l *Links) primary(index int) (netip.Addr, error) {
	list, err := l.dumpAddresses(unix.AF_INET, index)
	if err != nil {
		return netip.Addr{}, err
	}
	for _, a := range list {
		if !a.secondary && a.Owner != state.OwnerVRRP {
			return a.Prefix.Addr(), nil
		}
	}
	return netip.Addr{}, nil
}

// SupportsOwner tells whether addresses can carry an owner (IFA_PROTO, kernel
// 5.18). The kernel marks some addresses of its own, such as ::1, so reading
// tells; where there are none its version does.
func (l *Links) SupportsOwner() bool {
	l.mu.Lock()
	known := l.owner
	l.mu.Unlock()
	if known != 0 {
		return known > 0
	}
	known = -1
	if list, err := l.dumpAddresses(unix.AF_UNSPEC, 0); err == nil {
		for _, a := range list {
			if a.Owner != 0 {
				known = 1
			}
		}
	}
	if known < 0 && kernelAtLeast(5, 18) {
		known = 1
	}
	l.mu.Lock()
	l.owner = known
	l.mu.Unlock()
	return known > 0
}

func kernelAtLeast(major, minor int) bool {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return false
	}
	var v [2]int
	part := 0
	for _, c := range u.Release {
		switch {
		case c >= '0' && c <= '9':
			v[part] = 10*v[part] + int(c-'0')
			continue
		case c == '.' && part == 0:
			part++
			continue
		}
		break
	}
	return v[0] > major || v[0] == major && v[1] >= minor
}
