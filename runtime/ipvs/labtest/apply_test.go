package labtest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/lab"
)

func member(k state.ServiceKey, d state.Dest) state.Destination {
	return state.Destination{Service: k, Dest: d}
}

func TestOneOfManyFails(t *testing.T) {
	node, table := open(t)
	rows := many(1000, 1)
	const bad = 487
	rows[bad].Service.Scheduler = "nonsense"
	changes := additions(rows)
	for i, err := range table.Apply(changes) {
		// The service, and then its destination, which has nowhere to go.
		if wrong := i == 2*bad || i == 2*bad+1; wrong != (err != nil) {
			t.Errorf("change %d: %v", i, err)
		}
		if i == 2*bad && err != nil {
			want := `add service tcp 10.10.1.231:80: the kernel has no scheduler "nonsense"`
			if !errors.Is(err, unix.ENOENT) || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("error is %q", err)
			}
		}
		if i == 2*bad+1 && !errors.Is(err, unix.ESRCH) {
			t.Errorf("a destination without a service gives %v", err)
		}
	}
	want := append(slices.Clone(rows[:bad]), rows[bad+1:]...)
	if diff := cmp.Diff(want, observe(t, table), exact); diff != "" {
		t.Error(diff)
	}
	if n := strings.Count(lab.IPVS(node), "-a -t"); n != 999 {
		t.Errorf("ipvsadm sees %d destinations", n)
	}
}

func TestTheEndCounts(t *testing.T) {
	_, table := open(t)
	k := key(tcp, "10.9.0.1:80")
	rr, wrr := service(k, "rr"), service(k, "wrr")
	light, heavy := dest("10.0.1.1:80", state.ForwardNAT, 1), dest("10.0.1.1:80", state.ForwardNAT, 9)
	want := func(what string, rows ...state.ServiceRows) {
		t.Helper()
		if diff := cmp.Diff(rows, observe(t, table), exact); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	add := func(o state.Object) state.Change { return state.Change{Verb: state.Add, New: o} }
	update := func(o state.Object) state.Change { return state.Change{Verb: state.Update, Old: o, New: o} }
	replace := func(o state.Object) state.Change { return state.Change{Verb: state.Replace, Old: o, New: o} }
	remove := func(o state.Object) state.Change { return state.Change{Verb: state.Remove, Old: o} }

	apply(t, table, add(rr), add(member(k, light)))
	apply(t, table, add(wrr), add(member(k, heavy)))
	want("added twice", state.ServiceRows{Service: wrr, Dests: []state.Dest{heavy}})

	apply(t, table, remove(member(k, heavy)), remove(member(k, heavy)), update(member(k, light)))
	want("removed twice and updated", state.ServiceRows{Service: wrr, Dests: []state.Dest{light}})

	apply(t, table, replace(member(k, heavy)))
	want("replaced", state.ServiceRows{Service: wrr, Dests: []state.Dest{heavy}})

	apply(t, table, remove(wrr), remove(wrr), remove(member(k, heavy)))
	want("removed twice")

	// All in one batch: the service is missing when the destinations come.
	apply(t, table, update(rr), add(member(k, light)), update(member(k, dest("10.0.1.2:80", state.ForwardNAT, 2))))
	want("updated what is gone", state.ServiceRows{Service: rr, Dests: []state.Dest{light, dest("10.0.1.2:80", state.ForwardNAT, 2)}})

	apply(t, table, replace(wrr), replace(member(k, heavy)))
	want("a replaced service", state.ServiceRows{Service: wrr, Dests: []state.Dest{heavy}})

	errs := table.Apply([]state.Change{add(member(key(tcp, "10.9.0.2:80"), light)), update(wrr)})
	if !errors.Is(errs[0], unix.ESRCH) || errs[1] != nil {
		t.Errorf("a destination of a missing service: %v", errs)
	}
}

func TestWhatOthersHaveStays(t *testing.T) {
	node, table := open(t)
	node.Run("ipvsadm", "-A", "-t", "10.9.0.99:80", "-s", "sh")
	node.Run("ipvsadm", "-a", "-t", "10.9.0.99:80", "-r", "10.0.1.1:80", "-i", "--tun-type", "gue", "--tun-port", "6080")
	before := lab.IPVS(node)
	rows := many(200, 3)
	apply(t, table, additions(rows)...)
	var gone []state.Change
	for _, r := range rows {
		gone = append(gone, state.Change{Verb: state.Remove, Old: r.Service})
	}
	apply(t, table, gone...)
	if after := lab.IPVS(node); after != before {
		t.Errorf("it was\n%s\nand is\n%s", before, after)
	}
}

func TestKernelRefusals(t *testing.T) {
	_, table := open(t)
	k, k6 := key(tcp, "10.9.0.1:80"), key(tcp, "[2001:db8::1]:80")
	apply(t, table, additions([]state.ServiceRows{{Service: service(k, "rr")}, {Service: service(k6, "rr")}})...)
	lower := dest("10.0.1.1:80", state.ForwardNAT, 1)
	lower.Upper, lower.Lower = 1, 2
	for _, c := range []struct {
		name  string
		new   state.Object
		errno error
		text  string
	}{
		{"bad: lower above upper", member(k, lower), unix.ERANGE, ""},
		{"bad: negative weight", member(k, dest("10.0.1.1:80", 0, -1)), unix.ERANGE, ""},
		{"bad: mixed families without a tunnel", member(k6, dest("10.0.1.1:80", state.ForwardDirect, 1)), unix.EINVAL, "allowed for tunnels only"},
		{"bad: forwarding method", member(k, dest("10.0.1.1:80", 7, 1)), nil, "unknown forwarding method 7"},
		{"bad: long scheduler", service(key(tcp, "10.9.0.2:80"), "sixteencharacter"), nil, "longer than 15"},
		{"bad: address", state.Sysctl{Path: "net"}, nil, "not an object of the IPVS table"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := table.Apply([]state.Change{{Verb: state.Add, New: c.new}})[0]
			if err == nil || c.errno != nil && !errors.Is(err, c.errno) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("error is %v", err)
			}
		})
	}
}
