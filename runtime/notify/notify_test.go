package notify

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lbgit/lbgit/runtime/script"
	"github.com/lbgit/lbgit/schema"
)

// stage is a notifier whose scripts only take time: the first word of a
// command is for how long.
type stage struct {
	*Notifier
	mu  sync.Mutex
	ran []string
}

func newStage(t *testing.T) *stage {
	s := &stage{Notifier: New(slog.New(slog.DiscardHandler))}
	s.scripts.start = func(ctx context.Context, spec script.Spec) script.Result {
		d, err := time.ParseDuration(spec.Command[0])
		if err != nil {
			t.Error(err)
		}
		s.note("begin " + strings.Join(spec.Command[1:], " "))
		select {
		case <-time.After(d):
			s.note("end " + strings.Join(spec.Command[1:], " "))
		case <-ctx.Done():
			s.note("killed " + strings.Join(spec.Command[1:], " "))
		}
		return script.Result{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return s
}

func (s *stage) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ran = append(s.ran, text)
}

// want compares what ran since the last call.
func (s *stage) want(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if d := cmp.Diff(want, s.ran); d != "" {
		t.Error(d)
	}
	s.ran = nil
}

func (s *stage) say(name string, state State) {
	s.Tell(Event{Object: Object{Instance, name}, State: state, Priority: 150, Cause: "test", At: time.Now()})
}

func command(c string) schema.Command { return schema.Command{Command: c} }

func instance(name string, n schema.Notify) *schema.VRRPInstance {
	return &schema.VRRPInstance{Name: name, Notify: &n}
}

// TestOrderPerObject: a slow script keeps its place, nothing that came in
// between is dropped, other objects do not wait (facts 14.1, 20.8).
func TestOrderPerObject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.Set(&schema.Config{Instances: []*schema.VRRPInstance{
			instance("a", schema.Notify{Master: command("5s m"), Backup: command("1s b"), Any: command("1s any")}),
			instance("b", schema.Notify{Any: command("1s other")}),
		}}, nil)
		s.say("a", Master)
		s.say("a", Backup)
		s.say("a", Master)
		time.Sleep(time.Millisecond)
		s.say("b", Fault)
		time.Sleep(2 * time.Second)
		s.want(t, "begin m", "begin other INSTANCE b FAULT 150", "end other INSTANCE b FAULT 150")
		time.Sleep(20 * time.Second)
		s.want(t, "end m", "begin any INSTANCE a MASTER 150", "end any INSTANCE a MASTER 150",
			"begin b", "end b", "begin any INSTANCE a BACKUP 150", "end any INSTANCE a BACKUP 150",
			"begin m", "end m", "begin any INSTANCE a MASTER 150", "end any INSTANCE a MASTER 150")
		if st := s.Status(); st.Scripts != 0 || st.Told != 4 {
			t.Errorf("%+v", st)
		}
	})
}

// TestPatience: a script that goes on holds up the next one for a while only,
// and is not ended.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.Set(&schema.Config{Instances: []*schema.VRRPInstance{instance("a", schema.Notify{Master: command("2m m"), Backup: command("3s b")})}}, nil)
		s.say("a", Master)
		s.say("a", Backup)
		time.Sleep(patience - time.Second)
		s.want(t, "begin m")
		time.Sleep(2 * time.Second)
		s.want(t, "begin b")
		time.Sleep(3 * time.Minute)
		s.want(t, "end b", "end m")
	})
}

// TestStop: STOP of each instance in order, then the groups (fact 14.7); what
// still runs is ended, and so is a stop script after its second.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.Set(&schema.Config{
			Instances: []*schema.VRRPInstance{
				instance("a", schema.Notify{Backup: command("1h b"), Any: command("0s any")}),
				instance("b", schema.Notify{Stop: command("1h stop")}),
			},
			SyncGroups: []*schema.SyncGroup{{Name: "g", Instances: []string{"a", "b"}, Notify: &schema.Notify{Any: command("0s group")}}},
		}, nil)
		s.say("a", Backup)
		time.Sleep(time.Second)
		start := time.Now()
		s.Stop(t.Context())
		if took := time.Since(start); took != 2*stopWait {
			t.Errorf("took %s", took)
		}
		synctest.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		slices.Sort(s.ran) // objects are told side by side
		want := []string{"begin any INSTANCE a STOP 150", "begin b", "begin group GROUP g STOP 0", "begin stop",
			"end any INSTANCE a STOP 150", "end group GROUP g STOP 0", "killed b", "killed stop"}
		if d := cmp.Diff(want, s.ran); d != "" {
			t.Error(d)
		}
	})
}

