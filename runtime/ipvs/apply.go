package ipvs

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/internal/nl"
)

// BatchSize is how many requests go to the kernel in one call. Errors come
// back one by one, and beyond this they could overrun the smallest buffers.
const BatchSize = 128

// step is one request of a change.
type step struct {
	change int
	cmd    uint8
	err    error
	// tolerant says that it does not matter whether the object was there.
	tolerant bool
}

// Apply writes changes to services, destinations and timeouts, in order, and
// returns one error or nil for each. A change that fails keeps none of the
// others from being made.
//
// What counts is how the table ends: adding what is there changes it, changing
// or removing what is gone adds it or is fine. A destination cannot be added to
// a service that is missing (unix.ESRCH). A service that is replaced loses its
// destinations: the caller adds them after it.
func (t *Table) Apply(changes []state.Change) []error {
	t.mu.Lock()
	defer t.mu.Unlock()
	errs := make([]error, len(changes))
	t.steps = t.steps[:0]
	for i := range changes {
		c := &changes[i]
		var err error
		switch o := c.Object().(type) {
		case state.Service:
			err = checkService(&o)
		case state.Destination:
			err = checkDest(&o)
		case state.Timeouts:
			t.flush(changes, errs) // in order also here
			if c.Verb != state.Remove {
				err = t.setTimeouts(o)
			}
			errs[i] = describe(c, err)
			continue
		default:
			err = errors.New("not an object of the IPVS table")
		}
		if err != nil {
			errs[i] = describe(c, err)
			continue
		}
		if len(t.steps)+2 > BatchSize {
			t.flush(changes, errs)
		}
		t.plan(i, c)
	}
	t.flush(changes, errs)
	return errs
}

// plan adds a change's requests to the next batch.
func (t *Table) plan(i int, c *state.Change) {
	cmds := &serviceCmds
	if c.Object().Kind() == state.KindDestination {
		cmds = &destCmds
	}
	switch c.Verb {
	case state.Add:
		t.steps = append(t.steps, step{change: i, cmd: cmds.add})
	case state.Update:
		t.steps = append(t.steps, step{change: i, cmd: cmds.set})
	case state.Remove:
		t.steps = append(t.steps, step{change: i, cmd: cmds.del, tolerant: true})
	case state.Replace:
		t.steps = append(t.steps, step{change: i, cmd: cmds.del, tolerant: true}, step{change: i, cmd: cmds.add})
	}
}

type commands struct{ add, set, del uint8 }

var (
	serviceCmds = commands{cmdNewService, cmdSetService, cmdDelService}
	destCmds    = commands{cmdNewDest, cmdSetDest, cmdDelDest}
)

// flush sends the requests gathered, then, in a second and mostly empty batch,
// what makes up for those that met a table other than expected.
func (t *Table) flush(changes []state.Change, errs []error) {
	if len(t.steps) == 0 {
		return
	}
	t.exchange(changes, t.steps)
	t.again = t.again[:0]
	for i := range t.steps {
		s := &t.steps[i]
		if s.err != nil {
			t.fallback(changes, s)
		}
	}
	if len(t.again) > 0 {
		t.exchange(changes, t.again)
	}
	for _, list := range [][]step{t.steps, t.again} {
		for i := range list {
			if s := &list[i]; s.err != nil && errs[s.change] == nil {
				errs[s.change] = describe(&changes[s.change], s.err)
			}
		}
	}
	t.steps = t.steps[:0]
}

// fallback decides what to do about a request that failed: clear its error,
// clear it and ask for something else, or leave it.
func (t *Table) fallback(changes []state.Change, s *step) {
	instead := uint8(0)
	switch {
	case s.tolerant && (is(s.err, unix.ENOENT) || is(s.err, unix.ESRCH)):
	case s.cmd == cmdNewService && is(s.err, unix.EEXIST):
		instead = cmdSetService
	case s.cmd == cmdNewDest && is(s.err, unix.EEXIST):
		instead = cmdSetDest
	case s.cmd == cmdSetService && is(s.err, unix.ESRCH):
		instead = cmdNewService // unix.ENOENT would be a scheduler that does not exist
	case s.cmd == cmdSetDest && is(s.err, unix.ENOENT):
		instead = cmdNewDest
	case (s.cmd == cmdSetDest || s.cmd == cmdNewDest) && is(s.err, unix.ESRCH) && t.revived(changes, s):
		instead = cmdNewDest
	default:
		return
	}
	s.err = nil
	if instead != 0 {
		t.again = append(t.again, step{change: s.change, cmd: instead})
	}
}

// revived tells whether the destination's service is one that the second batch
// adds, so that the destination only came too early.
func (t *Table) revived(changes []state.Change, s *step) bool {
	d := changes[s.change].Object().(state.Destination)
	for i := range t.again {
		if a := &t.again[i]; a.cmd == cmdNewService && changes[a.change].Object().(state.Service).ServiceKey == d.Service {
			return true
		}
	}
	return false
}

// exchange sends the requests in one call and notes each result.
func (t *Table) exchange(changes []state.Change, steps []step) {
	t.many.Reset()
	for i := range steps {
		t.encode(&t.many, &changes[steps[i].change], steps[i].cmd)
	}
	var err error
	t.errs, err = t.sock.Do(&t.many, t.errs)
	for i := range steps {
		steps[i].err = t.errs[i]
	}
	if err == nil {
		return
	}
	// Some answers are missing. Asked again one by one, with the same meaning,
	// the requests end where they would have: only then is it known who failed.
	for i := range steps {
		t.many.Reset()
		t.encode(&t.many, &changes[steps[i].change], steps[i].cmd)
		if t.errs, err = t.sock.Do(&t.many, t.errs); err == nil {
			err = t.errs[0]
		}
		steps[i].err = err
	}
}

// encode adds one request to a batch.
func (t *Table) encode(b *nl.Batch, c *state.Change, cmd uint8) {
	o := c.Object()
	if c.Old != nil && (cmd == cmdDelService || cmd == cmdDelDest) {
		o = c.Old
	}
	b.Genl(t.family, cmd, familyVersion)
	switch o := o.(type) {
	case state.Service:
		if cmd == cmdDelService {
			appendKey(b, &o.ServiceKey)
		} else {
			appendService(b, &o)
		}
	case state.Destination:
		appendKey(b, &o.Service)
		appendDest(b, &o.Dest, cmd != cmdDelDest)
	}
}

func is(err error, errno unix.Errno) bool { return errors.Is(err, errno) }

// describe puts the change in front of an error, and says what the kernel's
// number means here where that is not what its text says.
func describe(c *state.Change, err error) error {
	if err == nil {
		return nil
	}
	o := c.Object()
	hint := ""
	switch s := o.(type) {
	case state.Service:
		if is(err, unix.ENOENT) && c.Verb != state.Remove {
			hint = fmt.Sprintf(": the kernel has no scheduler %q", s.Scheduler)
			if s.Engine != "" {
				hint = fmt.Sprintf(": the kernel has no scheduler %q or no persistence engine %q", s.Scheduler, s.Engine)
			}
		}
	case state.Destination:
		switch {
		case is(err, unix.ESRCH):
			hint = ": the service does not exist"
		case is(err, unix.EINVAL) && s.Addr.Is4() != (keyFamily(&s.Service) == unix.AF_INET):
			hint = ": another address family than the service's is allowed for tunnels only, and not beside the sync daemon"
		}
	}
	return fmt.Errorf("%s %s %s%s: %w", c.Verb, o.Kind(), o.Name(), hint, err)
}
