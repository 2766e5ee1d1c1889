package filter

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
)

// Observe gives the filters that are in force. A kernel that has no nftables,
// or no table of ours, has none; nor has a table that somebody emptied of its
// rules, whatever is left in its sets.
func Observe() ([]state.Filter, error) {
	c, err := nftables.New()
	if err != nil {
		return nil, fmt.Errorf("nftables: %w", err)
	}
	t := newTable()
	if whole, err := t.isWhole(c); err != nil || !whole {
		return nil, err
	}
	return t.filters(c)
}

// isWhole tells whether all sets and rules are there.
func (t *table) isWhole(c *nftables.Conn) (bool, error) {
	for _, set := range []*nftables.Set{t.v4, t.v6} {
		if _, err := c.GetSetByName(t.Table, set.Name); absent(err) {
			return false, nil
		} else if err != nil {
			return false, fmt.Errorf("nftables: set %s of table inet lbgit: %w", set.Name, err)
		}
	}
	have, err := c.GetRules(t.Table, t.input)
	if err != nil {
		return false, fmt.Errorf("nftables: rules of table inet lbgit: %w", err)
	}
	return len(have) == len(t.rules()), nil
}

// absent are the kernel's answers where there is no table, no nf_tables, or
// nobody may look (who then cannot have made a filter either).
func absent(err error) bool {
	for _, e := range []error{unix.ENOENT, unix.EPERM, unix.EINVAL, unix.EOPNOTSUPP, unix.EAFNOSUPPORT, unix.EPROTONOSUPPORT} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func (t *table) filters(c *nftables.Conn) (out []state.Filter, err error) {
	for _, set := range []*nftables.Set{t.v4, t.v6} {
		list, err := c.GetSetElements(set)
		if err != nil {
			return nil, fmt.Errorf("nftables: set %s of table inet lbgit: %w", set.Name, err)
		}
		for _, e := range list {
			if a, ok := netip.AddrFromSlice(e.Key); ok {
				out = append(out, state.Filter{Addr: a})
			}
		}
	}
	slices.SortFunc(out, state.Filter.Compare)
	return out, nil
}

// Apply adds or removes one filter. Adding what is there and removing what is
// gone is fine.
func Apply(verb state.Verb, f state.Filter) error {
	c, err := nftables.New()
	if err == nil {
		t := newTable()
		if verb == state.Remove {
			err = t.remove(c, f)
		} else {
			err = t.add(c, f)
		}
	}
	return plain(err)
}

// plain is the kernel's first word about a batch, without what follows from it,
// and the way out where nftables is missing.
func plain(err error) error {
	var first unix.Errno
	if !errors.As(err, &first) {
		return err
	}
	switch first {
	case unix.EOPNOTSUPP, unix.EAFNOSUPPORT, unix.EPROTONOSUPPORT, unix.EINVAL:
		return fmt.Errorf("nftables: %w: accept = false needs the kernel's nf_tables module with the inet family (CONFIG_NF_TABLES_INET); until it is there the address answers; accept = true takes the wish back", first)
	}
	return fmt.Errorf("nftables: %w", first)
}

func (t *table) add(c *nftables.Conn, f state.Filter) error {
	whole, err := t.isWhole(c)
	if err != nil {
		return err
	}
	if !whole {
		t.build(c)
	}
	if err := c.SetAddElements(t.set(f.Addr), element(f.Addr)); err != nil {
		return err
	}
	return c.Flush()
}

func (t *table) remove(c *nftables.Conn, f state.Filter) error {
	if err := c.SetDeleteElements(t.set(f.Addr), element(f.Addr)); err != nil {
		return err
	}
	if err := c.Flush(); err != nil {
		if absent(err) && !errors.Is(err, unix.EPERM) {
			return nil
		}
		return err
	}
	if left, err := t.filters(c); err != nil || len(left) > 0 {
		return err
	}
	c.DelTable(t.Table)
	return c.Flush()
}

func element(a netip.Addr) []nftables.SetElement {
	return []nftables.SetElement{{Key: a.AsSlice()}}
}
