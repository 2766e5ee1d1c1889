package probe

import (
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lbgit/lbgit/runtime/check"
	"github.com/lbgit/lbgit/runtime/script"
)

var hourly = check.Config{Interval: time.Hour, Timeout: time.Second, Rise: 1}

// An unchanged target keeps its timer and counters over any number of Sets (the opposite of R14).
func TestSetUnchanged(t *testing.T) {
	_, addr := listen(t, "127.0.0.1:0")
	a := Target{ID: "a", Addr: addr, Check: hourly}
	r := run(t, Options{}, a)
	before := r.until("a", runs(1))
	for range 20 {
		a.Initial = check.Down // no reason to do anything
		r.Set([]Target{a, {ID: "b", Addr: addr, Check: hourly}})
	}
	r.until("b", runs(1))
	after := r.until("a", runs(1))
	// Both are translated from the scheduler's clock to the wall's at different moments.
	if d := after.NextRun.Sub(before.NextRun).Abs(); d > time.Second || after.Counts != before.Counts {
		t.Errorf("before %+v\nafter %+v", before, after)
	}
}

// An edited check of a dead server stays down until it proves itself (R11 is not copied), and is probed soon.
func TestSetChanged(t *testing.T) {
	dead, warm := closedPort(t), hourly
	warm.Warmup = time.Hour
	a := Target{ID: "a", Addr: dead, Check: hourly}
	r := run(t, Options{}, a)
	if f := r.fact(); f.Health != check.Down {
		t.Fatalf("%+v", f)
	}
	since := r.until("a", runs(1)).Since
	a.Check.Timeout = 2 * time.Second
	r.Set([]Target{a})
	if st := r.Snapshot()[0]; st.Health != check.Down || st.Since.Sub(since).Abs() > time.Second {
		t.Errorf("just after the edit: %+v", st)
	}
	r.until("a", runs(2))
	_, live := listen(t, "127.0.0.1:0")
	a.Addr = live
	r.Set([]Target{a})
	if f := r.fact(); f.Health != check.Up {
		t.Fatalf("%+v", f)
	}
	select {
	case f := <-r.facts:
		t.Errorf("one more fact: %+v", f)
	default:
	}

	// Edits that come faster than the warmup do not put a probe off beyond its time.
	due := r.until("a", runs(3)).NextRun
	for i := range 10 {
		a.Check = warm
		a.Check.Retry = i
		r.Set([]Target{a})
	}
	if st := r.Snapshot()[0]; st.NextRun.After(due.Add(time.Second)) {
		t.Errorf("next run %v, was %v", st.NextRun, due)
	}
}

func TestSetRemoves(t *testing.T) {
	_, addr := listen(t, "127.0.0.1:0")
	hanging := Target{ID: "hang", Kind: HTTPS, HTTP: &HTTPSpec{}, Addr: mute(t), Check: hourly}
	hanging.Check.Timeout = time.Hour
	queued := hanging
	queued.ID = "queued"
	sleeper := Target{ID: "sleep", Kind: Script, Script: &ScriptSpec{Spec: script.Spec{Shell: "exec sleep 3600"}}, Check: hanging.Check}
	r := run(t, Options{Handshakes: 1}, Target{ID: "a", Addr: addr, Check: fast}, hanging, queued, sleeper)
	r.until("a", runs(1))
	wait := func(want Stats) {
		t.Helper()
		var st Stats
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			if st = r.Stats(); st.Handshakes == want.Handshakes && st.Queued == want.Queued && st.Scripts == want.Scripts &&
				(want.Targets > 0 || st.Sockets == 0) {
				return
			}
		}
		t.Fatalf("%+v, want %+v", st, want)
	}
	wait(Stats{Targets: 4, Handshakes: 1, Queued: 1, Scripts: 1})
	r.Set(nil)
	wait(Stats{})
	if all := r.Snapshot(); len(all) != 0 || r.timers.len() != 0 {
		t.Errorf("%d left, %d timers", len(all), r.timers.len())
	}
}

func TestSetTwiceTheSameID(t *testing.T) {
	var log strings.Builder
	s := New(Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	a, b := Target{ID: "a", Check: hourly}, Target{ID: "a", Kind: HTTP, Check: hourly}
	for range 2 {
		s.Set([]Target{a, b})
		if all := s.Snapshot(); len(all) != 1 || all[0].Kind != TCP {
			t.Errorf("%+v", all)
		}
	}
	if strings.Count(log.String(), "id=a") != 2 {
		t.Errorf("logged: %s", &log)
	}
}

// Whatever lists are set one after another, the scheduler knows exactly the last one, in its order, and only what changed is
// made anew.
func TestSetProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := New(Options{})
		known := map[string]*target{}
		for range rapid.IntRange(1, 8).Draw(t, "sets") {
			ids := rapid.SliceOfNDistinct(rapid.StringMatching("[a-f]"), 0, 6, rapid.ID[string]).Draw(t, "ids")
			var list []Target
			for _, id := range ids {
				list = append(list, Target{ID: id, Mark: rapid.Uint32Range(0, 1).Draw(t, "mark")})
			}
			s.Set(list)
			var got []string
			for i, o := range s.order {
				got = append(got, o.spec.ID)
				if was := known[o.spec.ID]; was != nil && (was == o) != was.spec.equal(&list[i]) {
					t.Fatalf("%s made anew: %v", o.spec.ID, was != o)
				}
				if o.spec != list[i] || o.index != i || s.byID[o.spec.ID] != o {
					t.Fatalf("%+v in place of %+v", o.spec, list[i])
				}
			}
			if !slices.Equal(got, ids) || len(s.byID) != len(ids) {
				t.Fatalf("got %v, want %v", got, ids)
			}
			known = map[string]*target{}
			for _, o := range s.order {
				known[o.spec.ID] = o
			}
		}
	})
}

