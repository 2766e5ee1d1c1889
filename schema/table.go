package schema

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lbgit/lbgit/schema/diag"
)

// Table is a routing table: its number, or a name out of the node's own
// iproute2 tables, which counts once the node is known. The zero value is "not
// said".
type Table struct {
	Number uint32
	Name   string
}

// The tables that every system has (uapi/linux/rtnetlink.h, RT_TABLE_*).
const (
	TableDefault uint32 = 253
	TableMain    uint32 = 254
	TableLocal   uint32 = 255
)

var tableNames = map[string]uint32{"default": TableDefault, "main": TableMain, "local": TableLocal}

// IsZero tells whether no table is named.
func (t Table) IsZero() bool { return t == Table{} }

func (t Table) String() string {
	switch {
	case t.Name != "":
		return t.Name
	case t.Number == 0:
		return ""
	}
	for name, n := range tableNames {
		if n == t.Number {
			return name
		}
	}
	return strconv.FormatUint(uint64(t.Number), 10)
}

func (t Table) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads a number, decimal or with 0x, or a name.
func (t *Table) UnmarshalText(b []byte) error {
	text := string(b)
	if n, ok := tableNames[text]; ok {
		*t = Table{Number: n}
		return nil
	}
	if n, err := strconv.ParseUint(text, 0, 32); err == nil {
		*t = Table{Number: uint32(n)}
		return nil
	}
	if text == "" || len(text) > 64 || text[0] >= '0' && text[0] <= '9' || strings.ContainsAny(text, " \t\n\"/") {
		return fmt.Errorf("%q is not a routing table; use a number, main, local, default or a name of /etc/iproute2/rt_tables", b)
	}
	*t = Table{Name: text}
	return nil
}

// TableNumber is the number of a table on this node. A name that the node does
// not know is not ok.
func (c *Config) TableNumber(t Table) (n uint32, ok bool) {
	if t.Name == "" {
		return t.Number, true
	}
	n, ok = c.Tables[t.Name]
	return n, ok
}

// tables reports names that this machine does not know. Another may know them,
// so it is no error.
func (v *validator) tables() {
	at := map[string]diag.Range{}
	note := func(t Table, src diag.Range) {
		if _, ok := v.cfg.TableNumber(t); !ok && at[t.Name].IsZero() {
			at[t.Name] = src
		}
	}
	for _, r := range v.cfg.Routes {
		note(r.Table, r.Src)
	}
	for _, r := range v.cfg.Rules {
		note(r.Table, r.Src)
	}
	for _, i := range v.cfg.Instances {
		for k := range i.Routes {
			note(i.Routes[k].Table, i.Routes[k].Src)
		}
		for k := range i.Rules {
			note(i.Rules[k].Table, i.Rules[k].Src)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(at)) {
		v.Warnf(at[name], "routing table %q is not known on this machine; routes and rules of it are left out here", name).As("table").
			Because("write its number, or add it to /etc/iproute2/rt_tables; a VRF must be there when the configuration is loaded")
	}
}
