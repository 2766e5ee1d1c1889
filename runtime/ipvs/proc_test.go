package ipvs

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lbgit/lbgit/reconcile/state"
)

func TestProcService(t *testing.T) {
	v4 := func(proto uint8, addr string, port uint16) state.ServiceKey {
		return state.ServiceKey{Protocol: proto, Addr: netip.MustParseAddr(addr), Port: port}
	}
	for _, c := range []struct {
		line string
		want procService
		ok   bool
	}{
		{"TCP  C0000201:0050 wlc  ", procService{key: v4(6, "192.0.2.1", 80), scheduler: []byte("wlc")}, true},
		{"UDP  C0000201:0035 rr ops ", procService{key: v4(17, "192.0.2.1", 53), scheduler: []byte("rr"), ops: true}, true},
		{"SCTP  0A090006:0F1C fo  persistent 36000 FFFFFF00", procService{key: v4(132, "10.9.0.6", 3868), scheduler: []byte("fo"), persistent: true, ticks: 36000, netmask: 0xffffff00}, true},
		{"UDP  0A090003:13C4 rr ops  persistent 5000 FFFFFFFF", procService{key: v4(17, "10.9.0.3", 5060), scheduler: []byte("rr"), ops: true, persistent: true, ticks: 5000, netmask: 0xffffffff}, true},
		{"TCP  [2001:0db8:0000:0000:0000:0000:0000:0011]:0F1C lc persistent 360 40000000", procService{key: v4(6, "2001:db8::11", 3868), scheduler: []byte("lc"), hidesOps: true, persistent: true, ticks: 360, netmask: 0x40000000}, true},
		{"FWM  00000007 rr ", procService{key: state.ServiceKey{Mark: 7}, scheduler: []byte("rr")}, true},
		{"FWM  FFFFFFFE sh ops persistent 360 FFFFFFFF", procService{key: state.ServiceKey{Mark: 0xfffffffe}, scheduler: []byte("sh"), ops: true, persistent: true, ticks: 360, netmask: 0xffffffff}, true},
		{"IP Virtual Server version 1.2.1 (size=4096)", procService{}, false},
		{"Prot LocalAddress:Port Scheduler Flags", procService{}, false},
		{"ICMP  C0000201:0050 wlc", procService{}, false},
		{"TCP  C0000201:0050", procService{}, false},
		{"TCP  C000020G:0050 rr", procService{}, false},
		{"TCP  C0000201-0050 rr", procService{}, false},
		{"TCP  [2001:0db8:0000:0000:0000:0000:0000-0011]:0F1C lc", procService{}, false},
		{"TCP  C0000201:0050 rr persistent", procService{}, false},
		{"TCP  C0000201:0050 rr persistent 99999999999 FFFFFFFF", procService{}, false},
		{"FWM  00000000 rr", procService{}, false},
		{"", procService{}, false},
	} {
		got, ok := parseProcService([]byte(c.line))
		same := got.key == c.want.key && bytes.Equal(got.scheduler, c.want.scheduler) && got.ops == c.want.ops && got.hidesOps == c.want.hidesOps &&
			got.persistent == c.want.persistent && got.ticks == c.want.ticks && got.netmask == c.want.netmask
		if ok != c.ok || ok && !same {
			t.Errorf("%q gives %+v, %v", c.line, got, ok)
		}
	}
}

func TestProcDest(t *testing.T) {
	a := netip.MustParseAddr
	for _, c := range []struct {
		line string
		want procDest
		ok   bool
	}{
		{"  -> 0A000001:1F90      Masq    1      0          0         ", procDest{a("10.0.0.1"), 8080, state.ForwardNAT, 1}, true},
		{"  -> 0A000001:0000      Route   0      12         99        ", procDest{a("10.0.0.1"), 0, state.ForwardDirect, 0}, true},
		{"  -> 0A000001:0050      Tunnel  2147483647 0          0         ", procDest{a("10.0.0.1"), 80, state.ForwardTunnel, 1<<31 - 1}, true},
		{"  -> 0A000001:0050      Local   3", procDest{a("10.0.0.1"), 80, state.ForwardLocal, 3}, true},
		{"  -> [2001:0db8:0000:0000:0000:0000:0001:0002]:0F1C      Route   2      0          0         ", procDest{a("2001:db8::1:2"), 3868, state.ForwardDirect, 2}, true},
		{"  -> RemoteAddress:Port Forward Weight ActiveConn InActConn", procDest{}, false},
		{"  -> 0A000001:0050      Masq", procDest{}, false},
		{"TCP  C0000201:0050 wlc", procDest{}, false},
	} {
		if got, ok := parseProcDest([]byte(c.line)); ok != c.ok || ok && got != c.want {
			t.Errorf("%q gives %+v, %v", c.line, got, ok)
		}
	}
}

