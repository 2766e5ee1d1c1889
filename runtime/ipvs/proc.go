package ipvs

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
)

// procService is a service's line of /proc/net/ip_vs (ip_vs_info_seq_show in
// the kernel's ip_vs_ctl.c):
//
//	TCP  C0000201:0050 wlc persistent 36000 FFFFFFFF
//	UDP  C0000201:0035 rr ops
//	TCP  [2001:0db8:0000:0000:0000:0000:0000:0001]:0050 rr
//	FWM  00000005 sh
type procService struct {
	key        state.ServiceKey // of a mark without the family
	scheduler  []byte
	ops        bool
	hidesOps   bool // IPv6 lines never show it
	persistent bool
	ticks      uint32
	netmask    uint32 // as shown: see procNetmask
}

// procDest is a destination's line:
//
//	-> 0A000001:0050      Masq    1      0          0
type procDest struct {
	addr    netip.Addr
	port    uint16
	forward uint8
	weight  int32
}

func compareProcDest(a, b procDest) int {
	if c := a.addr.Compare(b.addr); c != 0 {
		return c
	}
	return cmp.Compare(a.port, b.port)
}

// cutLine splits the first line off.
func cutLine(p []byte) (line, rest []byte) {
	if i := bytes.IndexByte(p, '\n'); i >= 0 {
		return p[:i], p[i+1:]
	}
	return p, nil
}

// cutWord splits the first word off.
func cutWord(p []byte) (word, rest []byte) {
	for len(p) > 0 && p[0] == ' ' {
		p = p[1:]
	}
	if i := bytes.IndexByte(p, ' '); i >= 0 {
		return p[:i], p[i:]
	}
	return p, nil
}

func parseProcService(line []byte) (s procService, ok bool) {
	proto, rest := cutWord(line)
	where, rest := cutWord(rest)
	if string(proto) == "FWM" {
		mark, ok := parseHex(where, 8)
		if !ok || mark == 0 {
			return s, false
		}
		s.key.Mark = mark
	} else {
		if s.key.Protocol, ok = procProtocol(proto); !ok {
			return s, false
		}
		if s.key.Addr, s.key.Port, ok = parseProcEndpoint(where); !ok {
			return s, false
		}
		s.hidesOps = s.key.Addr.Is6()
	}
	s.scheduler, rest = cutWord(rest)
	for {
		var word []byte
		if word, rest = cutWord(rest); len(word) == 0 {
			return s, len(s.scheduler) > 0
		}
		switch string(word) {
		case "ops":
			s.ops = true
		case "persistent":
			s.persistent = true
			word, rest = cutWord(rest)
			if s.ticks, ok = parseDecimal(word); !ok {
				return s, false
			}
			word, rest = cutWord(rest)
			if s.netmask, ok = parseHex(word, 8); !ok {
				return s, false
			}
		}
	}
}

func parseProcDest(line []byte) (d procDest, ok bool) {
	arrow, rest := cutWord(line)
	if string(arrow) != "->" {
		return d, false
	}
	where, rest := cutWord(rest)
	if d.addr, d.port, ok = parseProcEndpoint(where); !ok {
		return d, false
	}
	forward, rest := cutWord(rest)
	switch string(forward) {
	case "Local":
		d.forward = state.ForwardLocal
	case "Tunnel":
		d.forward = state.ForwardTunnel
	case "Route":
		d.forward = state.ForwardDirect
	}
	word, _ := cutWord(rest)
	weight, ok := parseDecimal(word)
	d.weight = int32(weight)
	return d, ok
}

// shownForward is the method under which a destination's line shows one: all
// that has no name there is called masquerading.
func shownForward(f uint8) uint8 {
	if f > state.ForwardDirect {
		return state.ForwardNAT
	}
	return f
}

func procProtocol(p []byte) (uint8, bool) {
	switch string(p) {
	case "TCP":
		return unix.IPPROTO_TCP, true
	case "UDP":
		return unix.IPPROTO_UDP, true
	case "SCTP":
		return unix.IPPROTO_SCTP, true
	}
	return 0, false
}

// parseProcEndpoint reads 0A000001:0050 or [2001:0db8:...]:0050, in which every
// group is written out.
func parseProcEndpoint(p []byte) (a netip.Addr, port uint16, ok bool) {
	const v4, v6 = 8, 1 + 39 + 1 // sizes in front of the colon
	var size int
	switch {
	case len(p) == v4+5:
		v, ok := parseHex(p[:v4], 8)
		if !ok {
			return a, 0, false
		}
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], v)
		a, size = netip.AddrFrom4(b), v4
	case len(p) == v6+5 && p[0] == '[' && p[v6-1] == ']':
		var b [16]byte
		for i := range 8 {
			at := 1 + 5*i
			v, ok := parseHex(p[at:at+4], 4)
			if !ok || i > 0 && p[at-1] != ':' {
				return a, 0, false
			}
			binary.BigEndian.PutUint16(b[2*i:], uint16(v))
		}
		a, size = netip.AddrFrom16(b), v6
	default:
		return a, 0, false
	}
	v, ok := parseHex(p[size+1:], 4)
	return a, uint16(v), ok && p[size] == ':'
}

// parseHex reads a number of exactly so many digits.
func parseHex(p []byte, digits int) (v uint32, ok bool) {
	if len(p) != digits {
		return 0, false
	}
	for _, c := range p {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		v = v<<4 | uint32(c)
	}
	return v, true
}

func parseDecimal(p []byte) (v uint32, ok bool) {
	if len(p) == 0 || len(p) > 10 {
		return 0, false
	}
	n := uint64(0)
	for _, c := range p {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return uint32(n), n < 1<<32
}

// procNetmask is how the table shows a service's netmask: turned around from
// network byte order, an IPv6 prefix length, too, which never was in it.
func procNetmask(v uint32, family uint16) uint32 {
	if family != unix.AF_INET6 {
		return v
	}
	var b [4]byte
	binary.NativeEndian.PutUint32(b[:], v)
	return binary.BigEndian.Uint32(b[:])
}
