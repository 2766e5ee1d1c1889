package labtest

import (
	"fmt"
	"testing"

	"github.com/lbgit/lbgit/reconcile/state"
)

// BenchmarkProgram writes 5,000 services with 10 destinations each to a table
// that never held them (deleted destinations make adding slow for a minute).
func BenchmarkProgram(b *testing.B) {
	changes := additions(many(5000, 10))
	for _, size := range []int{len(changes), 1} {
		b.Run(fmt.Sprintf("changes=%d", size), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				_, table := open(b)
				b.StartTimer()
				for i := 0; i < len(changes); i += size {
					for _, err := range table.Apply(changes[i : i+size]) {
						if err != nil {
							b.Fatal(err)
						}
					}
				}
			}
			b.ReportMetric(float64(len(changes)*b.N)/b.Elapsed().Seconds(), "ops/s")
		})
	}
}

func BenchmarkObserve(b *testing.B) {
	_, table := open(b)
	rows := many(5000, 10)
	apply(b, table, additions(rows)...)
	b.Run("5000x10", func(b *testing.B) {
		for range b.N {
			if got := observe(b, table); len(got) != len(rows) {
				b.Fatalf("%d services", len(got))
			}
		}
	})
	keys := []state.ServiceKey{rows[17].Service.ServiceKey}
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if _, err := table.ObserveServices(b.Context(), keys); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSweep(b *testing.B) {
	for _, size := range [][2]int{{200, 9}, {5000, 10}} {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			_, table := open(b)
			rows := many(size[0], size[1])
			apply(b, table, additions(rows)...)
			s := table.Sweeper()
			s.Expect(rows)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				if d, err := s.Sweep(); err != nil || len(d.Changed)+len(d.Unknown) > 0 {
					b.Fatal(d, err)
				}
			}
		})
	}
}
