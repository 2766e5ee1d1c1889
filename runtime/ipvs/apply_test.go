package ipvs

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lbgit/lbgit/reconcile/state"
	"github.com/lbgit/lbgit/runtime/internal/nl"
)

// fakeConn answers each request by its command, and notes what was sent.
type fakeConn struct {
	answer map[uint8]unix.Errno
	sent   [][]uint8 // the commands of each batch
	lost   int       // so many first batches are carried out and lose an answer
}

func (f *fakeConn) Do(b *nl.Batch, errs []error) ([]error, error) {
	var cmds []uint8
	errs = errs[:0]
	for m := range nl.Messages(b.Bytes()) {
		cmds = append(cmds, m.Body[0])
		var err error
		if n, ok := f.answer[m.Body[0]]; ok {
			err = &nl.Error{Errno: n}
		}
		errs = append(errs, err)
	}
	f.sent = append(f.sent, cmds)
	if f.lost > 0 {
		f.lost--
		return make([]error, len(errs)), nl.ErrLost
	}
	return errs, nil
}

func (f *fakeConn) Get(*nl.Batch, func([]byte) error) error          { return nil }
func (f *fakeConn) Dump(*nl.Batch, func(), func([]byte) error) error { return nil }
func (f *fakeConn) Close() error                                     { return nil }

var (
	testKey     = state.ServiceKey{Protocol: 6, Addr: netip.MustParseAddr("10.9.0.1"), Port: 80}
	testService = state.Service{ServiceKey: testKey, Scheduler: "rr", Netmask: 0xffffffff}
	testDest    = state.Destination{Service: testKey, Dest: state.Dest{Addr: netip.MustParseAddr("10.0.1.1"), Port: 80, Weight: 1}}
)

func TestFallbacks(t *testing.T) {
	add := func(o state.Object) state.Change { return state.Change{Verb: state.Add, New: o} }
	update := func(o state.Object) state.Change { return state.Change{Verb: state.Update, Old: o, New: o} }
	replace := func(o state.Object) state.Change { return state.Change{Verb: state.Replace, Old: o, New: o} }
	remove := func(o state.Object) state.Change { return state.Change{Verb: state.Remove, Old: o} }
	type answers = map[uint8]unix.Errno
	for _, c := range []struct {
		name    string
		changes []state.Change
		answer  answers
		sent    [][]uint8
		errs    []error
		text    string
	}{
		{"ok: all in one", []state.Change{add(testService), add(testDest), update(testDest), remove(testDest)}, nil,
			[][]uint8{{cmdNewService, cmdNewDest, cmdSetDest, cmdDelDest}}, []error{nil, nil, nil, nil}, ""},
		{"ok: added twice", []state.Change{add(testService), add(testDest)}, answers{cmdNewService: unix.EEXIST, cmdNewDest: unix.EEXIST},
			[][]uint8{{cmdNewService, cmdNewDest}, {cmdSetService, cmdSetDest}}, []error{nil, nil}, ""},
		{"ok: updated service is gone", []state.Change{update(testService), update(testDest)}, answers{cmdSetService: unix.ESRCH, cmdSetDest: unix.ESRCH},
			[][]uint8{{cmdSetService, cmdSetDest}, {cmdNewService, cmdNewDest}}, []error{nil, nil}, ""},
		{"ok: updated destination is gone", []state.Change{update(testDest)}, answers{cmdSetDest: unix.ENOENT},
			[][]uint8{{cmdSetDest}, {cmdNewDest}}, []error{nil}, ""},
		{"ok: removed is gone", []state.Change{remove(testDest), remove(testService)}, answers{cmdDelDest: unix.ENOENT, cmdDelService: unix.ESRCH},
			[][]uint8{{cmdDelDest, cmdDelService}}, []error{nil, nil}, ""},
		{"ok: replaced is gone", []state.Change{replace(testDest)}, answers{cmdDelDest: unix.ENOENT},
			[][]uint8{{cmdDelDest, cmdNewDest}}, []error{nil}, ""},
		{"bad: the replaced stays", []state.Change{replace(testDest)}, answers{cmdDelDest: unix.EBUSY, cmdNewDest: unix.EEXIST},
			[][]uint8{{cmdDelDest, cmdNewDest}, {cmdSetDest}}, []error{unix.EBUSY}, "replace destination tcp 10.9.0.1:80 -> 10.0.1.1:80: "},
		{"bad: no service", []state.Change{add(testDest)}, answers{cmdNewDest: unix.ESRCH},
			[][]uint8{{cmdNewDest}}, []error{unix.ESRCH}, "add destination tcp 10.9.0.1:80 -> 10.0.1.1:80: the service does not exist: "},
		{"bad: no scheduler", []state.Change{update(testService)}, answers{cmdSetService: unix.ENOENT},
			[][]uint8{{cmdSetService}}, []error{unix.ENOENT}, `update service tcp 10.9.0.1:80: the kernel has no scheduler "rr": `},
		{"bad: the second try fails as well", []state.Change{add(testService)}, answers{cmdNewService: unix.EEXIST, cmdSetService: unix.EPERM},
			[][]uint8{{cmdNewService}, {cmdSetService}}, []error{unix.EPERM}, "add service"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &fakeConn{answer: c.answer}
			table := &Table{sock: f, family: 0x1c}
			errs := table.Apply(c.changes)
			for i, err := range errs {
				if (err == nil) != (c.errs[i] == nil) || !errors.Is(err, c.errs[i]) || err != nil && !strings.HasPrefix(err.Error(), c.text) {
					t.Errorf("change %d: %v, want %v", i, err, c.errs[i])
				}
			}
			if !slices.EqualFunc(f.sent, c.sent, slices.Equal) {
				t.Errorf("sent %v, want %v", f.sent, c.sent)
			}
		})
	}
}

