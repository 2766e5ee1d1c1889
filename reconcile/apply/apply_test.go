package apply_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/lbgit/lbgit/reconcile/apply"
	"github.com/lbgit/lbgit/reconcile/plan"
	"github.com/lbgit/lbgit/reconcile/state"
)

// kernel notes what it is told, and refuses some of it.
type kernel struct {
	log    []string
	refuse map[string]error
}

func (k *kernel) ApplyIPVS(c []state.Change) []error {
	k.log = append(k.log, fmt.Sprintf("%d from %s to %s", len(c), c[0].Object().Name(), c[len(c)-1].Object().Name()))
	errs := make([]error, len(c))
	for i := range c {
		errs[i] = k.refuse[c[i].Object().Name()]
	}
	return errs
}

func (k *kernel) ApplyLink(c state.Change) error {
	k.log = append(k.log, c.Object().Name())
	return k.refuse[c.Object().Name()]
}

func service(i int) plan.Op {
	a := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
	return plan.Op{Change: state.Change{New: state.Service{ServiceKey: state.ServiceKey{Addr: a, Port: 80, Protocol: 6}}}}
}

func address(i int) plan.Op {
	p := netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), 24)
	return plan.Op{Change: state.Change{Verb: state.Remove, Old: state.Address{AddressKey: state.AddressKey{Link: "eth0", Prefix: p}}}}
}

func ops(from, to int) (out []plan.Op) {
	for i := from; i < to; i++ {
		out = append(out, service(i))
	}
	return out
}

func TestBatches(t *testing.T) {
	timeouts := plan.Op{Change: state.Change{Verb: state.Update, Old: state.Timeouts{}, New: state.Timeouts{TCP: 1}}}
	p := &plan.Plan{Ops: slices.Concat([]plan.Op{timeouts}, ops(0, 300), []plan.Op{address(1), address(2)}, ops(300, 302))}
	k := &kernel{}
	yields := 0
	r := apply.Run(context.Background(), p, k, k, func() { yields++ })
	want := []string{
		"128 from ipvs to tcp 10.0.0.126:80", "128 from tcp 10.0.0.127:80 to tcp 10.0.0.254:80", "45 from tcp 10.0.0.255:80 to tcp 10.0.1.43:80",
		"192.0.2.1/24 dev eth0", "192.0.2.2/24 dev eth0", "2 from tcp 10.0.1.44:80 to tcp 10.0.1.45:80",
	}
	if !slices.Equal(k.log, want) {
		t.Errorf("got %q", k.log)
	}
	if yields != len(want)-1 || r.Done != len(p.Ops) || r.Left != 0 || r.Err() != nil {
		t.Errorf("%d yields, %+v", yields, r)
	}
}

func TestFailuresAreTold(t *testing.T) {
	no := errors.New("no")
	k := &kernel{refuse: map[string]error{"tcp 10.0.0.1:80": no, "192.0.2.1/24 dev eth0": no}}
	p := &plan.Plan{Ops: append(ops(0, 3), address(1), address(2))}
	r := apply.Run(context.Background(), p, k, k, nil)
	if r.Done != 3 || r.Left != 0 || len(r.Failures) != 2 {
		t.Fatalf("%+v", r)
	}
	if r.Failures[0].Op != p.Ops[1] || r.Failures[1].Op != p.Ops[3] {
		t.Errorf("the wrong operations failed: %v", r.Failures)
	}
	if got := r.Failures[1].Error(); got != "remove address 192.0.2.1/24 dev eth0: no" {
		t.Error(got)
	}
	if got := r.Err().Error(); got != "add service tcp 10.0.0.1:80: no (and 1 more)" {
		t.Error(got)
	}
	r.Failures = r.Failures[1:]
	if got := r.Err().Error(); got != "remove address 192.0.2.1/24 dev eth0: no" {
		t.Error(got)
	}
}

// TestTheRestIsCounted: when the context ends, what was begun is finished and
// the rest is left.
func TestTheRestIsCounted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	p := &plan.Plan{Ops: ops(0, 300)}
	k := &kernel{}
	r := apply.Run(ctx, p, k, k, cancel)
	if r.Done != 128 || r.Left != 172 || len(k.log) != 1 {
		t.Errorf("%+v after %q", r, k.log)
	}
	if got := r.Err().Error(); got != "stopped with 172 operations left" {
		t.Error(got)
	}
	k.log = nil
	if r := apply.Run(ctx, p, k, k, nil); r.Done != 0 || r.Left != 300 || len(k.log) != 0 {
		t.Errorf("%+v after %q", r, k.log)
	}
	if r := apply.Run(ctx, &plan.Plan{}, k, k, nil); r.Err() != nil {
		t.Error(r.Err())
	}
}
