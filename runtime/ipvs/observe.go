package ipvs

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/internal/nl"
)

// Observe reads the whole table, in the order of a normalized state. A service
// that goes away meanwhile is seen without destinations, or not at all.
func (t *Table) Observe(ctx context.Context) ([]state.ServiceRows, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	rows, err := t.services()
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if err := t.observeDests(ctx, &rows[i]); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// oneRead is fewer services than the kernel puts into one datagram, which it
// fills without letting anybody change the table.
const oneRead = 32

// services reads all services, sorted, without their destinations. A longer
// table is read until two readings agree: since 7.x the kernel rearranges it
// some time after it grew, and a reading meanwhile may miss hundreds of
// services without any sign of it.
func (t *Table) services() (rows []state.ServiceRows, err error) {
	var last []state.ServiceRows
	for range 10 {
		t.begin(&t.one, cmdGetService)
		err := t.sock.Dump(&t.one, func() { rows = rows[:0] }, func(body []byte) error {
			s, err := parseService(body)
			rows = append(rows, state.ServiceRows{Service: s})
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("ipvs services: %w", err)
		}
		slices.SortFunc(rows, func(a, b state.ServiceRows) int { return a.Service.Compare(b.Service.ServiceKey) })
		same := func(a, b state.ServiceRows) bool { return a.Service.ServiceKey == b.Service.ServiceKey }
		if len(rows) <= oneRead || slices.EqualFunc(rows, last, same) {
			return rows, nil
		}
		rows, last = last, rows
	}
	return nil, fmt.Errorf("ipvs services: %w", nl.ErrInterrupted)
}

// ObserveServices reads the given services, as far as they exist, in the order
// of a normalized state.
func (t *Table) ObserveServices(ctx context.Context, keys []state.ServiceKey) ([]state.ServiceRows, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	sorted := keys
	if !slices.IsSortedFunc(keys, state.ServiceKey.Compare) {
		sorted = slices.SortedFunc(slices.Values(keys), state.ServiceKey.Compare)
	}
	rows := make([]state.ServiceRows, 0, len(sorted))
	for i := range sorted {
		if i > 0 && sorted[i] == sorted[i-1] {
			continue
		}
		s, found, err := t.getService(&sorted[i])
		if err != nil {
			return nil, err
		} else if !found {
			continue
		}
		rows = append(rows, state.ServiceRows{Service: s})
		if err := t.observeDests(ctx, &rows[len(rows)-1]); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// getService asks for one service.
func (t *Table) getService(k *state.ServiceKey) (s state.Service, found bool, err error) {
	t.begin(&t.one, cmdGetService)
	appendKey(&t.one, k)
	err = t.sock.Get(&t.one, func(body []byte) (err error) {
		s, err = parseService(body)
		return err
	})
	if errors.Is(err, unix.ESRCH) {
		return s, false, nil
	} else if err != nil {
		return s, false, fmt.Errorf("%s: %w", k, err)
	}
	return s, true, nil
}

// observeDests reads a service's destinations. The kernel runs one dump at a
// time on a socket, so this is one exchange for every service.
func (t *Table) observeDests(ctx context.Context, r *state.ServiceRows) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	key := &r.Service.ServiceKey
	family := keyFamily(key)
	t.begin(&t.one, cmdGetDest)
	appendKey(&t.one, key)
	err := t.sock.Dump(&t.one, func() { r.Dests = r.Dests[:0] }, func(body []byte) error {
		d, err := parseDest(body, family)
		r.Dests = append(r.Dests, d)
		return err
	})
	if err != nil {
		return fmt.Errorf("destinations of %s: %w", key, err)
	}
	if len(r.Dests) == 0 {
		r.Dests = nil
	}
	state.SortDests(r.Dests)
	return nil
}
