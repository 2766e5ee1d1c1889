package labtest

import (
	"log/slog"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/lab"
	"github.com/lbgit/lbgit/runtime/link"
)

func TestMain(m *testing.M) { lab.Main(m) }

var exact = cmp.Options{cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}), cmpopts.EquateEmpty()}

// open gives the links of a new machine with eth0.
func open(t testing.TB) (*lab.Node, *link.Links) {
	t.Helper()
	node := lab.New(t).Node("lb", "10.0.0.1/24", "2001:db8::1/64")
	return node, links(t, node)
}

func links(t testing.TB, node *lab.Node) *link.Links {
	t.Helper()
	var l *link.Links
	node.Do(func() (err error) {
		l, err = link.Open(slog.New(slog.DiscardHandler))
		return err
	})
	t.Cleanup(func() { l.Close() })
	return l
}

// address is what lbgit asks for, as the kernel then shows it.
func address(prefix string, owner uint8) state.Address {
	a := state.Address{AddressKey: state.AddressKey{Link: "eth0", Prefix: netip.MustParsePrefix(prefix)}, Owner: owner}
	if a.Prefix.Addr().Is4() {
		a.Label = "eth0"
	} else {
		a.NoDAD = true // usable at once
	}
	return a
}

func apply(t testing.TB, l *link.Links, verb state.Verb, o state.Object) {
	t.Helper()
	c := state.Change{Verb: verb, New: o}
	if verb != state.Add {
		c.Old = o
	}
	if verb == state.Remove {
		c.New = nil
	}
	if err := l.Apply(c); err != nil {
		t.Fatal(err)
	}
}

// addresses are those of eth0 that keep accepts.
func addresses(t testing.TB, l *link.Links, keep func(state.Address) bool) (out []state.Address) {
	t.Helper()
	o, err := l.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range o.Addresses {
		if a.Link == "eth0" && keep(a) {
			out = append(out, a)
		}
	}
	return out
}

func ours(a state.Address) bool { return state.OwnedByUs(a.Owner) }