func TestBatches(t *testing.T) {
	var changes []state.Change
	for range 300 {
		changes = append(changes, state.Change{Verb: state.Replace, Old: testDest, New: testDest})
	}
	f := &fakeConn{}
	for _, err := range (&Table{sock: f}).Apply(changes) {
		if err != nil {
			t.Error(err)
		}
	}
	sum := 0
	for _, b := range f.sent {
		if len(b) > BatchSize || len(b)%2 != 0 {
			t.Errorf("a batch of %d", len(b))
		}
		sum += len(b)
	}
	if sum != 600 {
		t.Errorf("%d requests", sum)
	}
}

// When answers are lost nothing is known about the batch: it is asked again,
// request by request, and what was done already counts as done.
func TestLostAnswers(t *testing.T) {
	f := &fakeConn{lost: 1, answer: map[uint8]unix.Errno{cmdNewService: unix.EEXIST, cmdDelDest: unix.ENOENT}}
	errs := (&Table{sock: f}).Apply([]state.Change{{Verb: state.Add, New: testService}, {Verb: state.Remove, Old: testDest}})
	want := [][]uint8{{cmdNewService, cmdDelDest}, {cmdNewService}, {cmdDelDest}, {cmdSetService}}
	if errors.Join(errs...) != nil || !slices.EqualFunc(f.sent, want, slices.Equal) {
		t.Errorf("%v, sent %v", errs, f.sent)
	}
	f = &fakeConn{lost: 99}
	if err := (&Table{sock: f}).Apply([]state.Change{{Verb: state.Add, New: testService}})[0]; !errors.Is(err, nl.ErrLost) {
		t.Errorf("a kernel that never answers: %v", err)
	}
}

func TestApplyDoesNotAllocateMuch(t *testing.T) {
	changes := make([]state.Change, BatchSize)
	for i := range changes {
		changes[i] = state.Change{Verb: state.Add, New: testDest}
	}
	table := &Table{sock: &quietConn{}}
	if n := testing.AllocsPerRun(10, func() { table.Apply(changes) }); n > 2 { // the result, and one that only the race detector makes
		t.Errorf("%v allocations for %d changes", n, len(changes))
	}
}

type quietConn struct{ fakeConn }

func (*quietConn) Do(b *nl.Batch, errs []error) ([]error, error) {
	return append(errs[:0], make([]error, b.Len())...), nil
}

func TestOpenWithoutIPVS(t *testing.T) {
	table, err := Open()
	if err == nil {
		table.Close()
		t.Skip("this kernel has IPVS")
	}
	if !errors.Is(err, ErrNoIPVS) && !errors.Is(err, ErrPermission) {
		t.Errorf("error is %v", err)
	}
}
