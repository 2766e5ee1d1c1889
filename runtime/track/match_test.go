package track

import (
	"strings"
	"testing"
	"time"

	"github.com/lbgit/lbgit/schema"
)

// TestMatch: which processes are meant (keepalived's vrrp fact 10.3).
func TestMatch(t *testing.T) {
	tests := []struct {
		name string
		spec schema.TrackProcess
		comm string
		argv string // words, separated by blanks
		want bool
	}{
		{"name", schema.TrackProcess{Match: "nginx"}, "nginx", "nginx: master", true},
		{"name, another", schema.TrackProcess{Match: "nginx"}, "nginx2", "nginx", false},
		{"name of a path", schema.TrackProcess{Match: "/usr/sbin/nginx"}, "nginx", "/opt/nginx", true},
		{"name of more than 15 characters", schema.TrackProcess{Match: "a-very-long-daemon-name"}, "a-very-long-dae", "x", true},
		{"name with a blank", schema.TrackProcess{Match: `"tmux: server"`}, "tmux: server", "tmux", true},
		{"thread of the kernel", schema.TrackProcess{Match: "kworker/0:1", FullCommand: true}, "kworker/0:1", "", false},
		{"whole command", schema.TrackProcess{Match: "/usr/sbin/bird", FullCommand: true}, "other", "/usr/sbin/bird -f", true},
		{"whole command, another", schema.TrackProcess{Match: "/usr/sbin/bird", FullCommand: true}, "bird", "bird -f", false},
		{"parameters", schema.TrackProcess{Match: "bird -f -c x"}, "other", "bird -f -c x", true},
		{"parameters, more", schema.TrackProcess{Match: "bird -f"}, "bird", "bird -f -c", false},
		{"parameters, fewer", schema.TrackProcess{Match: "bird -f -c"}, "bird", "bird -f", false},
		{"exact without any", schema.TrackProcess{Match: "bird", Params: schema.ParamsExact}, "x", "bird", true},
		{"exact without any, some", schema.TrackProcess{Match: "bird", Params: schema.ParamsExact}, "x", "bird -f", false},
		{"partial", schema.TrackProcess{Match: "bird -f", Params: schema.ParamsPartial}, "x", "bird -f -c x", true},
		{"partial, another first", schema.TrackProcess{Match: "bird -f", Params: schema.ParamsPartial}, "x", "bird -c -f", false},
		{"partial, longer word", schema.TrackProcess{Match: "bird -f", Params: schema.ParamsPartial}, "x", "bird -fc", false},
		{"initial", schema.TrackProcess{Match: "java -jar /srv/a", Params: schema.ParamsInitial}, "x", "java -jar /srv/app.jar --port", true},
		{"initial, another", schema.TrackProcess{Match: "java -jar /srv/b", Params: schema.ParamsInitial}, "x", "java -jar /srv/app.jar", false},
		{"initial, longer before the last", schema.TrackProcess{Match: "java -jar /srv/a", Params: schema.ParamsInitial}, "x", "java -jars /srv/app.jar", false},
		{"initial, too few", schema.TrackProcess{Match: "java -jar", Params: schema.ParamsInitial}, "x", "java", false},
		{"initial without any", schema.TrackProcess{Match: "java", Params: schema.ParamsInitial}, "x", "java a b", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := newPattern(&tt.spec)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.matches(tt.comm, strings.Fields(tt.argv)); got != tt.want {
				t.Errorf("matches: %v", got)
			}
		})
	}
	for _, bad := range []string{"", `"x`} {
		if _, err := newPattern(&schema.TrackProcess{Match: bad}); err == nil {
			t.Errorf("%q is understood", bad)
		}
	}
}

// FuzzMatch: what is exact is partial, and what is partial is initial.
func FuzzMatch(f *testing.F) {
	f.Add("bird -f", "bird", "bird\x00-f\x00x")
	f.Fuzz(func(t *testing.T, match, comm, cmdline string) {
		argv := strings.Split(cmdline, "\x00")
		last := true
		for _, how := range []schema.ParamMatch{schema.ParamsInitial, schema.ParamsPartial, schema.ParamsExact} {
			p, err := newPattern(&schema.TrackProcess{Match: match, Params: how})
			if err != nil {
				return
			}
			got := p.matches(comm, argv)
			if got && !last {
				t.Errorf("%s matches where a weaker one does not", how)
			}
			last = got
		}
	})
}

// TestQuorum: quorum, quorum_max and the delays of fact 10.3.
func TestQuorum(t *testing.T) {
	most := uint32(3)
	b := newBand(&schema.TrackProcess{Quorum: 2, QuorumMax: &most, ForkDelay: 2 * time.Second, TerminateDelay: 5 * time.Second})
	steps := []struct {
		after time.Duration
		count int
		good  bool
	}{
		{0, 1, false},  // the first count has no delay
		{1, 2, false},  // gained, to be confirmed
		{2, 1, false},  // lost again
		{3, 3, false},  // gained anew
		{4, 2, false},  // still, but not for long enough
		{5, 2, true},   // for 2 s
		{6, 4, true},   // more than quorum_max
		{9, 2, true},   // in time
		{10, 0, true},  // none
		{14, 1, true},  // still too few
		{15, 1, false}, // for 5 s
	}
	start := time.Unix(1e9, 0)
	var q quorum
	for _, s := range steps {
		q = q.next(b, s.count, start.Add(s.after*time.Second))
		if q.good != s.good {
			t.Errorf("after %d s with %d: good %v", s.after, s.count, q.good)
		}
	}
	if b.explain(4) != "4 running, quorum 2 to 3" || newBand(&schema.TrackProcess{Quorum: 1}).explain(0) != "0 running, quorum 1" {
		t.Error(b.explain(4))
	}
}
