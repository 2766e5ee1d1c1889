package agent

import (
	"testing"
	"time"

	"github.com/lbgit/lbgit/schema"
)

func TestStartDelay(t *testing.T) {
	const s = time.Second
	for _, tc := range []struct {
		name                   string
		start, boot            time.Duration
		running, up, wantDelay time.Duration
	}{
		{"none", 0, 0, 0, 0, 0},
		{"a fresh daemon", 10 * s, 0, 0, 999 * s, 10 * s},
		{"a reload counts what is left", 10 * s, 0, 4 * s, 999 * s, 6 * s},
		{"a fresh machine", 10 * s, 60 * s, 5 * s, 20 * s, 40 * s},
		{"all over", 10 * s, 60 * s, 50 * s, 61 * s, 0},
	} {
		set := schema.Settings{StartupDelay: tc.start, BootDelay: tc.boot}
		if got := startDelay(&set, tc.running, tc.up); got != tc.wantDelay {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.wantDelay)
		}
	}
	if up := uptime(); up <= 0 {
		t.Errorf("uptime %s", up)
	}
}
