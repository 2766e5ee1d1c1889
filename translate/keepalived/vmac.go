package keepalived

import (
	"strconv"
	"strings"

	"github.com/lbgit/lbgit/schema"
)

// vmac maps use_vmac [[name] IF] [MAC] [netlink_notify_msg] [group G].
func (w *world) vmac(v *schema.VRRPInstance, s *Stmt) {
	m := &schema.VMAC{}
	v.VMAC = m
	for i := 1; i < len(s.Words); i++ {
		switch a := s.arg(i); {
		case a == "netlink_notify_msg":
			w.Warnf(s.word(i), "use_vmac: netlink_notify_msg has no effect").As("no-effect").
				Because("the daemon hears of every link by itself")
		case strings.Contains(a, ":"):
			if err := m.MAC.UnmarshalText([]byte(a)); err != nil {
				w.Warnf(s.word(i), "use_vmac: %v; ignored", err).As("bad-value")
			}
		default:
			i = w.linkOption(s, i, &m.Name, &m.Group)
		}
	}
}

// ipvlan maps use_ipvlan [[name] IF] [ADDR[/LEN]] [bridge|private|vepa] [group G].
func (w *world) ipvlan(v *schema.VRRPInstance, s *Stmt) {
	m := &schema.IPVLAN{}
	v.IPVLAN = m
	for i := 1; i < len(s.Words); i++ {
		a := s.arg(i)
		var mode schema.IPVLANMode
		if mode.UnmarshalText([]byte(a)) == nil {
			m.Mode = mode
			continue
		}
		if p, ok := prefix(a); ok {
			m.Address = p
			continue
		}
		i = w.linkOption(s, i, &m.Name, &m.Group)
	}
}

// linkOption maps what both have in common, and gives the place of the last word
// that it read.
func (w *world) linkOption(s *Stmt, i int, name *string, group *uint32) int {
	switch a := s.arg(i); {
	case a == "group" && i+1 < len(s.Words):
		i++
		if n, err := strconv.ParseUint(s.arg(i), 10, 32); err == nil {
			*group = uint32(n)
		} else {
			w.ignored(s, i, "the number of a group of links")
		}
	case a == "name" && i+1 < len(s.Words):
		i++
		w.device(s, i, name)
	default:
		w.device(s, i, name)
	}
	return i
}

// virtualMACs settles what the options about VMACs mean together (facts 2.14,
// 13.3, 13.8).
func (w *world) virtualMACs(v *schema.VRRPInstance, sc *vrrpScan) {
	if v.VMAC != nil && v.IPVLAN != nil {
		w.Warnf(sc.vmac.ipvlan.at(), "instance %q has use_vmac already; use_ipvlan is ignored", v.Name).As("bad-value")
		v.IPVLAN = nil
	}
	if s := sc.vmac.base; s != nil {
		if v.VMAC == nil {
			w.Warnf(s.at(), "vmac_xmit_base has no effect without use_vmac").As("no-effect")
		} else {
			v.VMAC.XmitBase = true
		}
	}
	if v.VMAC != nil && len(v.Peers) > 0 {
		v.VMAC.XmitBase = true
	}
	if sc.vmac.addresses == nil {
		return
	}
	for _, list := range [2][]schema.VirtualAddress{v.Addresses, v.Excluded} {
		for i := range list {
			if list[i].Dev != "" && list[i].Dev != v.Interface {
				list[i].VMAC = true
			}
		}
	}
}
