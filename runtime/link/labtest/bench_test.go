package labtest

import (
	"testing"

	"github.com/lbgit/lbgit/reconcile/state"
)

// BenchmarkObserveAddresses is what a failover pays for looking before it
// writes: one address among ten.
func BenchmarkObserveAddresses(b *testing.B) {
	_, l := open(b)
	vip := address("10.0.0.50/24", state.OwnerVRRP)
	apply(b, l, state.Add, vip)
	for _, other := range []string{"10.0.0.51/24", "10.0.0.52/24", "10.0.0.53/24", "10.0.0.54/24", "10.0.0.55/24", "10.0.0.56/24", "10.0.0.57/24"} {
		apply(b, l, state.Add, address(other, state.OwnerVRRP))
	}
	keys := []state.AddressKey{vip.AddressKey}
	b.ReportAllocs()
	for b.Loop() {
		if got, _, err := l.ObserveAddresses(b.Context(), keys); err != nil || len(got) != 1 {
			b.Fatal(got, err)
		}
	}
}

// BenchmarkAddress adds and removes one address.
func BenchmarkAddress(b *testing.B) {
	_, l := open(b)
	vip := address("10.0.0.50/24", state.OwnerVRRP)
	for b.Loop() {
		apply(b, l, state.Add, vip)
		apply(b, l, state.Remove, vip)
	}
}
