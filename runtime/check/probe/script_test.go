package probe

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lbgit/lbgit/runtime/check"
	"github.com/lbgit/lbgit/runtime/script"
)

func TestScript(t *testing.T) {
	shell := func(line string, dynamic bool) Target {
		return Target{Kind: Script, Script: &ScriptSpec{Spec: script.Spec{Shell: line}, Dynamic: dynamic}}
	}
	tests := []struct {
		name   string
		target Target
		ok     bool
		code   int
		reason string
	}{
		{"ok: exit 0 (C36)", shell("exit 0", false), true, 0, "exited with status 0"},
		{"bad: exit 7 (C36)", shell("exit 7", false), false, 0, "exited with status 7"},
		{"ok: exit 7, dynamic (W4)", shell("exit 7", true), true, 7, "exited with status 7"},
		{"bad: exit 1, dynamic (C36)", shell("exit 1", true), false, 0, "exited with status 1"},
		{"bad: signal, dynamic (C37)", shell("kill -9 $$", true), false, 0, "ended by SIGKILL"},
		{"bad: cannot be run (C39)", shell("/no/such", true), false, 0, "cannot be run"},
		{"bad: no script", Target{Kind: Script}, false, 0, "cannot be probed: no script"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := Once(t.Context(), tt.target)
			if r.OK() != tt.ok || r.Code != tt.code || !strings.HasPrefix(r.Reason, tt.reason) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// A dynamic script reports its first weight and each change, and the configured weight when it fails (W4, W5).
func TestDynamicScript(t *testing.T) {
	file := t.TempDir() + "/n"
	line := fmt.Sprintf("n=$(cat %s 2>/dev/null || echo 4); echo $((n + 1)) >%s; test $n -lt 7 && exit $n; exit 1", file, file)
	c := fast
	r := run(t, Options{}, Target{ID: "a", Kind: Script, Check: c, Script: &ScriptSpec{Spec: script.Spec{Shell: line}, Dynamic: true}})
	for _, want := range []int{4, 5, 6} {
		if f := r.fact(); f.Health != check.Up || f.Code != want {
			t.Fatalf("%+v, want code %d", f, want)
		}
	}
	if f := r.fact(); f.Health != check.Down || f.Code != 0 {
		t.Fatalf("%+v", f)
	}
}