// recorded is what kernel 7.2 showed.
func recorded(t testing.TB) []byte {
	t.Helper()
	p, err := os.ReadFile(filepath.Join("testdata", "ip_vs"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCompareWithRecorded(t *testing.T) {
	key := func(addr string, port uint16) state.ServiceKey {
		return state.ServiceKey{Protocol: 6, Addr: netip.MustParseAddr(addr), Port: port}
	}
	web, mark4, mark6 := key("10.9.0.1", 80), state.ServiceKey{Mark: 7}, state.ServiceKey{Mark: 7, V6: true}
	gone := key("10.9.0.99", 80)
	s := &Sweeper{ticks: 100}
	s.Expect([]state.ServiceRows{
		{
			Service: state.Service{ServiceKey: web, Scheduler: "wrr", Netmask: 0xffffffff},
			Dests:   []state.Dest{{Addr: netip.MustParseAddr("10.0.1.2"), Port: 8080, Weight: 1<<31 - 1}},
		},
		{
			Service: state.Service{ServiceKey: key("10.9.0.2", 443), Scheduler: "wlc", Flags: state.FlagPersistent, Timeout: 360, Netmask: 0xffffff00},
			Dests:   []state.Dest{{Addr: netip.MustParseAddr("10.0.1.9"), Port: 443, Forward: state.ForwardDirect, Weight: 1}},
		},
		{Service: state.Service{ServiceKey: gone, Scheduler: "rr"}},
		{
			Service: state.Service{ServiceKey: mark4, Scheduler: "rr", Netmask: 0xffffffff},
			Dests:   []state.Dest{{Addr: netip.MustParseAddr("10.0.1.8"), Forward: state.ForwardDirect, Weight: 5}},
		},
		{
			Service: state.Service{ServiceKey: mark6, Scheduler: "rr", Netmask: 128},
			Dests:   []state.Dest{{Addr: netip.MustParseAddr("2001:db8::1:3"), Forward: state.ForwardDirect, Weight: 4}},
		},
	})
	table := recorded(t)
	var d Drift
	run := func() { d = s.compare(table) }
	run()
	if !slices.Equal(d.Changed, []state.ServiceKey{gone}) || len(d.Unknown) != 9 {
		t.Errorf("changed %v, unknown %v", d.Changed, d.Unknown)
	}
	if n := testing.AllocsPerRun(20, run); n != 0 {
		t.Errorf("a comparison makes %v allocations", n)
	}
	s.ticks = 1000 // then 36000 ticks are not 360 s
	if run(); !slices.Contains(d.Changed, key("10.9.0.2", 443)) {
		t.Errorf("another timeout is not seen: %v", d.Changed)
	}
}

func FuzzProc(f *testing.F) {
	f.Add(recorded(f))
	f.Add([]byte("FWM  00000007 rr \n  -> 0A000108:0000      Route   5"))
	f.Add([]byte("TCP  [:]:0050 rr persistent\n->\n-> [\n"))
	s := &Sweeper{ticks: 100}
	s.Expect([]state.ServiceRows{{Service: state.Service{ServiceKey: state.ServiceKey{Mark: 7}, Scheduler: "rr"}}})
	f.Fuzz(func(t *testing.T, table []byte) {
		if d := s.compare(table); len(d.Changed) > 1 {
			t.Errorf("changed %v", d.Changed)
		}
	})
}
