package labtest

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/ipvs"
	"github.com/lbgit/lbgit/runtime/lab"
)

func TestMain(m *testing.M) { lab.Main(m) }

const tcp, udp, sctp = 6, 17, 132

// open gives the table of a new machine.
func open(t testing.TB) (*lab.Node, *ipvs.Table) {
	t.Helper()
	node := lab.New(t).Node("lb", "10.0.0.1/24")
	var table *ipvs.Table
	node.Do(func() (err error) {
		table, err = ipvs.Open()
		return err
	})
	t.Cleanup(func() { table.Close() })
	return node, table
}

func key(proto uint8, addr string) state.ServiceKey {
	a := netip.MustParseAddrPort(addr)
	return state.ServiceKey{Protocol: proto, Addr: a.Addr(), Port: a.Port()}
}

func service(k state.ServiceKey, scheduler string) state.Service {
	s := state.Service{ServiceKey: k, Scheduler: scheduler, Netmask: 0xffffffff}
	if k.V6 || k.Addr.Is6() {
		s.Netmask = 128
	}
	return s
}

func dest(addr string, forward uint8, weight int32) state.Dest {
	a := netip.MustParseAddrPort(addr)
	return state.Dest{Addr: a.Addr(), Port: a.Port(), Forward: forward, Weight: weight}
}

// additions are the changes that make rows out of nothing.
func additions(rows []state.ServiceRows) (out []state.Change) {
	for _, r := range rows {
		out = append(out, state.Change{Verb: state.Add, New: r.Service})
		for _, d := range r.Dests {
			out = append(out, state.Change{Verb: state.Add, New: state.Destination{Service: r.Service.ServiceKey, Dest: d}})
		}
	}
	return out
}

func apply(t testing.TB, table *ipvs.Table, changes ...state.Change) {
	t.Helper()
	for i, err := range table.Apply(changes) {
		if err != nil {
			t.Errorf("change %d: %v", i, err)
		}
	}
}

func observe(t testing.TB, table *ipvs.Table) []state.ServiceRows {
	t.Helper()
	rows, err := table.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// normal brings rows into the order of a state.
func normal(rows []state.ServiceRows) []state.ServiceRows {
	s := state.State{Services: rows}
	s.Normalize()
	return s.Services
}

// many makes so many services with so many destinations each.
func many(services, dests int) (rows []state.ServiceRows) {
	for i := range services {
		r := state.ServiceRows{Service: service(key(tcp, fmt.Sprintf("10.%d.%d.%d:80", 10+i/65536, i/256%256, i%256)), "wrr")}
		for j := range dests {
			r.Dests = append(r.Dests, dest(fmt.Sprintf("10.200.%d.%d:8080", j/250, 1+j%250), state.ForwardNAT, int32(1+j)))
		}
		rows = append(rows, r)
	}
	return normal(rows)
}

func byKey(a, b state.ServiceKey) int { return cmp.Or(a.Compare(b)) }

func sorted(keys []state.ServiceKey) []state.ServiceKey {
	return slices.SortedFunc(slices.Values(keys), byKey)
}
