package labtest

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	moby "github.com/moby/ipvs"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/lab"
)

var exact = cmp.Options{cmpopts.EquateComparable(netip.Addr{}), cmpopts.EquateEmpty()}

// everything uses every attribute, and every value that has once been lost.
func everything() []state.ServiceRows {
	persistent := service(key(tcp, "10.9.0.2:443"), "wlc")
	persistent.Flags, persistent.Timeout, persistent.Netmask = state.FlagPersistent, 360, 0xffffff00
	sip := service(key(udp, "10.9.0.3:5060"), "rr")
	sip.Flags, sip.Timeout, sip.Engine = state.FlagPersistent|state.FlagOnePacket, 50, "sip"
	hashed := service(key(tcp, "10.9.0.4:80"), "mh")
	hashed.Flags = state.FlagSched1 | state.FlagSched2
	third := service(key(tcp, "10.9.0.5:80"), "sh")
	third.Flags = state.FlagSched1 | state.FlagSched2 | state.FlagSched3
	v6 := service(key(tcp, "[2001:db8::10]:80"), "wrr")
	v6persistent := service(key(sctp, "[2001:db8::11]:3868"), "lc")
	v6persistent.Flags, v6persistent.Timeout, v6persistent.Netmask = state.FlagPersistent, 1800, 64
	mark4 := service(state.ServiceKey{Mark: 7}, "rr")
	mark6 := service(state.ServiceKey{Mark: 7, V6: true}, "rr")
	highMark := service(state.ServiceKey{Mark: 0xfffffffe}, "sh")

	heavy := dest("10.0.1.1:8080", state.ForwardNAT, 70000)
	heavy.Upper, heavy.Lower = 2_000_000_000, 70000
	top := dest("10.0.1.2:8080", state.ForwardNAT, 1<<31-1)
	ipip := dest("10.0.1.3:80", state.ForwardTunnel, 0)
	gue := dest("10.0.1.4:80", state.ForwardTunnel, 5)
	gue.TunnelType, gue.TunnelPort, gue.TunnelFlags = state.TunnelGUE, 6080, state.TunnelChecksum
	remote := dest("10.0.1.5:80", state.ForwardTunnel, 5)
	remote.TunnelType, remote.TunnelPort, remote.TunnelFlags = state.TunnelGUE, 443, state.TunnelRemoteChecksum
	gre := dest("10.0.1.6:80", state.ForwardTunnel, 5)
	gre.TunnelType, gre.TunnelFlags = state.TunnelGRE, state.TunnelChecksum
	crossing := dest("10.0.1.7:80", state.ForwardTunnel, 5) // an IPv4 tunnel of an IPv6 service
	crossing6 := dest("[2001:db8::9]:80", state.ForwardTunnel, 5)
	anyPort := dest("10.0.1.8:0", state.ForwardDirect, 5)

	return normal([]state.ServiceRows{
		{Service: service(key(tcp, "10.9.0.1:80"), "wrr"), Dests: []state.Dest{heavy, top}},
		{Service: persistent, Dests: []state.Dest{dest("10.0.1.9:443", state.ForwardDirect, 1)}},
		{Service: sip},
		{Service: hashed, Dests: []state.Dest{ipip, gue, remote, gre, crossing6, dest("10.0.1.10:80", state.ForwardLocal, 3)}},
		{Service: third},
		{Service: v6, Dests: []state.Dest{crossing, dest("[2001:db8::1:1]:8080", state.ForwardNAT, 2)}},
		{Service: v6persistent, Dests: []state.Dest{dest("[2001:db8::1:2]:3868", state.ForwardDirect, 2)}},
		{Service: mark4, Dests: []state.Dest{anyPort}},
		{Service: mark6, Dests: []state.Dest{dest("[2001:db8::1:3]:0", state.ForwardDirect, 4)}},
		{Service: highMark},
		{Service: service(key(sctp, "10.9.0.6:3868"), "fo")},
		{Service: service(key(udp, "10.9.0.7:53"), "dh")},
	})
}

func TestEveryAttributeComesBack(t *testing.T) {
	node, table := open(t)
	want := everything()
	apply(t, table, additions(want)...)
	if diff := cmp.Diff(want, observe(t, table), exact); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
	var keys []state.ServiceKey
	for i := len(want) - 1; i >= 0; i-- {
		keys = append(keys, want[i].Service.ServiceKey)
	}
	keys = append(keys, key(tcp, "10.9.0.99:80"), keys[0]) // one that is not there, one twice
	got, err := table.ObserveServices(t.Context(), keys)
	if diff := cmp.Diff(want, got, exact); err != nil || diff != "" {
		t.Errorf("observed by key (-want +got): %v\n%s", err, diff)
	}
	checkAgainstIpvsadm(t, node, want)
	checkAgainstMoby(t, node, want)

	s := table.Sweeper()
	s.Expect(want)
	drift, err := s.Sweep()
	if err != nil || len(drift.Changed)+len(drift.Unknown) > 0 {
		t.Errorf("a sweep over what was just observed: %+v, %v\n%s", drift, err, node.Run("cat", "/proc/thread-self/net/ip_vs"))
	}
}

