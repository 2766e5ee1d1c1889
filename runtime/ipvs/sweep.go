package ipvs

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/lbgit/lbgit/reconcile/state"
)

// Sweeper compares the IPVS table with what is expected by one reading of
// /proc/net/ip_vs, several times cheaper than netlink. It sees services,
// schedulers, persistence, the one-packet flag (not of IPv6 addresses),
// destinations, forwarding methods and weights; thresholds, tunnels, engines
// and scheduler flags are not shown there and left to full observation.
//
// In steady state it makes no garbage. One goroutine may use it at a time.
type Sweeper struct {
	table *Table
	proc  io.ReaderAt
	want  []state.ServiceRows
	index map[state.ServiceKey]int32
	seen  []bool

	buf     []byte
	dests   []procDest
	marks   []uint32 // marks of which some row matched nothing
	changed []state.ServiceKey
	unknown []state.ServiceKey
	// ticks is how many timer ticks of this kernel are a second: persistence
	// is shown in ticks. 0 until it is known.
	ticks uint32
}

// Drift is what a sweep found; its slices are valid until the next sweep.
type Drift struct {
	// Changed are expected services that are missing or look different.
	Changed []state.ServiceKey
	// Unknown are services that nobody expects. Of a firewall mark the table
	// does not tell the family, so both may be named.
	Unknown []state.ServiceKey
}

// Sweeper gives a sweeper over the table, expecting it to be empty.
func (t *Table) Sweeper() *Sweeper { return &Sweeper{table: t, proc: t.proc} }

// Expect sets what the table should hold, sorted as a normalized state. The
// rows are kept and must not change afterwards.
func (s *Sweeper) Expect(rows []state.ServiceRows) {
	s.want = rows
	s.index = make(map[state.ServiceKey]int32, len(rows))
	for i := range rows {
		s.index[rows[i].Service.ServiceKey] = int32(i)
	}
	s.seen = make([]bool, len(rows))
}

// Sweep reads the table and compares. What differs is looked at a second time,
// and only what still does is reported: since 7.x the kernel rearranges the
// table some time after it grew, and a reading meanwhile misses services.
// Unknown services are not looked at again, they may be there for ever.
func (s *Sweeper) Sweep() (Drift, error) {
	if err := s.read(); err != nil {
		return Drift{}, err
	}
	d := s.compare(s.buf)
	if len(d.Changed) == 0 {
		return d, nil
	}
	changed := slices.Clone(d.Changed)
	if err := s.read(); err != nil {
		return Drift{}, err
	}
	d = s.compare(s.buf)
	d.Changed = both(d.Changed, changed)
	return d, nil
}

// both keeps the keys of list that are in other, too.
func both(list, other []state.ServiceKey) []state.ServiceKey {
	slices.SortFunc(other, state.ServiceKey.Compare)
	return slices.DeleteFunc(list, func(k state.ServiceKey) bool {
		_, found := slices.BinarySearchFunc(other, k, state.ServiceKey.Compare)
		return !found
	})
}

// read fills the buffer with the whole table. The kernel hands out whole
// services, at least a page of them at a time.
func (s *Sweeper) read() error {
	s.buf = s.buf[:0]
	for {
		s.buf = slices.Grow(s.buf, 64<<10)
		n, err := s.proc.ReadAt(s.buf[len(s.buf):cap(s.buf)], int64(len(s.buf)))
		s.buf = s.buf[:len(s.buf)+n]
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("ipvs table: %w", err)
		}
	}
}

func (s *Sweeper) compare(table []byte) Drift {
	s.changed, s.unknown, s.marks = s.changed[:0], s.unknown[:0], s.marks[:0]
	clear(s.seen)
	var row procService
	have := false
	s.dests = s.dests[:0]
	for len(table) > 0 {
		var line []byte
		line, table = cutLine(table)
		if d, ok := parseProcDest(line); ok {
			if have {
				s.dests = append(s.dests, d)
			}
			continue
		}
		if have {
			s.take(&row)
		}
		row, have = parseProcService(line)
		s.dests = s.dests[:0]
	}
	if have {
		s.take(&row)
	}
	s.missing()
	return Drift{Changed: s.changed, Unknown: s.unknown}
}

// take handles one service with the destinations gathered.
func (s *Sweeper) take(row *procService) {
	if row.key.Mark == 0 {
		i, ok := s.index[row.key]
		if !ok {
			s.unknown = append(s.unknown, row.key)
		} else if s.same(row, &s.want[i]) {
			s.seen[i] = true
		}
		return
	}
	// The table does not tell the family of a firewall mark: the row belongs
	// to whichever service looks like it.
	for _, v6 := range [...]bool{false, true} {
		i, ok := s.index[state.ServiceKey{Mark: row.key.Mark, V6: v6}]
		if ok && !s.seen[i] && s.same(row, &s.want[i]) {
			s.seen[i] = true
			return
		}
	}
	s.marks = append(s.marks, row.key.Mark)
}

// missing lists what was expected and not seen.
func (s *Sweeper) missing() {
	for i := range s.want {
		key := &s.want[i].Service.ServiceKey
		if !s.seen[i] {
			s.changed = append(s.changed, *key)
		} else if key.Mark != 0 {
			// Its row may have been the twin's, if both look alike.
			twin, ok := s.index[state.ServiceKey{Mark: key.Mark, V6: !key.V6}]
			if ok && !s.seen[twin] {
				s.changed = append(s.changed, *key)
			}
		}
	}
	for _, mark := range s.marks {
		for _, v6 := range [...]bool{false, true} {
			key := state.ServiceKey{Mark: mark, V6: v6}
			if _, ok := s.index[key]; !ok && !slices.Contains(s.unknown, key) {
				s.unknown = append(s.unknown, key)
			}
		}
	}
}

// same tells whether a row, with the destinations gathered, looks as expected.
func (s *Sweeper) same(row *procService, want *state.ServiceRows) bool {
	w := &want.Service
	if string(row.scheduler) != w.Scheduler || len(s.dests) != len(want.Dests) {
		return false
	}
	if !row.hidesOps && row.ops != (w.Flags&state.FlagOnePacket != 0) {
		return false
	}
	if row.persistent != (w.Flags&state.FlagPersistent != 0) {
		return false
	}
	if row.persistent && !(procNetmask(w.Netmask, keyFamily(&w.ServiceKey)) == row.netmask && s.sameTimeout(row, w)) {
		return false
	}
	if !slices.IsSortedFunc(s.dests, compareProcDest) {
		slices.SortFunc(s.dests, compareProcDest)
	}
	for i := range s.dests {
		d, w := &s.dests[i], &want.Dests[i]
		if d.addr != w.Addr || d.port != w.Port || d.weight != w.Weight || d.forward != shownForward(w.Forward) {
			return false
		}
	}
	return true
}

// sameTimeout compares persistence timeouts. How long a tick is the kernel
// does not tell, so it is asked once for the seconds of this very service.
func (s *Sweeper) sameTimeout(row *procService, w *state.Service) bool {
	if s.ticks == 0 && s.table != nil {
		s.table.mu.Lock()
		now, found, err := s.table.getService(&w.ServiceKey)
		s.table.mu.Unlock()
		if err != nil || !found || now.Timeout == 0 || row.ticks%now.Timeout != 0 {
			return false // then it is looked at closely
		}
		s.ticks = row.ticks / now.Timeout
	}
	return row.ticks == w.Timeout*s.ticks
}