// Every field but Initial makes a difference: a field that is added and forgotten in equal fails here.
func TestTargetEqualSeesEveryField(t *testing.T) {
	full := func() *Target {
		return &Target{
			HTTP:   &HTTPSpec{URLs: []URL{{Status: []StatusRange{{200, 299}}}}},
			Script: &ScriptSpec{Spec: script.Spec{Command: []string{"a"}, Env: []string{"b"}}},
		}
	}
	if !full().equal(full()) {
		t.Fatal("equal targets differ")
	}
	parts := map[string]func(*Target) any{
		"Target": func(t *Target) any { return t },
		"HTTP":   func(t *Target) any { return t.HTTP },
		"URL":    func(t *Target) any { return &t.HTTP.URLs[0] },
		"Status": func(t *Target) any { return &t.HTTP.URLs[0].Status[0] },
		"Script": func(t *Target) any { return t.Script },
		"Spec":   func(t *Target) any { return &t.Script.Spec },
		"Check":  func(t *Target) any { return &t.Check },
	}
	for name, part := range parts {
		typ := reflect.TypeOf(part(full())).Elem()
		for i := range typ.NumField() {
			if f := typ.Field(i); f.Name == "Initial" || !f.IsExported() {
				continue
			}
			o := full()
			if !disturb(reflect.ValueOf(part(o)).Elem().Field(i)) {
				t.Fatalf("%s.%s: no way to change it", name, typ.Field(i).Name)
			}
			if full().equal(o) || o.equal(full()) {
				t.Errorf("%s.%s makes no difference", name, typ.Field(i).Name)
			}
		}
	}
}

// disturb gives a field another value.
func disturb(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		v.SetUint(v.Uint() + 1)
	case reflect.Float64:
		v.SetFloat(v.Float() + 1)
	case reflect.Array:
		return disturb(v.Index(0))
	case reflect.Pointer:
		v.SetZero()
	case reflect.Slice:
		v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
	case reflect.Struct: // addresses; structs of our own are disturbed field by field
		if v.Type() == reflect.TypeFor[check.Config]() || v.Type() == reflect.TypeFor[script.Spec]() {
			return disturb(v.Field(0))
		}
		v.Set(reflect.ValueOf(someAddr))
	default:
		return false
	}
	return true
}

func TestRunTwice(t *testing.T) {
	r := run(t, Options{})
	if err := r.Run(t.Context()); !errors.Is(err, errTwice) {
		t.Errorf("error %v", err)
	}
	if got := r.String(); got != "health checks (0 targets)" {
		t.Error(got)
	}
}

// Report may call back.
func TestReportMayCallBack(t *testing.T) {
	done := make(chan []Status, 1)
	var s *Scheduler
	s = New(Options{Report: func(f []Fact) {
		all := s.Snapshot()
		s.Set(nil)
		done <- all
	}})
	s.Set([]Target{{ID: "a", Addr: closedPort(t), Check: fast}})
	go func() { _ = s.Run(t.Context()) }()
	select {
	case all := <-done:
		if len(all) != 1 || all[0].Health != check.Down {
			t.Errorf("%+v", all)
		}
	case <-time.After(patience):
		t.Fatal("no report")
	}
}

// Anybody may call anything at any time. The race detector judges.
func TestConcurrentUse(t *testing.T) {
	_, addr := listen(t, "127.0.0.1:0")
	secured, _ := secure(t)
	dead := closedPort(t)
	r := run(t, Options{})
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 30 {
				c := fast
				c.Retry = i % 3
				r.Set([]Target{
					{ID: "a", Addr: addr, Check: fast},
					{ID: "b", Addr: dead, Check: c, Mark: uint32(g & 1 & i)},
					{ID: "c", Kind: HTTPS, HTTP: &HTTPSpec{}, Addr: secured, Check: c},
					{ID: "d", Kind: Script, Script: &ScriptSpec{Spec: script.Spec{Shell: "exit 0"}}, Check: c},
				}[:1+(g+i)%4])
				r.Snapshot()
				r.Stats()
				_ = r.String()
			}
		})
	}
	wg.Wait()
	r.Set([]Target{{ID: "a", Addr: addr, Check: fast}})
	n := r.Snapshot()[0].Counts.Passed
	if st := r.until("a", runs(n+2)); st.Health != check.Up {
		t.Errorf("%+v", st)
	}
}