// checkAgainstIpvsadm compares with what another program reads.
func checkAgainstIpvsadm(t *testing.T, node *lab.Node, rows []state.ServiceRows) {
	t.Helper()
	got := lab.IPVS(node)
	for _, line := range []string{
		"-A -t 10.9.0.1:80 -s wrr",
		"-A -t 10.9.0.2:443 -s wlc -p 360 -M 255.255.255.0",
		"-A -u 10.9.0.3:5060 -s rr -p 50 --pe sip -o",
		"-A -t 10.9.0.4:80 -s mh -b mh-fallback,mh-port",
		"-A -t 10.9.0.5:80 -s sh -b sh-fallback,sh-port",
		"-A -t [2001:db8::10]:80 -s wrr",
		"-A --sctp-service [2001:db8::11]:3868 -s lc -p 1800 -M 64",
		"-A -f 7 -6 -s rr",
		"-A -f 7 -s rr",
		"-A -f -2 -s sh", // ipvsadm prints marks as signed,
		"-a -t 10.9.0.1:80 -r 10.0.1.1:8080 -m -w 70000",
		"-a -t 10.9.0.1:80 -r 10.0.1.2:8080 -m -w 2147483647",
		"-a -t 10.9.0.2:443 -r 10.0.1.9:443 -g -w 1",
		"-a -t 10.9.0.4:80 -r 10.0.1.3:80 -i -w 0 --tun-type ipip",
		"-a -t 10.9.0.4:80 -r 10.0.1.4:80 -i -w 5 --tun-type gue --tun-port 6080 --tun-csum",
		"-a -t 10.9.0.4:80 -r 10.0.1.5:80 -i -w 5 --tun-type gue --tun-port 443 --tun-remcsum",
		"-a -t 10.9.0.4:80 -r 10.0.1.6:80 -i -w 5 --tun-type gre --tun-csum",
		"-a -t 10.9.0.4:80 -r [2001:db8::9]:80 -i -w 5 --tun-type ipip",
		"-a -t [2001:db8::10]:80 -r 10.0.1.7:80 -i -w 5 --tun-type ipip",
		"-a -t [2001:db8::10]:80 -r [2001:db8::1:1]:8080 -m -w 2",
		"-a -f 7 -6 -r [2001:db8::1:3]:0 -g -w 4",
	} {
		found := false
		for l := range strings.Lines(got) {
			found = found || strings.Join(strings.Fields(l), " ") == line
		}
		if !found {
			t.Errorf("ipvsadm does not show %q", line)
		}
	}
	if l := node.Run("ipvsadm", "-Ln", "--thresholds"); !strings.Contains(strings.Join(strings.Fields(l), " "), "10.0.1.1:8080 2000000000 70000") {
		t.Errorf("ipvsadm does not show the thresholds:\n%s", l)
	}
	lines := 0
	for _, r := range rows {
		lines += 1 + len(r.Dests)
	}
	if n := strings.Count(strings.TrimSpace(got), "\n") + 1; n != lines {
		t.Errorf("ipvsadm shows %d lines, not %d", n, lines)
	}
	if t.Failed() {
		t.Log("ipvsadm -Sn:\n" + got)
	}
}

// checkAgainstMoby takes moby/ipvs for a second opinion on what it can read.
func checkAgainstMoby(t *testing.T, node *lab.Node, rows []state.ServiceRows) {
	t.Helper()
	var handle *moby.Handle
	node.Do(func() (err error) {
		handle, err = moby.New("")
		return err
	})
	defer handle.Close()
	services, err := handle.GetServices()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, s := range services {
		dests, err := handle.GetDestinations(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range dests {
			name := fmt.Sprintf("%d %v:%d %d-%d %v:%d", s.Protocol, s.Address, s.Port, s.FWMark, s.AddressFamily, d.Address, d.Port)
			seen[name] = fmt.Sprint(s.SchedName, s.Flags&^2, d.ConnectionFlags, uint16(d.Weight), d.UpperThreshold, d.LowerThreshold)
		}
	}
	for _, r := range rows {
		for _, d := range r.Dests {
			k := r.Service.ServiceKey
			family, addr := 2, fmt.Sprint(k.Addr)
			if k.V6 || k.Addr.Is6() {
				family = 10
			}
			if k.Mark != 0 {
				addr = "<nil>"
			}
			name := fmt.Sprintf("%d %s:%d %d-%d %v:%d", k.Protocol, addr, k.Port, k.Mark, family, d.Addr, d.Port)
			want := fmt.Sprint(r.Service.Scheduler, r.Service.Flags, uint32(d.Forward), uint16(d.Weight), d.Upper, d.Lower)
			if seen[name] != want {
				t.Errorf("moby/ipvs sees %q of %s, not %q", seen[name], name, want)
			}
		}
	}
}

func TestEmptyTable(t *testing.T) {
	_, table := open(t)
	if rows := observe(t, table); len(rows) != 0 {
		t.Errorf("rows of an empty table: %v", rows)
	}
}

func TestTimeouts(t *testing.T) {
	node, table := open(t)
	apply(t, table, state.Change{Verb: state.Update, New: state.Timeouts{TCP: 1234, UDP: 77}})
	got, err := table.Timeouts()
	if want := (state.Timeouts{TCP: 1234, TCPFin: 120, UDP: 77}); err != nil || got != want {
		t.Errorf("timeouts are %+v, %v; want %+v", got, err, want)
	}
	if out := node.Run("ipvsadm", "-l", "--timeout"); !strings.Contains(out, "1234 120 77") {
		t.Errorf("ipvsadm says %q", out)
	}
	if err := table.SetTimeouts(state.Timeouts{TCP: 1 << 30}); err == nil {
		t.Error("a timeout longer than the kernel can count was accepted")
	}
}