// TestEnvironment: scripts learn what came before.
func TestEnvironment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		var env [][]string
		s.scripts.start = func(_ context.Context, spec script.Spec) script.Result {
			env = append(env, spec.Env)
			return script.Result{}
		}
		s.Set(&schema.Config{Instances: []*schema.VRRPInstance{instance("a", schema.Notify{Any: command("x")})}}, nil)
		s.say("a", Backup)
		s.say("a", Master)
		synctest.Wait()
		want := []string{"LBGIT_KIND=INSTANCE", "LBGIT_NAME=a", "LBGIT_STATE=MASTER", "LBGIT_PRIORITY=150",
			"LBGIT_PREVIOUS_STATE=BACKUP", "LBGIT_CAUSE=test", "LBGIT_SEQUENCE=2"}
		if len(env) != 2 {
			t.Fatalf("%d scripts", len(env))
		}
		if d := cmp.Diff(want, env[1]); d != "" {
			t.Error(d)
		}
	})
}

// TestWhatIsTold goes through a life with a FIFO as the witness.
func TestWhatIsTold(t *testing.T) {
	n := New(slog.New(slog.DiscardHandler))
	fifo := &schema.FIFO{Path: "/f"}
	cfg := func(reload bool, names ...string) *schema.Config {
		c := &schema.Config{Settings: schema.Settings{FIFOs: []*schema.FIFO{fifo}, StatesOnReload: reload}}
		for _, name := range names {
			c.Instances = append(c.Instances, instance(name, schema.Notify{TellDeleted: name == "d"}))
		}
		c.SyncGroups = []*schema.SyncGroup{{Name: "g", Instances: names[:2]}}
		if len(names) > 2 {
			c.SyncGroups = append(c.SyncGroups, &schema.SyncGroup{Name: "h", Instances: names[3:], Notify: &schema.Notify{TellDeleted: true}})
		}
		return c
	}
	say := func(name string, s State) {
		n.Tell(Event{Object: Object{Instance, name}, State: s, Priority: 100})
	}
	n.Set(cfg(false, "a", "b", "c", "d"), nil)
	steps := []struct {
		name string
		do   func()
		want string
	}{
		{"14.6: the start, the group after its members (11.8)", func() { say("a", Backup); say("b", Backup); say("c", Fault); say("d", Backup) },
			"a BACKUP,b BACKUP,GROUP g BACKUP 0,c FAULT,d BACKUP,GROUP h BACKUP 0"},
		{"14.9: nothing new", func() { say("a", Backup); say("c", Fault) }, ""},
		{"11: members differ for a moment", func() { say("a", Master) }, "a MASTER"},
		{"11: and agree again", func() { say("b", Master) }, "b MASTER,GROUP g MASTER 0"},
		{"14.3: remarks leave the state alone", func() { say("a", LowerPriority); say("a", Master) }, "a MASTER_RX_LOWER_PRI"},
		{"14.3: priorities are not told unless asked for", func() { say("a", MasterPriority) }, ""},
		{"two masters, with the own priority", func() { n.Tell(Event{Object: Object{Instance, "a"}, State: TwoMasters, Priority: 7}) }, "a TWO_MASTERS"},
		{"nobody knows it", func() { say("x", Master) }, ""},
		{"16.5: a new name is no news", func() { n.Set(cfg(false, "aa", "b", "c", "d"), map[string]string{"a": "aa"}); say("aa", Master) }, ""},
		{"14.8: DELETED if asked for, nothing of what was at fault", func() { n.Set(cfg(false, "aa", "b"), nil) }, "d DELETED,GROUP h DELETED 0"},
		{"14.8: FAULT otherwise; 14.9: the rest again if asked for", func() { n.Set(cfg(true, "aa", "e"), nil) }, "b FAULT,aa MASTER,GROUP g MASTER 0"},
		{"14.7: STOP", func() { n.Stop(t.Context()) }, "aa STOP,e STOP,GROUP g STOP 0"},
	}
	for _, s := range steps {
		before := len(n.fifos.all["/f"].lines)
		s.do()
		var got []string
		for _, line := range n.fifos.all["/f"].lines[before:] {
			line = strings.TrimSuffix(strings.ReplaceAll(line, `"`, ""), "\n")
			got = append(got, strings.TrimSuffix(strings.TrimPrefix(line, "INSTANCE "), " 100"))
		}
		if g := strings.Join(got, ","); strings.ReplaceAll(g, "e STOP 0", "e STOP") != s.want {
			t.Errorf("%s: got %q, want %q", s.name, g, s.want)
		}
	}
}
